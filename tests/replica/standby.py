"""A streaming standby of a primary."""

import subprocess
import time

from servers import postgres
from servers.database import PostgresqlDatabase


class Standby(postgres.Postgres):
    """Created by pg_basebackup, with a replication slot so that the primary keeps the WAL that the standby lacks."""

    def __init__(self, primary, directory):
        self.programs, self.data, self.log = primary.programs, directory / "standby", directory / "standby.log"
        self.data.mkdir(mode=0o700)
        self.log.touch()
        postgres.own(self.data)
        postgres.own(self.log)
        command = [postgres.program(self.programs, "pg_basebackup"), "-D", self.data, "-d", primary.url, "-R", "-C", "-S", "standby", "-c", "fast"]
        done = subprocess.run(postgres.as_server_user(list(map(str, command))), cwd=self.data, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        self.port = postgres.free_port()
        self.url = f"postgres://plenaria@127.0.0.1:{self.port}/postgres"

    def query(self, sql):
        """The rows of a statement on the standby."""
        return PostgresqlDatabase(self.programs, self.url).rows(sql)

    def pause(self):
        self.query("SELECT pg_wal_replay_pause()")
        while self.query("SELECT pg_get_wal_replay_pause_state() AS state")[0]["state"] != "paused":
            time.sleep(0.05)

    def resume(self):
        self.query("SELECT pg_wal_replay_resume()")


# Only the API reads the tables of speakers.
SCANS = """SELECT coalesce(sum(seq_scan + idx_scan), 0) AS scans FROM pg_stat_user_tables
    WHERE relname IN ('speakers', 'event_speakers')"""


def scans(server):
    """The number of scans of the speakers' tables on a server."""
    return PostgresqlDatabase(server.programs, server.url).rows(SCANS)[0]["scans"]
