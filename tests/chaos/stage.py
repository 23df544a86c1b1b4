"""Everything that a round needs, put up and taken down again: database, instances, proxies, the small disk."""

import json
from pathlib import Path

from database import PostgresqlDatabase, SqliteDatabase
from disk import Disk
from instance import Instance
from load import EVENTS, definition
from postgres import Postgres, free_port
from proxy import Proxy


class Stage:
    def __init__(self, tools, engine, fault, directory, hold=None):
        self.tools, self.engine, self.fault, self.directory = tools, engine, fault, directory
        self.wanted_hold = hold
        self.postgres = self.disk = self.database_proxy = self.callers_proxy = self.sqlite = None
        self.instances = []

    def hold(self, seconds):
        """How long a fault lasts: what chance says, or what the command line does."""
        return seconds if self.wanted_hold is None else self.wanted_hold

    def up(self):
        place, url = self.directory, ""
        if self.fault == "full-disk":
            self.disk = Disk(self.directory / "disk")
            place = self.disk.place
        if self.engine == "postgresql":
            self.postgres = Postgres(Path(self.tools.pg_bin), self.tools.template, place, self.directory / "postgresql.log")
            self.postgres.start()
            url = self.postgres.url
            self.database = PostgresqlDatabase(Path(self.tools.pg_bin), url)
            if self.fault == "cut-database":
                self.database_proxy = Proxy(free_port(), self.postgres.port)
                url = url.replace(f":{self.postgres.port}/", f":{self.database_proxy.port}/")
        # Mails go to a server that is not there: they wait, and fill no disk.
        settings = {"PLENARIA_SMTP_URL": f"smtp://127.0.0.1:{free_port()}", "PLENARIA_MAIL_FROM": "events@example.org"}
        # Tokens are good for an address, which is one for all instances.
        settings["PLENARIA_PUBLIC_URL"] = "https://api.example.org"
        for number in range(2 if self.fault == "kill-one-of-two" else 1):
            home = place if self.engine == "sqlite" else self.directory / f"instance-{number}"
            log = self.directory / f"api-{number}.log"
            self.instances.append(Instance(self.tools.program, home, free_port(), log, url, **settings))
        first = self.instances[0]
        if self.engine == "sqlite":
            self.sqlite = place / "data" / "plenaria.db"
            self.database = SqliteDatabase(self.sqlite)
        first.command("migrate")
        files = []
        for slug in EVENTS:
            files.append(self.directory / f"{slug}.json")
            files[-1].write_text(json.dumps(definition(slug)))
        first.command("publish", *files)
        self.client = first.command("clients", "add", "--organisation", "chaos", "--name", "Chaos", "--scope", "registrations:read")
        for instance in self.instances:
            instance.start()
        self.ports = [instance.port for instance in self.instances]
        if self.fault == "cut-callers":
            self.callers_proxy = Proxy(free_port(), first.port)
            self.ports = [self.callers_proxy.port]

    def down(self):
        for one in (*self.instances, self.callers_proxy, self.database_proxy, self.postgres, self.disk):
            if one:
                one.end()
