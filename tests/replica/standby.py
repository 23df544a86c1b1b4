"""A primary and its streaming standby."""

import subprocess
import time

import postgres
from database import PostgresqlDatabase


class Standby(postgres.Postgres):
    """Made by pg_basebackup, with a slot so that the primary keeps what the standby has not had."""

    def __init__(self, primary, place):
        self.programs, self.data, self.log = primary.programs, place / "standby", place / "standby.log"
        self.data.mkdir(mode=0o700)
        self.log.touch()
        postgres.own(self.data)
        postgres.own(self.log)
        command = [postgres.program(self.programs, "pg_basebackup"), "-D", self.data, "-d", primary.url, "-R", "-C", "-S", "standby", "-c", "fast"]
        done = subprocess.run(postgres.as_server_user(list(map(str, command))), cwd=self.data, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        self.port = postgres.free_port()
        self.url = f"postgres://plenaria@127.0.0.1:{self.port}/postgres"

    def say(self, sql):
        """What one statement gives here."""
        return PostgresqlDatabase(self.programs, self.url).rows(sql)

    def pause(self):
        self.say("SELECT pg_wal_replay_pause()")
        while self.say("SELECT pg_get_wal_replay_pause_state() AS state")[0]["state"] != "paused":
            time.sleep(0.05)

    def resume(self):
        self.say("SELECT pg_wal_replay_resume()")


# Reading speakers is nobody's business but that of the programme.
SCANS = """SELECT coalesce(sum(seq_scan + idx_scan), 0) AS scans FROM pg_stat_user_tables
    WHERE relname IN ('speakers', 'event_speakers')"""


def scans(server):
    """How often the tables of speakers have been read at this server."""
    return PostgresqlDatabase(server.programs, server.url).rows(SCANS)[0]["scans"]
