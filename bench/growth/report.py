"""Renders docs/growth.md."""

import os
import platform
import statistics
from dataclasses import dataclass
from datetime import datetime, timezone

# The target: at most a fifth more than with the empty database.
MAX_RATIO = 1.2
# Seconds.
MAX_POSITION_SECONDS = 0.002
MAX_START_SECONDS = 0.3
POSITION_PREFIX = "place in the waiting list"
START = "from the start to the first answer"
# Operations that grow as expected, with the reason; reported, but without a target.
EXPECTED_TO_GROW = {
    "registrations, `updated_since` the last minutes":
        "it reads each of the event's registrations, since no index has their last change: one more would cost every "
        "registration, and the feed of changes is there for clients that want to know what is new",
}


@dataclass
class Measured:
    engine: str
    size: int
    # For each operation, the medians of the rounds on the empty and on the grown database.
    results: dict


def medians(both):
    empty, grown = (statistics.median(one) for one in both)
    return empty, grown, grown / empty


def summary(measured):
    """The medians as rows for docs/growth.json."""
    for one in measured:
        for name, both in one.results.items():
            empty, grown, _ = medians(both)
            yield {"engine": one.engine, "operation": name, "empty_us": round(empty * 1e6), "grown_us": round(grown * 1e6)}


def missed_targets(measured):
    """The operations that miss their targets."""
    for one in measured:
        for name, both in one.results.items():
            _, grown, ratio = medians(both)
            if name.startswith(POSITION_PREFIX):
                missed = grown > MAX_POSITION_SECONDS
            elif name == START:
                missed = grown > MAX_START_SECONDS
            else:
                missed = ratio > MAX_RATIO and name not in EXPECTED_TO_GROW
            if missed:
                yield one.engine, name


def processor():
    with open("/proc/cpuinfo") as lines:
        return next((line.split(": ")[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def render(measured, options, loads, environment):
    amount = options.amount
    missed = set(missed_targets(measured))
    lines = [f"""# Growth

Written by `scripts/growth{' --quick' if options.quick else ''}` on {datetime.now(timezone.utc):%Y-%m-%d}: the program over an empty database (one event, three more to turn
pages with) and over a grown one: **{amount.registrations:,} registrations for one event**, {amount.queue:,} on the waiting list of another,
**{amount.events:,} further events** with four sessions, two of {2 * amount.speakers:,} speakers and {amount.of_each_event} registrations each; {amount.registrations + amount.queue:,}
changes in the feed, as many mails in their table, {min(amount.answers, amount.registrations):,} idempotency records. It is filled by SQL, and `plenaria doctor` finds
nothing in it, before and after.

Each figure is the time of one request over one persistent connection, sending and receiving included: {options.number} requests
a round, first to the one and then to the other, {options.rounds} rounds; the median of the rounds' medians. Both programs run beside
each other, each with its own database of one PostgreSQL server or its own SQLite file. {os.cpu_count()} cores ({processor()}),
Linux {platform.release()}, {environment.get('PG_VERSION', '')}, SQLite as built in; `fsync=on`, `shared_buffers=512MB`,
`synchronous=FULL`; tables of PostgreSQL analysed, as autovacuum would; `PLENARIA_LOG=warn`. Load of the machine before and after
each engine: {', '.join(f'{load:.1f}' for load in loads)}.

Goals: at most {MAX_RATIO} times what it costs when empty; a waiting list position within {MAX_POSITION_SECONDS * 1000:.0f} ms; the first response within
{MAX_START_SECONDS} s. What misses its goal is marked.
"""]
    for one in measured:
        lines.append(f"\n## {one.engine}, {one.size / 2**20:.0f} MiB\n\n| | empty, µs | grown, µs | ratio |\n|---|---|---|---|\n")
        for name, both in one.results.items():
            empty, grown, ratio = medians(both)
            mark = " **missed**" if (one.engine, name) in missed else " (known)" if name in EXPECTED_TO_GROW else ""
            lines.append(f"| {name} | {empty * 1e6:.0f} | {grown * 1e6:.0f} | {ratio:.2f}{mark} |\n")
    lines += [f"\nKnown to grow: {name}: {reason}.\n" for name, reason in EXPECTED_TO_GROW.items()]
    return "".join(lines)
