"""Reads the database with psql and Python's sqlite3, independently of the program under test."""

import json
import sqlite3
import subprocess
import uuid

from servers.postgres import program


class PostgresqlDatabase:
    def __init__(self, programs, url):
        self.command = [program(programs, "psql"), "-qAtX", url, "-v", "ON_ERROR_STOP=1", "-c"]

    def rows(self, sql):
        wrapped = f"SELECT coalesce(json_agg(t), '[]') FROM ({sql}) AS t"
        done = subprocess.run([*self.command, wrapped], capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def tables(self):
        """The whole content of each table, as bytes."""
        names = self.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {row["tablename"]: self.content(row["tablename"]) for row in names}

    def content(self, table):
        done = subprocess.run([*self.command, f'SELECT t FROM "{table}" AS t'], capture_output=True)
        assert done.returncode == 0, done.stderr
        return done.stdout


class SqliteDatabase:
    def __init__(self, file):
        self.file = file

    def rows(self, sql):
        database = sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=10)
        try:
            found = database.execute(sql)
            names = [column[0] for column in found.description]
            return [dict(zip(names, map(plain, row))) for row in found]
        finally:
            database.close()

    def tables(self):
        """The whole content of each table, as bytes."""
        names = [row["name"] for row in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: b"\n".join(as_bytes(value) for row in self.rows(f'SELECT * FROM "{name}"') for value in row.values())
                for name in names}


def as_bytes(value):
    return value if isinstance(value, bytes) else str(value).encode()


def plain(value):
    """Converts an id from SQLite's bytes to its text."""
    return str(uuid.UUID(bytes=value)) if isinstance(value, bytes) and len(value) == 16 else value
