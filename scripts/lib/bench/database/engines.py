"""The two engines with one interface: a database with published events, emptied before each measurement and queried after."""

import os
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

import load
from server import Server

# Seconds that a command may take; one of them fills a table with a million rows.
COMMAND_TIMEOUT = 300


def pg_program(name):
    """The path of psql or pgbench, beside the server's programs or in PATH."""
    beside = Path(os.environ["PG_BIN"]) / name
    return str(beside) if beside.exists() else shutil.which(name)


class Engine:
    """A database of a program. Its server is started for each measurement, and stopped before the database is emptied."""

    postmaster = None

    def __init__(self, bench, data, environment):
        self.program, self.work, self.data = bench.program, bench.work, data
        self.environment = bench.settings | environment | {"PLENARIA_DATA_DIR": str(data)}
        self.next_case = bench.next_case

    def command(self, *arguments):
        return load.run([self.program, *arguments], COMMAND_TIMEOUT, env=os.environ | self.environment)

    def empty(self):
        """Begins a case with the database as it was after publishing."""
        self.next_case()
        self.restore()

    def add_client(self, organisation):
        """Adds a client of the events' owner, and keeps its id and secret."""
        added = self.command("clients", "add", "--organisation", organisation, "--name", "Benchmark",
                             "--scope", "registrations:read registrations:write")
        self.client = tuple(re.search(rf"^{name}: (\S+)$", added, re.M)[1] for name in ("client_id", "client_secret"))

    def serve(self, **environment):
        """Starts a server with this database; a setting of None is removed."""
        settings = self.environment | environment
        removed = [name for name, value in settings.items() if value is None]
        command = ["env", *(f"-u{name}" for name in removed), self.program, "serve"] if removed else [self.program, "serve"]
        return Server(command, self.work / f"{self.slug}.log",
                      environment={name: value for name, value in settings.items() if value is not None})

    def wal(self):
        """The bytes of WAL written so far; None if unknown."""
        return None

    def one(self, sql):
        ((value,),) = self.rows(sql)
        return value


class Postgresql(Engine):
    name, slug = "PostgreSQL", "postgresql"

    def __init__(self, bench, files, name):
        database = f"{bench.name}_{name}"
        self.url = os.environ["PG_URL"].rpartition("/")[0] + "/" + database
        super().__init__(bench, bench.work / f"data-{name}", {"DATABASE_URL": self.url})
        load.run([pg_program("psql"), "-qAtX", os.environ["PG_URL"], "-c", f"CREATE DATABASE {database}"], COMMAND_TIMEOUT)
        self.command("migrate")
        self.command("publish", *files)

    @property
    def postmaster(self):
        return int((Path(os.environ["PG_DIR"]) / "data/postmaster.pid").read_text().split()[0])

    def rows(self, sql):
        out = load.run([pg_program("psql"), "-qAtX", "-F", "\t", self.url, "-c", sql], COMMAND_TIMEOUT)
        numbers = lambda text: int(text) if re.fullmatch(r"-?\d+", text) else text  # noqa: E731
        return [tuple(map(numbers, line.split("\t"))) for line in out.splitlines()]

    def restore(self):
        self.rows("TRUNCATE registrations, outbox, changes, idempotency_records, messages, mail_budgets, audit_entries")
        self.rows("UPDATE event_seats SET confirmed = 0, waitlisted = 0, last_waitlist_number = 0, max_confirmed = capacity")
        self.rows("UPDATE feed SET last_position = 0, removed_through = 0")
        self.rows("UPDATE mail_feed_position SET position = 0")
        self.rows("CHECKPOINT")

    def wal(self):
        return self.one("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint")

    def restart(self):
        """Restarts the server, for settings that are read at its start."""
        command = [pg_program("pg_ctl"), "-D", f"{os.environ['PG_DIR']}/data", "-w", "-t", "60", "-m", "fast", "restart"]
        if os.geteuid() == 0:
            command = ["runuser", "-u", os.environ["PG_USER"], "--", *command]
        # Without pipes, which the new server would hold open.
        subprocess.run(command, cwd=os.environ["PG_DIR"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=90, check=True)


class Sqlite(Engine):
    name, slug = "SQLite", "sqlite"

    def __init__(self, bench, files, name):
        super().__init__(bench, bench.work / f"sqlite-{name}", {})
        self.template = bench.work / f"template-{name}"
        self.command("publish", *files)

    def add_client(self, organisation):
        super().add_client(organisation)
        shutil.copytree(self.data, self.template)

    @property
    def file(self):
        return self.data / "plenaria.db"

    def rows(self, sql):
        database = sqlite3.connect(self.file, timeout=20)
        try:
            found = database.execute(sql).fetchall()
            database.commit()
            return found
        finally:
            database.close()

    def restore(self):
        shutil.rmtree(self.data)
        shutil.copytree(self.template, self.data)
        # Like PostgreSQL's checkpoint: earlier writes must be on disk before the measurement starts.
        os.sync()
