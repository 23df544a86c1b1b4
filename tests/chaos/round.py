"""One round: load, one or two faults at random times, recovery, and the checks."""

import random
import time
from dataclasses import dataclass, field

from checks import api_responses, capacities, database_invariants, erasure, history, responses
from checks.registrations import RegistrationChecks
from clients.call_log import CallLog, now, read
from clients.events import EVENTS
from clients.follower import Follower
from clients.load import Load
from clients.observer import Observer
from faults import FAULTS
from servers.environment import Environment

# The load goes on until this many calls succeeded, on a slow machine too.
ENOUGH_CALLS = 200
# The time that recovery from a fault may take, in seconds.
RECOVERY_TIMEOUT = 20


def number_of_instances(engine, fault, seed):
    """On PostgreSQL one to three, by the seed; SQLite has one."""
    return random.Random(f"{seed} instances").randint(2 if fault == "kill-one" else 1, 3) if engine == "postgresql" else 1


@dataclass
class Result:
    acknowledged: int = 0
    unknown: int = 0
    rejected: int = 0
    longest: float = 0
    longest_503: float = 0
    recovery: float = 0
    findings: list = field(default_factory=list)


class Round:
    def __init__(self, tools, engine, fault, seed, directory, short=False, hold=None):
        self.environment = Environment(tools, engine, fault, directory, number_of_instances(engine, fault, seed), hold)
        self.fault, self.seed, self.directory, self.short = fault, seed, directory, short
        self.call_log = CallLog(directory / "calls.jsonl")
        self.result, self.faults = Result(), []

    def run(self):
        try:
            self.environment.start()
            self.inject_faults()
            self.evaluate()
        finally:
            self.call_log.close()
            self.environment.end()
        return self.result

    def inject_faults(self):
        chance = random.Random(f"{self.seed} faults")
        follower = self.follower = Follower(self.environment.ports, self.environment.client)
        load = Load(self.seed, self.call_log, self.environment.ports, self.environment.client, self.environment.mailbox)
        self.observer = Observer(self.environment.database)
        for one in (follower, self.observer, load):
            one.start()
        try:
            time.sleep(chance.uniform(0.8, 2))
            for number in range(1 if self.short else chance.choice((1, 2))):
                if number:
                    time.sleep(chance.uniform(0, 1))
                started = now()
                FAULTS[self.fault](self.environment, chance)
                self.faults.append((started, now()))
            self.wait_until_recovered()
            time.sleep(0.5)
        finally:
            load.stop()

    def wait_until_recovered(self):
        """Waits for a second with successes and without failures after the last fault."""
        over = self.faults[-1][1]
        while now() < over + RECOVERY_TIMEOUT:
            time.sleep(0.05)
            since = max(over, self.call_log.last_failure)
            successful = self.call_log.successes
            if now() > since + 1 and len(successful) > ENOUGH_CALLS and successful[-1] > since + 0.5:
                self.result.recovery = max(0, self.call_log.last_failure - over)
                return
        self.result.recovery = RECOVERY_TIMEOUT
        self.result.findings.append(f"{RECOVERY_TIMEOUT} s after the fault not all is well")

    def outages(self):
        """For each of the callers' ports, the times at which connections may have been cut."""
        if self.fault == "cut-callers":
            return [self.faults] * len(self.environment.instances)
        return [instance.outages for instance in self.environment.instances]

    def evaluate(self):
        environment, result = self.environment, self.result
        found = result.findings
        calls = read(self.call_log.path)
        found += responses.check(calls, self.outages(), self.faults[0][0])
        result.acknowledged, result.unknown, result.rejected = responses.outcome_counts(calls)
        result.longest, result.longest_503 = responses.longest(calls)
        if result.acknowledged < 100:
            found.append(f"only {result.acknowledged} calls were acknowledged: too few for a meaningful round")
        self.wait_for_feed()
        followed = self.follower.finish()
        found += self.follower.findings
        database = environment.database
        rows, seats = database.rows(database_invariants.REGISTRATIONS), database.rows(database_invariants.SEATS)
        revisions = database.rows(capacities.REVISIONS)
        checks = RegistrationChecks(calls, rows)
        found += checks.all()
        found += responses.check_repetitions(checks.requests, {row["id"] for row in rows if row["erased_at"] is not None})
        found += database_invariants.check_seats(database, [name for name, event in EVENTS.items() if event.moving])
        found += database_invariants.check_idempotency_keys(database)
        found += database_invariants.check_changes(database, rows, followed)
        found += history.check(self.observer.finish(), capacities.by_event(revisions))
        found += capacities.check(checks.requests, revisions)
        found += api_responses.check(environment.instances[-1].port, checks.requests, checks.registrations, rows, seats,
                                     environment.client.token)
        after = database.rows(database_invariants.REGISTRATIONS)
        if sorted(after, key=lambda row: row["id"]) != sorted(rows, key=lambda row: row["id"]):
            found.append("repeating calls with their keys changed registrations")
        found += erasure.check(database.tables(), erasure.erased_people(checks.registrations, rows))
        if complaints := environment.doctor():
            found.append(f"the doctor finds: {complaints}")
        for instance in environment.instances:
            if "panicked" in instance.log.read_text():
                found.append(f"the program panicked: {instance.log.name}")
            found += erasure.check_log(instance.log.name, instance.log.read_bytes())
            if not instance.stop():
                found.append("the program did not stop as it should")

    def wait_for_feed(self):
        """Waits until the outbox is empty."""
        deadline = now() + RECOVERY_TIMEOUT
        while self.environment.database.rows("SELECT count(*) AS n FROM outbox")[0]["n"]:
            if now() > deadline:
                self.result.findings.append("the feed stalls: changes remain in the outbox")
                return
            time.sleep(0.1)
