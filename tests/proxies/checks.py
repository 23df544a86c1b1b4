"""Checks of responses that come through a shared cache."""

import itertools
import time
import urllib.error
import urllib.request

LISTED = ("https://a.example", "https://b.example")
ORIGINS = (None, *LISTED, "https://evil.example", "null")
LANGUAGES = (None, "en", "es", "ca")
# Headers that must be the same from the cache and from the server.
SAME = ("access-control-allow-origin", "access-control-expose-headers", "content-language", "content-type", "vary")


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def __getitem__(self, name):
        return self.headers.get(name)

    @property
    def cache(self):
        return self["x-cache"] or "none"


def send(base, path, method="GET", **headers):
    request = urllib.request.Request(base + path, method=method)
    for name, value in headers.items():
        if value is not None:
            request.add_header(name.replace("_", "-"), value)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return Response(response.status, response.headers, response.read())
    except urllib.error.HTTPError as response:
        return Response(response.code, response.headers, response.read())


def allowed(origin, listed):
    """The expected Access-Control-Allow-Origin for this origin."""
    if not listed:
        return "*"
    return origin if origin in LISTED else None


def examine(cache, server, paths, listed):
    """Returns all errors as sentences. `paths` are cacheable pages; with `listed`, the server allows only the LISTED origins."""
    errors = []

    def expect(holds, *what):
        if not holds:
            errors.append(f"{cache.name}: {' '.join(map(str, what))}")

    # The second caller gets the response cached for the first: first without an origin, then from pages.
    for path in paths:
        for round, (origin, language, accept) in itertools.product((1, 2), itertools.product(ORIGINS, LANGUAGES, ("*/*", "text/html"))):
            headers = {"Origin": origin, "Accept_Language": language, "Accept": accept}
            of_server, of_cache = send(server, path, **headers), send(cache.base, path, **headers)
            at = f"{path} with {({name: value for name, value in headers.items() if value})}, {of_cache.cache}:"
            if accept == "text/html" and of_server.status == 406:
                continue
            expect(of_cache.status == of_server.status == 200, at, of_cache.status, of_server.status)
            expect(of_cache["access-control-allow-origin"] == allowed(origin, listed), at, "Access-Control-Allow-Origin is", of_cache["access-control-allow-origin"])
            expect(len(of_server.headers.get_all("Vary") or [""]) == 1, at, "several Vary lines")
            for name in SAME:
                expect(of_cache[name] == of_server[name], at, name, "is", of_cache[name], "instead of", of_server[name])
            expect(of_cache.body == of_server.body, at, "another body")
            # Otherwise the cache would not be tested.
            expect(round == 1 or of_cache.cache == "HIT", at, "it is not cached")
    for path, origin in itertools.product((paths[0], "/nowhere"), ORIGINS[1:]):
        response = send(cache.base, path, "OPTIONS", Origin=origin, Access_Control_Request_Method="POST", Access_Control_Request_Headers="authorization")
        expect(response.status == 204, "preflight of", path, response.status)
        expect(response["access-control-allow-origin"] == allowed(origin, listed), "preflight of", path, "for", origin, "says", response["access-control-allow-origin"])
    for origin in ORIGINS * 2:
        response = send(cache.base, "/v1/events/nothing", Origin=origin)
        expect(response.status == 404 and response["access-control-allow-origin"] == allowed(origin, listed), "404 for", origin, "says", response["access-control-allow-origin"])

    # Conditional requests.
    for path, origin in itertools.product(paths, ORIGINS):
        tag = send(cache.base, path, Origin=origin)["etag"]
        response = send(cache.base, path, Origin=origin, If_None_Match=tag)
        expect(response.status == 304, path, "with its tag", tag, "is", response.status)
        expect(response["access-control-allow-origin"] == allowed(origin, listed), "304 of", path, "for", origin, "says", response["access-control-allow-origin"])

    if errors:
        return errors
    # The cache revalidates its response.
    for origin in (None, LISTED[0], LISTED[0]):
        send(cache.base, "/v1/speakers", Origin=origin)
    time.sleep(2.2)
    for origin in (None, LISTED[0], LISTED[1]):
        response = send(cache.base, "/v1/speakers", Origin=origin)
        expect(response.status == 200 and response.body == send(server, "/v1/speakers").body, "/v1/speakers:", response.status)
        expect(response["access-control-allow-origin"] == allowed(origin, listed), "/v1/speakers,", response.cache, "for", origin, "says", response["access-control-allow-origin"])
        if origin is None:
            expect(response.cache == "REVALIDATED", "/v1/speakers is", response.cache, "and should have been revalidated")
    return errors
