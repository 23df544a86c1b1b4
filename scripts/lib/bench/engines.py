"""The two engines alike: a database with published events, emptied before each measurement, asked afterwards."""

import os
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

import load
from server import Server

PROGRAM = "target/release/plenaria"
# What a statement of ours may take: filling a table with a million rows is one.
TIMEOUT = 300


def pg_program(name):
    """psql and pgbench may stand beside the server's programs or on the path."""
    beside = Path(os.environ["PG_BIN"]) / name
    return str(beside) if beside.exists() else shutil.which(name)


class Engine:
    """One database. Its server is started anew for each measurement, and stopped before the database is emptied."""

    postmaster = None

    def __init__(self, work, data, environment):
        self.work, self.data = work, data
        self.environment = environment | {"PLENARIA_DATA_DIR": str(data)}

    def command(self, *arguments):
        return load.run([PROGRAM, *arguments], TIMEOUT, env=os.environ | self.environment)

    def add_client(self, organisation):
        """The id and the secret of a client of the events' owner."""
        added = self.command("clients", "add", "--organisation", organisation, "--name", "Benchmark",
                             "--scope", "registrations:read registrations:write")
        self.client = tuple(re.search(rf"^{name}: (\S+)$", added, re.M)[1] for name in ("client_id", "client_secret"))

    def serve(self, **environment):
        """A server of this database; with a value of None a setting is left out."""
        settings = self.environment | environment
        gone = [name for name, value in settings.items() if value is None]
        command = ["env", *(f"-u{name}" for name in gone), PROGRAM, "serve"] if gone else [PROGRAM, "serve"]
        return Server(command, self.work / f"{self.slug}.log",
                      environment={name: value for name, value in settings.items() if value is not None})

    def wal(self):
        """How many bytes of its log were written so far, if it can be known."""
        return None

    def one(self, sql):
        ((value,),) = self.rows(sql)
        return value


class Postgresql(Engine):
    name, slug = "PostgreSQL", "postgresql"

    def __init__(self, work, settings, files, database="postgres"):
        url = os.environ["PG_URL"].rpartition("/")[0] + "/" + database
        super().__init__(work, work / f"data-{database}", settings | {"DATABASE_URL": url})
        self.url = url
        if database != "postgres":
            load.run([pg_program("psql"), "-qAtX", os.environ["PG_URL"], "-c", f"CREATE DATABASE {database}"], TIMEOUT)
        self.command("migrate")
        self.command("publish", *files)

    @property
    def postmaster(self):
        return int((Path(os.environ["PG_DIR"]) / "data/postmaster.pid").read_text().split()[0])

    def rows(self, sql):
        out = load.run([pg_program("psql"), "-qAtX", "-F", "\t", self.url, "-c", sql], TIMEOUT)
        numbers = lambda text: int(text) if re.fullmatch(r"-?\d+", text) else text  # noqa: E731
        return [tuple(map(numbers, line.split("\t"))) for line in out.splitlines()]

    def empty(self):
        self.rows("TRUNCATE registrations, outbox, changes, idempotency_records, messages")
        self.rows("UPDATE event_seats SET confirmed = 0, waitlisted = 0, last_queue_number = 0, ceiling = capacity")
        self.rows("UPDATE feed SET last_position = 0, removed_through = 0")
        self.rows("UPDATE mailer SET position = 0")
        self.rows("CHECKPOINT")

    def wal(self):
        return self.one("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint")

    def restart(self):
        """So that settings count which are read at the start."""
        command = [pg_program("pg_ctl"), "-D", f"{os.environ['PG_DIR']}/data", "-w", "-t", "60", "-m", "fast", "restart"]
        if os.geteuid() == 0:
            command = ["runuser", "-u", os.environ["PG_USER"], "--", *command]
        # Not by way of a pipe: the new server would hold it open.
        subprocess.run(command, cwd=os.environ["PG_DIR"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=90, check=True)


class Sqlite(Engine):
    name, slug = "SQLite", "sqlite"

    def __init__(self, work, settings, files, name="sqlite"):
        super().__init__(work, work / f"data-{name}", settings)
        self.template = work / f"template-{name}"
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

    def empty(self):
        """As it was after publishing."""
        shutil.rmtree(self.data)
        shutil.copytree(self.template, self.data)
        # As with PostgreSQL's checkpoint: what others have written is on disk before the clock starts.
        os.sync()
