"""What all scenarios share: the options, the databases, and how a measurement is made and recorded."""

import base64
import json
import os
import sys
import time
import urllib.parse
import urllib.request
from functools import cached_property
from pathlib import Path

import usage
from database import checks
from database import engines
from database import fill
from database import promises
from database import tokens
from load import Wrk, pgbench
from server import Server

OWNER = "bench"
# Events without a capacity: one of them asks to confirm the address.
HOT, CONFIRMING = "hot-event", "double-opt-in"
# Events with a capacity and a waiting list.
LAST, MOVING, REMINDED = "last-seats", "moving", "reminded"
WEBINAR = "internationalisation-and-metropolitan-spaces-en"
# The capacity of the event that fills up; the capacity of the event with cancellations, and its number of people; the capacity
# of the event whose people all cancel at once.
SEATS, MOVING_SEATS, PEOPLE, REMINDED_SEATS = 2000, 512, 1024, 3000
MANY = 1000
SETTLED = 0.5
# The machine's speed varies by more than a tenth between seconds, so cases that are compared alternate in short turns.
TURNS = 3


def say(text):
    print(text, file=sys.stderr, flush=True)


def definition(slug, capacity=None, **registration):
    return {"slug": slug, "status": "published", "owner": OWNER, "language": "en", "title": slug.replace("-", " ").title(),
            "starts": "2031-07-22T15:00", "time_zone": "Europe/Madrid",
            "registration": {"capacity": capacity, "waitlist": capacity is not None} | registration,
            "programme": {"sessions": [{"key": "talk", "title": "Talk", "minutes": 60}]}}


def person(email):
    return {"email": email, "name": "Ana Pérez", "privacy_accepted": True, "organisation": "Ajuntament de Barcelona",
            "country": "ES"}


def post(url, body, headers):
    """The JSON response of a POST, which must succeed."""
    request = urllib.request.Request(url, body, headers)
    with urllib.request.urlopen(request, timeout=20) as response:
        return json.loads(response.read())


class Bench:
    """A run of a program with databases of its own. `next_case` is called before each case; it may wait."""

    def __init__(self, work, options, results, program="target/dist/plenaria", name="this", next_case=lambda: None):
        self.work, self.results, self.program, self.name, self.next_case = work / name, results, program, name, next_case
        self.work.mkdir()
        # A comparison of two programs measures no baselines.
        self.baselines = options.against is None
        # The seconds of cases that alternate in short turns.
        self.turn_seconds = max(options.seconds // 2, 1)
        self.seconds, self.rounds, self.connections = options.seconds, options.rounds, options.connections
        self.exported, self.quick = options.exported, options.quick
        self.round = 0
        self.wrong = []
        self.settings = {
            "PLENARIA_RATE_LIMITS": "off", "PLENARIA_LISTEN": "127.0.0.1:0", "PLENARIA_LOG": "warn",
            "PLENARIA_SECRET_KEY": base64.b64encode(os.urandom(32)).decode(),
            # A mail is queued for each registration, but no mail server runs.
            "PLENARIA_SMTP_URL": "smtp://127.0.0.1:9", "PLENARIA_MAIL_FROM": "events@example.org"}

    def files(self, *definitions):
        paths = []
        for one in definitions:
            paths.append(self.work / f"{one['slug']}.json")
            paths[-1].write_text(json.dumps(one))
        return paths

    @cached_property
    def _usual(self):
        events = (definition(HOT), definition(CONFIRMING, email_confirmation=True), definition(LAST, SEATS),
                  definition(MOVING, MOVING_SEATS), definition(REMINDED, REMINDED_SEATS))
        return [*self.files(*events), *sorted(Path("programmes").glob("*.yaml"))]

    @cached_property
    def _many(self):
        return self.files(*(definition(f"event-{number}") for number in range(1, MANY + 1)))

    @cached_property
    def postgresql(self):
        return self.with_client(engines.Postgresql(self, self._usual, "usual"))

    @cached_property
    def sqlite(self):
        return self.with_client(engines.Sqlite(self, self._usual, "usual"))

    @cached_property
    def many_postgresql(self):
        """A database with a thousand events, numbered for pgbench."""
        engine = self.with_client(engines.Postgresql(self, self._many, "many"))
        engine.rows("CREATE TABLE bench_events AS SELECT replace(slug, 'event-', '')::int AS number, id FROM events")
        engine.rows("ALTER TABLE bench_events ADD PRIMARY KEY (number)")
        return engine

    @cached_property
    def many_sqlite(self):
        return self.with_client(engines.Sqlite(self, self._many, "many"))

    @cached_property
    def grown(self):
        """For each engine a database whose event HOT has many registrations, which are never removed."""
        engines_with_names = [self.with_client(kind(self, self._usual, "grown")) for kind in (engines.Postgresql, engines.Sqlite)]
        for engine in engines_with_names:
            fill.fill(engine, HOT, confirmed=self.exported)
        return engines_with_names

    @property
    def both(self):
        return self.postgresql, self.sqlite

    @staticmethod
    def with_client(engine):
        engine.add_client(OWNER)
        return engine

    def event(self, engine, slug=HOT):
        return engine.one(f"SELECT id FROM events WHERE slug = '{slug}'")

    @staticmethod
    def token(engine, url):
        """A new access token for each measurement, because it is valid for 15 minutes only."""
        credentials = base64.b64encode(":".join(engine.client).encode()).decode()
        return post(url + "/oauth/token", urllib.parse.urlencode({"grant_type": "client_credentials"}).encode(),
                    {"Authorization": f"Basic {credentials}", "Content-Type": "application/x-www-form-urlencoded"})["access_token"]

    def people(self, kind, slug, numbers):
        """A file with the ids and tokens of an event's people whom `fill` inserts."""
        file = self.work / f"{kind}-{slug}-{len(numbers)}"
        return file if file.exists() else tokens.write(file, self.settings["PLENARIA_SECRET_KEY"], kind, slug, numbers)

    def warm(self, url, slug=HOT, people=100):
        """Registers people first, which opens connections and prepares statements."""
        for number in range(people):
            body = json.dumps(person(f"early.{number}.{time.time_ns()}@example.org")).encode()
            post(f"{url}/v1/events/{slug}/registrations", body, {"Content-Type": "application/json"})

    def bare(self, body):
        """The bare handler, which responds with this body."""
        file = self.work / "bare-body"
        file.write_bytes(body)
        return Server(["target/dist/bare", str(file)], self.work / "bare.log", path="/")

    def measure(self, action, engine=None, servers=()):
        """The values that `action` returns, with the resources used and the registrations made meanwhile."""
        meter = usage.Meter([one.pid for one in servers], engine.postmaster if engine else None)
        before, log = (checks.registered(engine), engine.wal()) if engine else (0, None)
        meter.start()
        measured = action()
        measured |= meter.stop()
        if engine:
            if log is not None:
                measured["wal"] = engine.wal() - log
            # The load ends without waiting for responses, so the last requests are still being processed.
            time.sleep(SETTLED if servers else 0)
            measured["registrations"] = checks.registered(engine) - before
        return measured

    def under_load(self, engine, script, connections, seconds=None, slug=HOT, path="/registrations", prepare=None, warm=True,
                   client=False, findings=None, promised=False, **environment):
        """Runs a script of wrk on an emptied database, which `prepare` may fill, against a path of an event; returns the
        measurement and the findings. `client` gives the script a client's token; with `promised` what its responses promised is
        compared with the database, and `findings` may look for more while the server runs."""
        engine.empty()
        if prepare:
            prepare(engine)
        file = self.work / "promises"
        file.unlink(missing_ok=True)
        with engine.serve() as server:
            if warm:
                self.warm(server.url)
            url = f"{server.url}/v1/events/{slug}{path}"
            token = self.token(engine, server.url) if client else None
            environment |= {"TOKEN": token, "PROMISES": file if promised else None}
            measured = self.measure(lambda: Wrk(script, url, connections, seconds or self.seconds, **environment).result(),
                                    engine, [server])
            found = [*checks.counts(engine)]
            if promised:
                found += promises.findings(engine, file, connections)
            if findings:
                found += findings(measured, server)
        return measured, found

    def baseline(self, scenario, scripts, connections, seconds=None, prepare=None, findings=None, slug=HOT, case="one-transaction",
                 engine=None, key=None, **settings):
        """Records what pgbench reaches with one transaction each, on PostgreSQL, unless no baselines are wanted."""
        if not self.baselines:
            return
        engine = engine or self.postgresql
        engine.empty()
        if prepare:
            prepare(engine)
        event = self.event(engine, slug)
        measured = self.measure(lambda: pgbench(engines.pg_program, engine.url, scripts, connections, seconds or self.seconds,
                                                event=event, **settings), engine)
        found = [*checks.counts(engine), *(findings(engine, measured) if findings else ())]
        self.record(scenario, case, measured, engine, found, connections=connections, **(key or {}))

    def record(self, scenario, case, measured, engine=None, findings=(), **key):
        """Writes a measurement, with findings about wrong results."""
        findings = list(findings)
        line = {"program": self.name, "scenario": scenario, "case": case, "engine": engine.name if engine else None,
                "round": self.round, **key,
                **{name: round(value, 4) if isinstance(value, float) else value for name, value in measured.items()}}
        if findings:
            line["wrong"] = findings
            self.wrong += [f"{scenario}, {case}: {one}" for one in findings]
        print(json.dumps(line), file=self.results, flush=True)
        shown = " ".join(f"{name}={measured[name]:.5g}" for name in ("rate", "p50", "p99", "p999", "errors") if name in measured)
        named = " ".join(map(str, filter(None, [None if self.baselines else self.name + ":", scenario, case, engine and engine.name, *key.values()])))
        say(f"  {named}: {shown or {name: measured[name] for name in list(measured)[:6]}}"
            + "".join(f"\n    WRONG: {one}" for one in findings))
        return line
