"""Starts three instances with one PostgreSQL, HAProxy in front of them, and PgBouncer behind."""

import json
import os
import re
import socket
import subprocess
import time
from pathlib import Path
from string import Template

from servers import postgres
from servers.database import PostgresqlDatabase
from servers.instance import Instance

HERE = Path(__file__).parent
NAMES = ("one", "two", "three")


def definition(slug, capacity=None, waitlist=False):
    registration = {"waitlist": waitlist} | ({"capacity": capacity} if capacity else {})
    return {"slug": slug, "status": "published", "owner": "chaos", "language": "en", "title": slug.title(),
            "starts": "2090-01-01T10:00", "time_zone": "Etc/UTC", "duration_minutes": 60, "registration": registration}


def wait_until_reachable(port, timeout=10):
    deadline = time.monotonic() + timeout
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, f"nothing listens on {port}"
            time.sleep(0.05)


class Environment:
    def __init__(self, directory, copy_of):
        self.directory, self.children = directory, []
        self.programs = Path(os.environ["PG_BIN"])
        self.postgres = postgres.Postgres(self.programs, copy_of, directory, directory / "postgresql.log")
        self.postgres.start()
        self.database = PostgresqlDatabase(self.programs, self.postgres.url)
        self.direct = self.instance("direct", self.postgres.url)
        self.direct.command("migrate")
        self.instances = []

    def instance(self, name, url):
        # No mail server runs, so messages stay in the queue.
        return Instance(os.environ["PROGRAM"], self.directory / name, postgres.free_port(), self.directory / f"{name}.log", url,
                        PLENARIA_SMTP_URL=f"smtp://127.0.0.1:{postgres.free_port()}", PLENARIA_MAIL_FROM="events@example.org",
                        PLENARIA_PUBLIC_URL="https://api.example.org", PLENARIA_TRUSTED_PROXIES="127.0.0.1",
                        PLENARIA_WEBHOOKS_ALLOW_PRIVATE="true", PLENARIA_DRAIN_SECONDS="1")

    def publish(self, *definitions):
        files = []
        for one in definitions:
            files.append(self.directory / f"{one['slug']}.json")
            files[-1].write_text(json.dumps(one))
        self.direct.command("publish", *files)

    def client(self, *scopes):
        """Adds a client of the events' owner: its id and secret, and the command's output."""
        added = self.direct.command("clients", "add", "--organisation", "chaos", "--name", "Trial", "--scope", " ".join(scopes))
        return [re.search(rf"^{name}: (\S+)$", added, re.M)[1] for name in ("client_id", "client_secret")], added

    def start(self, url=None, names=NAMES):
        self.instances = [self.instance(name, url or self.postgres.url) for name in names]
        for instance in self.instances:
            instance.start()

    def run(self, command, log, **environment):
        with open(self.directory / log, "a") as out:
            child = subprocess.Popen(list(map(str, command)), stdout=out, stderr=out, env=os.environ | environment)
        self.children.append(child)

    def haproxy(self):
        """Starts HAProxy in front of the instances, and returns its port."""
        self.socket, port = self.directory / "haproxy.sock", postgres.free_port()
        ports = {f"INSTANCE_{one.upper()}": str(instance.port) for one, instance in zip(NAMES, self.instances)}
        self.run(["haproxy", "-db", "-f", HERE / "haproxy.cfg"], "haproxy.log", HAPROXY_PORT=str(port),
                 HAPROXY_SOCKET=str(self.socket), **ports)
        wait_until_reachable(port)
        for name in NAMES:
            self.wait_until_up(name)
        return port

    def send_to_haproxy(self, command):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.socket))
            connection.sendall(command.encode() + b"\n")
            text = b""
            while chunk := connection.recv(1 << 16):
                text += chunk
        return text.decode()

    def servers(self):
        """HAProxy's statistics of the instances, by name."""
        head, *lines = self.send_to_haproxy("show stat").lstrip("# ").strip().splitlines()
        rows = [dict(zip(head.split(","), line.split(","))) for line in lines]
        return {row["svname"]: row for row in rows if row["svname"] in NAMES}

    def wait_until_up(self, name, timeout=20):
        deadline = time.monotonic() + timeout
        while not self.servers()[name]["status"].startswith("UP"):
            assert time.monotonic() < deadline, f"HAProxy does not find {name} ready"
            time.sleep(0.05)

    def pgbouncer(self, mode, pool, more=""):
        """Starts PgBouncer, and returns the database's URL through it."""
        port, log = postgres.free_port(), self.directory / f"pgbouncer-{mode}.log"
        log.touch()
        postgres.own(log)
        users = self.directory / "pgbouncer-users"
        users.write_text('"plenaria" ""\n')
        file = self.directory / f"pgbouncer-{port}.ini"
        text = Template((HERE / "pgbouncer.ini").read_text())
        file.write_text(text.substitute(postgresql=self.postgres.port, port=port, mode=mode, pool=pool, log=log, users=users,
                                        more=more))
        file.chmod(0o644)
        self.run(postgres.as_server_user(["pgbouncer", str(file)]), f"pgbouncer-{port}.out")
        wait_until_reachable(port)
        return f"postgres://plenaria@127.0.0.1:{port}/postgres"

    def stop_instances(self):
        well = [instance.stop() for instance in self.instances if instance.child and instance.child.poll() is None]
        self.instances = []
        return all(well)

    def end(self):
        for instance in self.instances:
            instance.end()
        for child in self.children:
            child.terminate()
            child.wait(10)
        self.postgres.end()
