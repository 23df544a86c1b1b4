"""The two engines: their databases, running SQL directly on them, and SQL fragments that differ."""

import sqlite3
import subprocess


class Postgres:
    name = "PostgreSQL"

    def __init__(self, psql, server, database, data):
        self.psql, self.server, self.database = psql, server, database
        self.run_on(server, f"CREATE DATABASE {database}")

    @property
    def environment(self):
        return {"DATABASE_URL": self.server.rpartition("/")[0] + "/" + self.database}

    def run_on(self, url, *statements):
        # One command per statement, because VACUUM cannot run in a transaction.
        commands = [word for statement in statements for word in ("-c", statement)]
        done = subprocess.run([self.psql, "-qAt", "-v", "ON_ERROR_STOP=1", url, *commands], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    def run(self, *statements):
        return self.run_on(self.environment["DATABASE_URL"], *statements)

    def update_statistics(self):
        """Does what autovacuum would do eventually."""
        self.run("VACUUM ANALYZE", "CHECKPOINT")

    def size(self):
        return int(self.run("SELECT pg_database_size(current_database())"))

    @staticmethod
    def numbers(count):
        return f"generate_series(1, {count}) AS c (n)"

    @staticmethod
    def id(kind, number):
        return f"('019a0000-0000-7000-{kind}-' || lpad(to_hex({number}), 12, '0'))::uuid"

    @staticmethod
    def instant(text):
        return f"({text})::timestamptz"

    @staticmethod
    def json(text):
        return f"({text})::jsonb"

    @staticmethod
    def minutes_after(start, number):
        """The wall-clock time a number of minutes after `start`, in the format of definitions."""
        return f"to_char('{start}'::timestamp + ({number}) * interval '1 minute', 'YYYY-MM-DD\"T\"HH24:MI:SS')"


class Sqlite:
    name = "SQLite"

    def __init__(self, data):
        self.path = data / "plenaria.db"

    environment = {"DATABASE_URL": ""}

    def run(self, *statements):
        """Runs statements in one transaction, while no program has the database open."""
        connection = sqlite3.connect(self.path, isolation_level=None)
        connection.create_function(
            "own_id", 2, lambda kind, n: bytes.fromhex(f"019a000000007000{kind}{n:012x}"), deterministic=True)
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA cache_size = -262144")
        connection.execute("BEGIN")
        rows = [connection.execute(statement).fetchall() for statement in statements]
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        connection.close()
        return str(rows[-1][0][0]) if rows[-1] else ""

    def update_statistics(self):
        """Does nothing: the program does not use SQLite's statistics."""

    def size(self):
        return self.path.stat().st_size

    @staticmethod
    def numbers(count):
        return f"(WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {count}) SELECT n FROM c) AS c"

    @staticmethod
    def id(kind, number):
        return f"own_id('{kind}', {number})"

    @staticmethod
    def instant(text):
        return f"({text})"

    @staticmethod
    def json(text):
        return f"({text})"

    @staticmethod
    def minutes_after(start, number):
        return f"strftime('%Y-%m-%dT%H:%M:%S', '{start}', '+' || ({number}) || ' minutes')"
