"""Starts and stops what a round needs: the database, instances, proxies, and the small disk."""

import json
from pathlib import Path

from servers.database import PostgresqlDatabase, SqliteDatabase
from servers.disk import Disk
from servers.instance import Instance
from clients.client import Client
from clients.events import EVENTS, definition
from clients.mailbox import Mailbox
from servers.postgres import Postgres, free_port
from servers.proxy import Proxy


class Environment:
    def __init__(self, tools, engine, fault, directory, instances=1, hold=None):
        self.tools, self.engine, self.fault, self.directory = tools, engine, fault, directory
        self.number, self.fixed_duration = instances, hold
        self.mailbox = Mailbox()
        self.postgres = self.disk = self.database_proxy = self.sqlite = None
        self.instances, self.callers_proxies = [], []

    def fault_duration(self, seconds):
        """The duration of a fault in seconds: the random one, unless the command line sets it."""
        return seconds if self.fixed_duration is None else self.fixed_duration

    def start(self):
        data, url = self.directory, ""
        if self.fault == "full-disk":
            self.disk = Disk(self.directory / "disk")
            data = self.disk.mount_point
        if self.engine == "postgresql":
            self.postgres = Postgres(Path(self.tools.pg_bin), self.tools.template, data, self.directory / "postgresql.log")
            self.postgres.start()
            url = self.postgres.url
            self.database = PostgresqlDatabase(Path(self.tools.pg_bin), url)
            if self.fault == "cut-database":
                self.database_proxy = Proxy(free_port(), self.postgres.port)
                url = url.replace(f":{self.postgres.port}/", f":{self.database_proxy.port}/")
        settings = {"PLENARIA_SMTP_URL": f"smtp://127.0.0.1:{self.mailbox.port}", "PLENARIA_MAIL_FROM": "events@example.org"}
        # Tokens are issued for the public URL, which all instances share.
        settings["PLENARIA_PUBLIC_URL"] = "https://api.example.org"
        for number in range(self.number):
            home = data if self.engine == "sqlite" else self.directory / f"instance-{number}"
            log = self.directory / f"api-{number}.log"
            self.instances.append(Instance(self.tools.program, home, free_port(), log, url, **settings))
        first = self.instances[0]
        if self.engine == "sqlite":
            self.sqlite = data / "data" / "plenaria.db"
            self.database = SqliteDatabase(self.sqlite)
        first.command("migrate")
        files = []
        for slug in EVENTS:
            files.append(self.directory / f"{slug}.json")
            files[-1].write_text(json.dumps(definition(slug)))
        first.command("publish", *files)
        scopes = "registrations:read registrations:write events:write"
        self.client = Client(first.command("clients", "add", "--organisation", "chaos", "--name", "Chaos", "--scope", scopes))
        for instance in self.instances:
            instance.start()
        assert self.client.request_token(first.port) == 200, "the client gets no token"
        self.ports = [instance.port for instance in self.instances]
        if self.fault == "cut-callers":
            self.callers_proxies = [Proxy(free_port(), instance.port) for instance in self.instances]
            self.ports = [proxy.port for proxy in self.callers_proxies]

    def doctor(self):
        """What `plenaria doctor` says if it finds anything, else an empty text."""
        return self.instances[0].complaints("doctor")

    def end(self):
        for one in (*self.instances, *self.callers_proxies, self.database_proxy, self.postgres, self.disk, self.mailbox):
            if one:
                one.end()
