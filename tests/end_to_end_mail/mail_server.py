"""The two mailboxes of the tests: an SMTP server (aiosmtpd) that requires TLS and a password, and a directory of files."""

import asyncio
import contextlib
import socket
import ssl
import time
import warnings

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

warnings.filterwarnings("ignore", category=DeprecationWarning)
USER, PASSWORD = b"plenaria", b"a p@ss/word"


class Handler:
    def __init__(self):
        self.received, self.rejected, self.delay = [], set(), 0.0

    async def handle_RCPT(self, server, session, envelope, address, options):
        await asyncio.sleep(self.delay)
        if address in self.rejected:
            return "550 5.1.1 nobody of this name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        assert session.authenticated and session.ssl, "without a password or without TLS"
        self.received.append(envelope.original_content)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (USER, PASSWORD))


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server(Controller):
    """An SMTP server with STARTTLS, a certificate of its own authority, and AUTH. It can be stopped and restarted."""

    def __init__(self, directory):
        authority = trustme.CA()
        self.authority = directory / "authority.pem"
        authority.cert_pem.write_to_path(str(self.authority))
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(self.tls)
        super().__init__(Handler(), hostname="127.0.0.1", port=free_port())

    def factory(self):
        return SMTP(
            self.handler,
            hostname="localhost",
            tls_context=self.tls,
            require_starttls=True,
            auth_required=True,
            authenticator=authenticate,
            enable_SMTPUTF8=False,
        )

    def start(self):
        """Starts the server; after a stop it needs a new event loop."""
        if self.loop.is_closed():
            self.loop = asyncio.new_event_loop()
        super().start()

    def settings(self, **further):
        url = f"smtp://plenaria:a%20p%40ss%2Fword@localhost:{self.port}?tls=required"
        return {"PLENARIA_SMTP_URL": url, "PLENARIA_SMTP_CA": str(self.authority)} | further

    def messages(self):
        return list(self.handler.received)


class Files:
    """The directory to which the program writes messages without a mail server."""

    def __init__(self, directory):
        self.directory = directory / "data" / "mail"

    def messages(self):
        files = sorted(self.directory.glob("*.eml")) if self.directory.exists() else []
        found = []
        for file in files:
            # The maintenance task may remove a file meanwhile.
            with contextlib.suppress(FileNotFoundError):
                if not file.name.startswith("."):
                    found.append(file.read_bytes())
        return found


def wait_for(mailbox, seen, number, timeout=60):
    """Waits for exactly this many messages that are not in `seen`, and another second for unexpected ones."""
    end = time.monotonic() + timeout
    while len(found := new(mailbox, seen)) < number and time.monotonic() < end:
        time.sleep(0.05)
    if number:
        time.sleep(1)
        found = new(mailbox, seen)
    assert len(found) == number, f"{len(found)} messages instead of {number}"
    return found


def new(mailbox, seen):
    return [raw for raw in mailbox.messages() if raw not in seen]


def wait_until_idle(mailbox):
    """Waits until no more messages arrive; returns all messages."""
    before = None
    while (found := mailbox.messages()) != before:
        before = found
        time.sleep(3)
    return set(found)
