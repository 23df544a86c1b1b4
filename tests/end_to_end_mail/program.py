"""Runs the program under test as a child process, and sends requests to it."""

import base64
import glob
import json
import os
import subprocess
import time
import urllib.error
import urllib.request


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.text = status, headers, body.decode()

    @property
    def json(self):
        return json.loads(self.text)

    def expect(self, status):
        assert self.status == status, f"{self.status} instead of {status}: {self.text}"
        return self


class Program:
    """A server with a fresh data directory; without a database URL it runs in embedded mode."""

    def __init__(self, path, directory, database_url="", **settings):
        self.path, self.directory = path, directory
        self.environment = {
            "PATH": os.environ["PATH"],
            "PLENARIA_DATA_DIR": str(directory / "data"),
            "PLENARIA_LISTEN": "127.0.0.1:0",
            "PLENARIA_RATE_LIMITS": "off",
            "PLENARIA_LOG": "warn",
            "PLENARIA_MAIL_FROM": "Plenaria <events@example.org>",
            "PLENARIA_SECRET_KEY": base64.b64encode(bytes(range(32))).decode(),
            "DATABASE_URL": database_url,
        } | settings
        self.child, self.revisions = None, {}
        if database_url:
            self.command("migrate")

    def command(self, *arguments):
        done = subprocess.run([self.path, *arguments], env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, at=None):
        """Starts the server; `at`, a time in UTC, sets its clock."""
        environment = dict(self.environment)
        if at:
            # Only the wall clock is faked; timers use the monotonic clock.
            (library,) = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
            environment |= {"TZ": "UTC", "FAKETIME": f"@{at}", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "LD_PRELOAD": library}
        log = open(self.directory / "log", "a")
        self.child = subprocess.Popen([self.path, "serve"], env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
        line = self.child.stdout.readline()
        assert line.startswith("listening on "), (self.directory / "log").read_text()
        self.base = line.split()[-1]

    def stop(self):
        if self.child:
            self.child.terminate()
            assert self.child.wait(30) == 0, (self.directory / "log").read_text()
            self.child = None

    def restart(self, at=None):
        self.stop()
        self.start(at)

    def log(self):
        return (self.directory / "log").read_text()

    def publish(self, definition):
        """Publishes a definition, and waits until the API shows it."""
        slug = definition["slug"]
        file = self.directory / f"{slug}.json"
        file.write_text(json.dumps(definition))
        self.command("publish", str(file))
        for _ in range(200):
            response = self.get(f"/v1/events/{slug}")
            if response.status == 200 and response.json["revision"] > self.revisions.get(slug, 0):
                self.revisions[slug] = response.json["revision"]
                return response.json
            time.sleep(0.05)
        raise AssertionError("the publication is not visible")

    def token(self, organisation, scope):
        """The access token of a new client of an organisation."""
        output = self.command("clients", "add", "--organisation", organisation, "--name", "Events", "--scope", scope)
        client = dict(line.split(": ", 1) for line in output.splitlines() if ": " in line)
        credentials = base64.b64encode(f"{client['client_id']}:{client['client_secret']}".encode()).decode()
        headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/x-www-form-urlencoded"}
        return self.post("/oauth/token", "grant_type=client_credentials", **headers).expect(200).json["access_token"]

    def call(self, method, path, body=None, token=None, **headers):
        request = urllib.request.Request(self.base + path, method=method)
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        if isinstance(body, str):
            request.data = body.encode()
        elif body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return Response(response.status, response.headers, response.read())
        except urllib.error.HTTPError as response:
            return Response(response.code, response.headers, response.read())

    def get(self, path, token=None, **headers):
        return self.call("GET", path, token=token, **headers)

    def post(self, path, body=None, token=None, **headers):
        return self.call("POST", path, body, token, **headers)
