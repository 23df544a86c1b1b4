"""A restore drill: backs up under load, destroys the database, restores it and checks it; started by scripts/restore-drill."""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from checks import database_invariants
from servers import postgres
from checks.api_responses import Api
from crowd import person
from engines import Postgresql, Sqlite, size
from clients.follower import Follower
from environment import definition
from servers.instance import Instance
from rolling import Visitors

ENGINES = {"postgresql": Postgresql, "sqlite": Sqlite}
EVENTS = ("before", "after", "anew")


def say(text):
    print(text, flush=True)


class Drill:
    def __init__(self, engine, work):
        self.engine, self.work, self.findings = engine, work, []
        self.data = work / "server" / "data"
        self.instance = None

    def start(self):
        self.instance = Instance(os.environ["PROGRAM"], self.work / "server", postgres.free_port(), self.work / "server.log",
                                 self.engine.url, PLENARIA_PUBLIC_URL="https://api.example.org",
                                 PLENARIA_MANAGE_URL="https://www.example.org/mine",
                                 PLENARIA_SMTP_URL=f"smtp://127.0.0.1:{postgres.free_port()}", PLENARIA_MAIL_FROM="a@example.org")
        if self.engine.url:
            self.instance.command("migrate")
        self.instance.start()

    def fill(self):
        files = []
        for slug in EVENTS:
            files.append(self.work / f"{slug}.json")
            files[-1].write_text(json.dumps(definition(slug, 300, waitlist=True)))
        self.instance.command("publish", *files)
        self.added = self.instance.command("clients", "add", "--organisation", "chaos", "--name", "Drill", "--scope", "registrations:read")

    def load(self, slug):
        return Visitors(self.work / f"{slug}.jsonl", [self.instance.port], slug)

    def follower(self):
        return Follower([self.instance.port], self.added)

    def cursor(self, follower):
        """A cursor at the feed's end, once the outbox is empty."""
        while self.engine.database.rows("SELECT count(*) AS n FROM outbox")[0]["n"]:
            time.sleep(0.1)
        follower.last = None
        while follower.last != 0:
            assert follower.read(wait=0), follower.findings
        return follower.cursor

    def expect(self, what, holds):
        if not holds:
            self.findings.append(what)

    def end(self):
        if self.instance:
            self.instance.end()
        self.engine.end()


def changes(drill, follower, cursor):
    follower.read(wait=0)  # to get a token
    return follower.ask("GET", f"/v1/changes?limit=100&cursor={cursor}", Authorization=f"Bearer {follower.token}")


def check_completeness(drill, backup, calls):
    """Registrations acknowledged before the backup started are in it; those requested after it ended are not. Returns the
    calls whose registrations are lost."""
    ids = {row["id"] for row in drill.engine.database.rows(database_invariants.REGISTRATIONS)}
    acknowledged = [call for call in calls if call["do"] == "register" and call["status"] == 201]
    before = [call["body"]["id"] for call in acknowledged if call["until"] < backup.started]
    after = [call["body"]["id"] for call in acknowledged if call["at"] > backup.ended]
    missing, surplus = [id for id in before if id not in ids], [id for id in after if id in ids]
    drill.expect(f"{backup.name}: {len(missing)} of {len(before)} that were answered before the backup are missing", not missing)
    drill.expect(f"{backup.name}: {len(surplus)} that came after it are there", not surplus)
    return [call for call in acknowledged if call["body"]["id"] not in ids]


def check_restored(drill, backup, calls, early, late):
    """Checks a restored database that has not been used yet."""
    name, engine = backup.name, drill.engine
    counts = engine.counts()
    drill.expect(f"{name}: {counts}, at the backup {backup.counts}", counts == backup.counts)
    lost = check_completeness(drill, backup, calls)
    drill.start()
    while engine.database.rows("SELECT count(*) AS n FROM outbox")[0]["n"]:
        time.sleep(0.1)
    findings = json.loads(drill.instance.command("doctor", "--json"))["findings"]
    drill.expect(f"{name}: doctor finds {findings}", not findings)
    drill.findings += [f"{name}: {text}" for text in database_invariants.check_seats(engine.database) + database_invariants.check_idempotency_keys(engine.database)]
    api, follower = Api(drill.instance.port), drill.follower()

    # Cursors from before the backup stay valid; later ones expire, now and also when the feed has grown beyond them.
    last = engine.database.rows("SELECT last_position FROM feed")[0]["last_position"]
    status, _ = changes(drill, follower, early)
    drill.expect(f"{name}: a cursor from before the backup is answered {status}", status == 200)
    status, problem = changes(drill, follower, late)
    drill.expect(f"{name}: a cursor from after it is answered {status} {problem.get('code')}", status == 410)

    # Idempotency keys: restored registrations are replayed, and lost ones are created again.
    ids = {row["id"] for row in engine.database.rows(database_invariants.REGISTRATIONS)}
    keyed = [call for call in calls if call["do"] == "register" and call["status"] == 201 and call["key"]]
    again = [call for call in keyed if call["body"]["id"] in ids][:50]
    anew = [call for call in keyed if call["body"]["id"] not in ids][:50]
    for call in again + anew:
        status, answer, replayed = api.call("POST", f"/v1/events/{call['event']}/registrations", person(call["email"]), key=call["key"])
        expected = (201, call in again)
        drill.expect(f"{name}: repeated with its key: {status}, replayed: {replayed}, expected {expected}", (status, replayed) == expected)
    for call in lost[:20]:
        status, _, _ = api.call("GET", f"/v1/registrations/{call['body']['id']}", token=call["body"]["manage_token"])
        drill.expect(f"{name}: the link of a registration that is lost is answered {status}", status == 404)

    visitors = drill.load("anew")
    deadline = time.monotonic() + 60
    while engine.database.rows("SELECT last_position FROM feed")[0]["last_position"] <= drill.late_position:
        assert time.monotonic() < deadline, "the feed does not grow"
        time.sleep(0.2)
    visitors.stop()
    Path(visitors.path).unlink()
    status, _ = changes(drill, follower, late)
    drill.expect(f"{name}: a cursor from after it, when the feed has outgrown it, is answered {status}", status == 410)
    # A dump changes transaction ids; the program must not depend on them.
    drill.expect(f"{name}: it did not stop as it should", drill.instance.stop())
    return counts, len(lost), last, len(again), len(anew)


def unsafe_copy(drill, calls):
    """Reports what is lost by copying the database file without its WAL."""
    engine = drill.engine
    try:
        ids = {row["id"] for row in engine.open(engine.copied).rows(database_invariants.REGISTRATIONS)}
    except Exception as error:  # any error that a torn copy causes
        return say(f"SQLite, cp of plenaria.db alone: cannot be read: {error}")
    acknowledged = [call for call in calls if call["do"] == "register" and call["status"] == 201 and call["until"] < engine.copied_at]
    missing = sum(call["body"]["id"] not in ids for call in acknowledged)
    say(f"SQLite, cp of plenaria.db alone: {missing} of {len(acknowledged)} registrations that were answered before are missing")


def run(engine, work, seconds):
    drill = Drill(engine, work)
    try:
        drill.start()
        drill.fill()
        follower = drill.follower()
        early = drill.cursor(follower)
        visitors = drill.load("before")
        time.sleep(seconds)
        backups = engine.back_up(drill.data)
        time.sleep(1)
        calls = visitors.stop()
        engine.create_restore_point()
        visitors = drill.load("after")
        time.sleep(seconds / 2)
        calls += visitors.stop()
        late = drill.cursor(follower)
        drill.late_position = engine.database.rows("SELECT last_position FROM feed")[0]["last_position"]
        engine.archive_log()
        drill.instance.kill()
        for backup in backups:
            engine.destroy(drill.data)
            took = engine.restore(backup, drill.data)
            counts, lost, last, again, anew = check_restored(drill, backup, calls, early, late)
            say(f"{engine.name}, {backup.name}: {size(backup.path) / 1e6:.1f} MB in {backup.took:.2f} s under load, restored in {took:.2f} s: "
                f"{counts['registrations']} registrations, {counts['changes'] + counts['outbox']} changes, all counts as at the backup; "
                f"{lost} made later are lost; feed {last}, was {drill.late_position}; keys: {again} answered again, {anew} done anew")
        if engine.name == "SQLite":
            unsafe_copy(drill, calls)
    finally:
        drill.end()
    say(f"{engine.name}: findings: {len(drill.findings)}")
    for text in drill.findings[:20]:
        say(f"    {text[:400]}")
    return len(drill.findings)


def main():
    parser = argparse.ArgumentParser(prog="scripts/restore-drill", description="Back up under load, destroy, restore and check.")
    parser.add_argument("engines", nargs="*", metavar="ENGINE", help=", ".join(ENGINES) + "; by default both")
    parser.add_argument("--seconds", type=float, default=8, help="for how long people come before the backup")
    options = parser.parse_args()
    for engine in options.engines:
        if engine not in ENGINES:
            parser.error(f"unknown engine {engine}: {', '.join(ENGINES)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    work = Path(tempfile.mkdtemp(prefix="plenaria-restore."))
    # PostgreSQL's user needs access to its data below.
    work.chmod(0o711)
    failed = 0
    for name in options.engines or ENGINES:
        directory = work / name
        directory.mkdir(mode=0o711)
        failed += run(ENGINES[name](directory), directory, options.seconds)
    if failed:
        say(f"calls and logs: {work}")
        sys.exit(1)
    shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
