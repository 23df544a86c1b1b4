"""What must hold of answers that come through a shared cache."""

import itertools
import time
import urllib.error
import urllib.request

LISTED = ("https://a.example", "https://b.example")
ORIGINS = (None, *LISTED, "https://evil.example", "null")
LANGUAGES = (None, "en", "es", "ca")
# What is told to the caller of the cache as the server itself tells it.
SAME = ("access-control-allow-origin", "access-control-expose-headers", "content-language", "content-type", "vary")


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def __getitem__(self, name):
        return self.headers.get(name)

    @property
    def cache(self):
        return self["x-cache"] or "none"


def ask(base, path, method="GET", **headers):
    request = urllib.request.Request(base + path, method=method)
    for name, value in headers.items():
        if value is not None:
            request.add_header(name.replace("_", "-"), value)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as answer:
        return Answer(answer.code, answer.headers, answer.read())


def allowed(origin, listed):
    """What is to be said to a page of this origin."""
    if not listed:
        return "*"
    return origin if origin in LISTED else None


def examine(cache, server, paths, listed):
    """Every fault that is found, as a sentence. `paths` are pages that can be kept; with `listed`, the server lets only LISTED call."""
    faults = []

    def expect(holds, *what):
        if not holds:
            faults.append(f"{cache.name}: {' '.join(map(str, what))}")

    # What the first caller leaves there is what the second one gets: without an origin first, then pages.
    for path in paths:
        for round, (origin, language, accept) in itertools.product((1, 2), itertools.product(ORIGINS, LANGUAGES, ("*/*", "text/html"))):
            headers = {"Origin": origin, "Accept_Language": language, "Accept": accept}
            of_server, of_cache = ask(server, path, **headers), ask(cache.base, path, **headers)
            at = f"{path} with {({name: value for name, value in headers.items() if value})}, {of_cache.cache}:"
            if accept == "text/html" and of_server.status == 406:
                continue
            expect(of_cache.status == of_server.status == 200, at, of_cache.status, of_server.status)
            expect(of_cache["access-control-allow-origin"] == allowed(origin, listed), at, "Access-Control-Allow-Origin is", of_cache["access-control-allow-origin"])
            expect(len(of_server.headers.get_all("Vary") or [""]) == 1, at, "several lines of Vary")
            for name in SAME:
                expect(of_cache[name] == of_server[name], at, name, "is", of_cache[name], "instead of", of_server[name])
            expect(of_cache.body == of_server.body, at, "another body")
            # Else nothing is proved.
            expect(round == 1 or of_cache.cache == "HIT", at, "it is not kept")
    for path, origin in itertools.product((paths[0], "/nowhere"), ORIGINS[1:]):
        answer = ask(cache.base, path, "OPTIONS", Origin=origin, Access_Control_Request_Method="POST", Access_Control_Request_Headers="authorization")
        expect(answer.status == 204, "preflight of", path, answer.status)
        expect(answer["access-control-allow-origin"] == allowed(origin, listed), "preflight of", path, "for", origin, "says", answer["access-control-allow-origin"])
    for origin in ORIGINS * 2:
        answer = ask(cache.base, "/v1/events/nothing", Origin=origin)
        expect(answer.status == 404 and answer["access-control-allow-origin"] == allowed(origin, listed), "404 for", origin, "says", answer["access-control-allow-origin"])

    # The caller has it already.
    for path, origin in itertools.product(paths, ORIGINS):
        tag = ask(cache.base, path, Origin=origin)["etag"]
        answer = ask(cache.base, path, Origin=origin, If_None_Match=tag)
        expect(answer.status == 304, path, "with its tag", tag, "is", answer.status)
        expect(answer["access-control-allow-origin"] == allowed(origin, listed), "304 of", path, "for", origin, "says", answer["access-control-allow-origin"])

    if faults:
        return faults
    # The cache asks whether what it has still holds.
    for origin in (None, LISTED[0], LISTED[0]):
        ask(cache.base, "/v1/speakers", Origin=origin)
    time.sleep(2.2)
    for origin in (None, LISTED[0], LISTED[1]):
        answer = ask(cache.base, "/v1/speakers", Origin=origin)
        expect(answer.status == 200 and answer.body == ask(server, "/v1/speakers").body, "/v1/speakers:", answer.status)
        expect(answer["access-control-allow-origin"] == allowed(origin, listed), "/v1/speakers,", answer.cache, "for", origin, "says", answer["access-control-allow-origin"])
        if origin is None:
            expect(answer.cache == "REVALIDATED", "/v1/speakers is", answer.cache, "and should have been revalidated")
    return faults
