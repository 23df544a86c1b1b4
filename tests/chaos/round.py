"""One round: load, a fault at a random moment or two, peace, and the reckoning."""

import random
import time
from dataclasses import dataclass, field

import afterwards
import answers
import books
from checks import Checks
from faults import FAULTS
from follower import Follower
from ledger import Ledger, now, read
from load import Load, People
from stage import Stage

# How long everything may take to be well after a fault, in seconds.
PATIENCE = 20


@dataclass
class Result:
    acknowledged: int = 0
    unknown: int = 0
    refused: int = 0
    longest: float = 0
    longest_503: float = 0
    recovery: float = 0
    findings: list = field(default_factory=list)


class Round:
    def __init__(self, tools, engine, fault, seed, directory, short=False, hold=None):
        self.stage = Stage(tools, engine, fault, directory, hold)
        self.fault, self.seed, self.directory, self.short = fault, seed, directory, short
        self.ledger = Ledger(directory / "ledger.jsonl")
        self.result, self.faults = Result(), []

    def play(self):
        try:
            self.stage.up()
            self.run()
            self.reckon()
        finally:
            self.ledger.close()
            self.stage.down()
        return self.result

    def run(self):
        chance = random.Random(f"{self.seed} faults")
        follower = self.follower = Follower(self.stage.ports, self.stage.client)
        load = Load(self.seed, self.ledger, self.stage.ports)
        follower.start()
        load.start()
        try:
            time.sleep(chance.uniform(0.8, 2))
            for number in range(1 if self.short else chance.choice((1, 2))):
                if number:
                    time.sleep(chance.uniform(0, 1))
                began = now()
                FAULTS[self.fault](self.stage, chance)
                self.faults.append((began, now()))
            self.wait_until_well()
            time.sleep(0.5)
        finally:
            load.stop()

    def wait_until_well(self):
        """Well is: a second with successes and without a failure."""
        over = self.faults[-1][1]
        while now() < over + PATIENCE:
            time.sleep(0.05)
            since = max(over, self.ledger.last_bad)
            if now() > since + 1 and self.ledger.good_writes and self.ledger.good_writes[-1] > since + 0.5:
                self.result.recovery = max(0, self.ledger.last_bad - over)
                return
        self.result.recovery = PATIENCE
        self.result.findings.append(f"{PATIENCE} s after the fault not all is well")

    def away(self):
        """When connections to each of the callers' ports may have been cut off."""
        if self.fault == "cut-callers":
            return [self.faults]
        return [instance.away for instance in self.stage.instances]

    def reckon(self):
        stage, result = self.stage, self.result
        found = result.findings
        calls = read(self.ledger.path)
        found += answers.check(calls, self.away(), self.faults[0][0])
        result.acknowledged, result.unknown, result.refused = answers.numbers(calls)
        result.longest, result.longest_503 = answers.times(calls)
        if result.acknowledged < 100:
            found.append(f"only {result.acknowledged} calls were acknowledged: that proves little")
        self.settle()
        followed = self.follower.finish()
        found += self.follower.findings
        rows, seats = stage.database.rows(books.REGISTRATIONS), stage.database.rows(books.SEATS)
        found += Checks(calls, rows).all()
        found += books.seats(stage.database) + books.keys(stage.database)
        found += books.changes(stage.database, rows, followed)
        found += afterwards.check(stage.instances[-1].port, calls, rows, seats, People.person)
        after = stage.database.rows(books.REGISTRATIONS)
        if sorted(after, key=lambda row: row["id"]) != sorted(rows, key=lambda row: row["id"]):
            found.append("repeating calls with their keys changed registrations")
        for instance in stage.instances:
            if "panicked" in instance.log.read_text():
                found.append(f"the program panicked: {instance.log.name}")
            if not instance.stop():
                found.append("the program did not stop as it should")

    def settle(self):
        """Waits until the feed holds every change."""
        deadline = now() + PATIENCE
        while self.stage.database.rows("SELECT count(*) AS n FROM outbox")[0]["n"]:
            if now() > deadline:
                self.result.findings.append("the feed stands still: changes stay in the outbox")
                return
            time.sleep(0.1)
