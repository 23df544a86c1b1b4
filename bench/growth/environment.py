"""A server with a database of its own, and a persistent HTTP connection to it."""

import base64
import json
import os
import secrets
import socket
import subprocess
import time


class MeasuredServer:
    def __init__(self, program, engine, data):
        self.program, self.engine, self.child = program, engine, None
        self.data = data
        self.environment = {
            "PATH": os.environ["PATH"],
            "PLENARIA_DATA_DIR": str(data),
            "PLENARIA_LISTEN": "127.0.0.1:0",
            "PLENARIA_PUBLIC_URL": "https://events.example.org",
            "PLENARIA_MANAGE_URL": "https://www.example.org/mine",
            "PLENARIA_RATE_LIMITS": "off",
            "PLENARIA_LOG": "warn",
            # A mail is queued for each registration, but no mail server runs.
            "PLENARIA_SMTP_URL": "smtp://127.0.0.1:9",
            "PLENARIA_MAIL_FROM": "events@example.org",
            "PLENARIA_SECRET_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        } | engine.environment

    def command(self, *arguments):
        done = subprocess.run([self.program, *map(str, arguments)], env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"plenaria {arguments[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def start(self):
        """Starts the server; returns the seconds until its first response."""
        started = time.perf_counter()
        with open(self.data / "log", "a") as log:
            self.child = subprocess.Popen([self.program, "serve"], env=self.environment, stdout=subprocess.PIPE, stderr=log,
                                          text=True)
        line = self.child.stdout.readline()
        if not line.startswith("listening on http://"):
            raise RuntimeError(f"the program does not start: {(self.data / 'log').read_text()}")
        host, port = line.strip().removeprefix("listening on http://").split(":")
        self.connection = Connection(host, int(port))
        self.connection.request("GET", "/v1/events?limit=1")
        return time.perf_counter() - started

    def stop(self):
        if self.child:
            self.connection.close()
            self.child.terminate()
            self.child.wait(30)
            self.child = None

    def add_client(self):
        """Adds a client of the organisation that owns all events."""
        out = self.command("clients", "add", "--organisation", "bench", "--name", "Growth",
                           "--scope", "registrations:read registrations:write")
        self.credentials = dict(line.split(": ", 1) for line in out.splitlines() if ": " in line)

    def token(self):
        """A new access token, which is valid for 15 minutes."""
        pair = f"{self.credentials['client_id']}:{self.credentials['client_secret']}"
        response = self.connection.request("POST", "/oauth/token", "grant_type=client_credentials", {
            "Authorization": "Basic " + base64.b64encode(pair.encode()).decode(),
            "Content-Type": "application/x-www-form-urlencoded"})
        return response["access_token"]


class Connection:
    """A persistent connection. http.client would take longer to parse a response's head than the server to write it."""

    def __init__(self, host, port):
        self.host = host
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # The duration of the last request in seconds.
        self.duration = 0.0

    def close(self):
        self.socket.close()

    def request(self, method, path, body=None, headers=None, token=None):
        """The response's JSON; raises an error unless the request succeeded."""
        head = dict(headers or {}, Host=self.host)
        if token:
            head["Authorization"] = f"Bearer {token}"
        if body is not None and not isinstance(body, str):
            body = json.dumps(body)
            head["Content-Type"] = "application/json"
        sent = (body or "").encode()
        if sent or method == "POST":
            head["Content-Length"] = len(sent)
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        request = f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + sent
        started = time.perf_counter()
        self.socket.sendall(request)
        status, response = self.read()
        self.duration = time.perf_counter() - started
        if not 200 <= status < 300:
            raise RuntimeError(f"{method} {path}: {status} {response.decode(errors='replace')}")
        return json.loads(response) if response else None

    def read(self):
        buffer = b""
        while (end := buffer.find(b"\r\n\r\n")) < 0:
            buffer += self.more()
        head = buffer[:end].lower()
        at = head.find(b"content-length: ")
        length = int(head[at + 16:].split(b"\r\n", 1)[0]) if at >= 0 else 0
        parts, have = [buffer[end + 4:]], len(buffer) - end - 4
        while have < length:
            parts.append(self.more())
            have += len(parts[-1])
        return int(buffer[9:12]), b"".join(parts)

    def more(self):
        received = self.socket.recv(262144)
        if not received:
            raise RuntimeError("the connection ended")
        return received
