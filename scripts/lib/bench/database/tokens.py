"""Makes the tokens that mails contain, with the server's secret key, which the benchmark chose: reading a hundred thousand mails
would take longer than what is measured. The form is that of crates/http/src/auth/registration_token.rs."""

import base64
import hashlib
import hmac
import json
import time

from database import fill

# Seconds that a token is valid. The server checks the time in the token only.
VALID = 40 * 3600
KINDS = {"manage": ("manage-token", "plenaria:manage", "manage+jwt"), "confirm": ("confirmation-token", "plenaria:confirm", "confirm+jwt")}


def derived(secret, purpose):
    """The key for one purpose, by HKDF (RFC 5869)."""
    extracted = hmac.digest(b"plenaria", base64.b64decode(secret), "sha256")
    return hmac.digest(extracted, purpose.encode() + b"\x01", "sha256")


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def signer(secret, kind, now=None):
    """A function that makes the token of a kind for a registration's id."""
    purpose, audience, typ = KINDS[kind]
    keyed = hmac.new(derived(secret, purpose), digestmod=hashlib.sha256)
    header = encoded(json.dumps({"alg": "HS256", "typ": typ}).encode())
    issued = int(now or time.time()) - 1

    def sign(id):
        claims = {"iss": "plenaria", "aud": audience, "sub": id, "iat": issued, "exp": issued + VALID}
        message = header + b"." + encoded(json.dumps(claims).encode())
        mac = keyed.copy()
        mac.update(message)
        return (message + b"." + encoded(mac.digest())).decode()

    return sign


def write(file, secret, kind, slug, numbers):
    """Writes a line for each of an event's people whom `fill` inserted: their registration's id and its token."""
    sign, form = signer(secret, kind), fill.ids(slug)
    with open(file, "w") as out:
        out.writelines(f"{id} {sign(id)}\n" for id in (form % number for number in numbers))
    return file
