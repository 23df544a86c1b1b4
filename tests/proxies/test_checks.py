"""Tests the checks: a small server behind the real caches, first correct and then with one error at a time."""

import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import caches
import checks

PATHS = ("/page",)


class Handler(BaseHTTPRequestHandler):
    """Serves pages in two languages and two media types."""

    protocol_version = "HTTP/1.1"
    listed, fault = False, None

    def response(self):
        language = "es" if (self.headers["Accept-Language"] or "en").startswith("es") else "en"
        kind = "text/html" if self.headers["Accept"] == "text/html" else "application/json"
        tag, origin, headers = f'"{language}-{kind[-4:]}"', self.headers["Origin"], {}
        vary = ["Accept", "Accept-Language"]
        if self.fault == "languages":
            vary.remove("Accept-Language")
        if self.listed and self.fault != "vary":
            vary.append("Origin")
        if self.fault != "origin" or origin:
            headers["Access-Control-Allow-Origin"] = checks.allowed(origin, self.listed)
        status, body = 200, f"{language} {kind}".encode()
        if self.path not in (*PATHS, "/v1/speakers"):
            status, body = 404, b"nothing"
            headers["Cache-Control"] = "no-store"
        else:
            headers |= {"ETag": tag, "Content-Language": language, "Content-Type": kind, "Cache-Control": "public, max-age=30"}
            if self.headers["If-None-Match"] in (tag, f"W/{tag}"):
                status, body = 304, b""
        if self.command == "OPTIONS":
            status, body = 204, b""
        self.send_response(status)
        headers["Vary"] = ", ".join(vary)
        for name, value in headers.items():
            if value is not None:
                self.send_header(name, value)
        if self.fault == "lines":
            self.send_header("Vary", "Accept-Encoding")
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_OPTIONS = response

    def log_message(self, *_):
        pass


def found(cache, listed=False, fault=None):
    handler = type("Planted", (Handler,), {"listed": listed, "fault": fault})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"127.0.0.1:{server.server_port}"
    try:
        with tempfile.TemporaryDirectory() as directory:
            running = cache(address, Path(directory) / "cache")
            try:
                return checks.examine(running, f"http://{address}", PATHS, listed)
            finally:
                running.stop()
    finally:
        server.shutdown()
        server.server_close()


class Checks(unittest.TestCase):
    def test_a_correct_server_has_no_errors(self):
        for cache, listed in ((caches.nginx, True), (caches.varnish, False)):
            self.assertEqual(found(cache, listed), [], (cache.__name__, listed))

    def test_every_planted_error_is_found(self):
        for fault, listed in (("origin", False), ("lines", False), ("languages", False), ("vary", True)):
            self.assertTrue(found(caches.nginx, listed, fault), fault)
        self.assertTrue(found(caches.varnish, True, "vary"))


if __name__ == "__main__":
    unittest.main()
