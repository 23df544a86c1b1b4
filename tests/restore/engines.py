"""The two engines: how each is backed up under load, destroyed and restored."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

from servers import postgres
from servers.database import PostgresqlDatabase, SqliteDatabase

TABLES = ("events", "sessions", "speakers", "registrations", "event_seats", "changes", "outbox", "idempotency_records",
          "messages", "clients", "webhook_deliveries")
COUNTS = "SELECT " + ", ".join(f"(SELECT count(*) FROM {table}) AS {table}" for table in TABLES)


def run(command, **more):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, **more)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


def size(path):
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)


class Backup:
    """A backup: its duration, and the numbers of rows at its time."""

    def __init__(self, name, path):
        self.name, self.path = name, path
        self.started = self.ended = self.took = None
        self.counts = None

    def __enter__(self):
        self.started = time.monotonic()
        return self

    def __exit__(self, *_):
        self.ended = time.monotonic()
        self.took = self.ended - self.started


class Postgresql:
    name = "PostgreSQL"

    def __init__(self, work):
        self.work, self.programs = work, Path(os.environ["PG_BIN"])
        self.archive, self.base = work / "archive", work / "base"
        for directory in (self.archive, self.base):
            directory.mkdir(mode=0o700)
            postgres.own(directory)
        self.cluster = postgres.template(self.programs, work)
        self.server = self.new_server("first")
        self.set(archive_mode="on", archive_command=f"test ! -f {self.archive}/%f && cp %p {self.archive}/%f")
        self.server.start()

    def new_server(self, name):
        directory = self.work / name
        directory.mkdir(mode=0o711)
        return postgres.Postgres(self.programs, self.cluster, directory, directory / "postgresql.log")

    def set(self, **settings):
        with open(self.server.data / "postgresql.conf", "a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())

    @property
    def url(self):
        return self.server.url

    @property
    def database(self):
        return PostgresqlDatabase(self.programs, self.url)

    def counts(self):
        return self.database.rows(COUNTS)[0]

    def back_up(self, _data):
        """A dump of a snapshot whose rows are counted, and a base backup that is restored with the archived WAL."""
        dump = Backup("pg_dump", self.work / "plenaria.dump")
        psql = subprocess.Popen([postgres.program(self.programs, "psql"), "-qAtX", self.url], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, text=True, bufsize=1)
        psql.stdin.write("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\nSELECT pg_export_snapshot();\n")
        with dump:
            snapshot = psql.stdout.readline().strip()
            run([postgres.program(self.programs, "pg_dump"), "--format=custom", "--no-owner", f"--snapshot={snapshot}",
                 f"--file={dump.path}", self.url])
        psql.stdin.write(f"SELECT row_to_json(t) FROM ({COUNTS}) AS t;\n")
        dump.counts = json.loads(psql.stdout.readline())
        psql.stdin.close()
        psql.wait()
        self.base_backup = Backup("base backup and log", self.base)
        with self.base_backup:
            run(postgres.as_server_user([postgres.program(self.programs, "pg_basebackup"), "-D", str(self.base), "-d", self.url,
                                         "-c", "fast"]), cwd=self.base)
        return [dump, self.base_backup]

    def create_restore_point(self):
        """Creates the restore point for point-in-time recovery, while there are no writes."""
        counts = None
        while counts != self.counts() or counts["outbox"]:
            counts = self.counts()
            time.sleep(1)
        self.base_backup.counts = counts
        self.database.rows("SELECT pg_create_restore_point('before the accident')")
        # Everything acknowledged so far must be restored, and nothing more.
        self.base_backup.started = self.base_backup.ended = time.monotonic()

    def archive_log(self):
        """Archives the current WAL segment; what is not archived is lost."""
        self.database.rows("SELECT pg_switch_wal()")
        time.sleep(2)

    def destroy(self, _data):
        self.server.end()
        shutil.rmtree(self.server.data)

    def restore(self, backup, data):
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        directory = backup.name.replace(" ", "-")
        self.server = self.new_server(directory)
        started = time.monotonic()
        if backup.path.is_file():
            self.server.start()
            run([postgres.program(self.programs, "pg_restore"), "--exit-on-error", "--no-owner", f"--dbname={self.url}", backup.path])
            run([postgres.program(self.programs, "psql"), "-qX", self.url, "-c", "ANALYZE"])
        else:
            shutil.rmtree(self.server.data)
            subprocess.run(["cp", "-a", backup.path, self.server.data], check=True)
            self.set(restore_command=f"cp {self.archive}/%f %p", recovery_target_name="before the accident",
                     recovery_target_action="promote", archive_mode="off")
            (self.server.data / "recovery.signal").touch()
            postgres.own(self.server.data / "recovery.signal")
            self.server.start()
            while self.database.rows("SELECT pg_is_in_recovery() AS recovering")[0]["recovering"]:
                time.sleep(0.05)
        return time.monotonic() - started

    def end(self):
        self.server.end()


class Sqlite:
    name = "SQLite"
    url = ""

    def __init__(self, work):
        self.work, self.file = work, work / "server" / "data" / "plenaria.db"

    def open(self, file):
        return SqliteDatabase(file)

    @property
    def database(self):
        return self.open(self.file)

    def counts(self):
        return self.database.rows(COUNTS)[0]

    def back_up(self, _data):
        backups = []
        for name, command in (("VACUUM INTO", "VACUUM INTO '{}'"), (".backup", ".backup '{}'")):
            backup = Backup(name, self.work / f"{name.strip('.').replace(' ', '-')}.db")
            with backup:
                run(["sqlite3", "-cmd", ".timeout 10000", self.file, command.format(backup.path)])
            backup.counts = self.open(backup.path).rows(COUNTS)[0]
            backups.append(backup)
        # An unsafe copy, to measure what it loses.
        self.copied, self.copied_at = self.work / "copied.db", time.monotonic()
        shutil.copy(self.file, self.copied)
        return backups

    def create_restore_point(self):
        pass

    def archive_log(self):
        pass

    def destroy(self, data):
        shutil.rmtree(data)

    def restore(self, backup, data):
        data.mkdir(parents=True, mode=0o700)
        started = time.monotonic()
        run(["install", "-m", "600", backup.path, data / "plenaria.db"])
        return time.monotonic() - started

    def end(self):
        pass
