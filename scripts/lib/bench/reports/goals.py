"""The performance goals, and whether a run reached them."""

from dataclasses import dataclass

ENGINES = ("PostgreSQL", "SQLite")


@dataclass
class Goal:
    name: str
    target: str
    measured: float | None
    reached: bool | None
    digits: int = 1

    def row(self):
        if self.measured is None:
            return [self.name, self.target, "not measured", ""]
        return [self.name, self.target, f"{self.measured:,.{self.digits}f}", "yes" if self.reached else "**no**"]


def at_least(name, limit, measured, unit="", digits=1):
    return Goal(name, f"at least {limit:,}{unit}", measured, measured is not None and measured >= limit, digits)


def at_most(name, limit, measured, unit="", digits=1):
    return Goal(name, f"at most {limit:,}{unit}", measured, measured is not None and measured <= limit, digits)


def goals(results):
    return [*hot_event(results), *changes(results), *many(results), *reads(results), *streams(results), *exports(results),
            *program(results), *partners(results)]


def hot_event(results):
    postgresql = {"engine": "PostgreSQL"}

    def times(case, connections):
        return results.ratio("hot-event", case, "one-transaction", connections=connections, **postgresql)

    yield at_least("hot event, 1 connection, against one transaction each", 1.3, times("api", 1), " times", 2)
    for connections, factor, limit in ((64, 28, 10), (256, 90, 20)):
        name = f"hot event, {connections} connections"
        yield at_least(f"{name}, against one transaction each", factor, times("api", connections), " times")
        yield at_most(f"{name}, p99", limit, results.median("p99", "hot-event", "api", connections=connections, **postgresql), " ms")
    yield at_least("hot event with keys, 64 connections, against one transaction each", 22, times("keyed", 64), " times")
    sqlite = {"engine": "SQLite", "connections": 64}
    yield at_least("hot event, 64 connections, SQLite against PostgreSQL", 1.1,
                   results.ratio("hot-event", "api", "api", postgresql | {"connections": 64}, **sqlite), " times", 2)
    yield at_most("hot event, 64 connections, SQLite, p99", 12, results.median("p99", "hot-event", "api", **sqlite), " ms")
    for engine in ENGINES:
        yield at_least(f"registering at an event with a million, {engine}, against an empty one", 0.98,
                       results.ratio("grown", "grown", "empty", engine=engine), " times", 2)


def changes(results):
    """Every other change of seats."""
    for engine in ENGINES:
        key = {"engine": engine}
        yield at_least(f"asking for confirmation, 1,024 connections, {engine}, against registering", 0.6,
                       results.ratio("asking", "asking", "registering", connections=1024, **key), " times", 2)
        yield at_least(f"confirming, 64 connections, {engine}, against registering", 0.7,
                       results.ratio("confirming", "confirming", "registering", **key), " times", 2)
        yield at_least(f"cancelling and coming back, 64 connections, {engine}, against one transaction each", 15,
                       results.ratio("cancel-and-return", "api", "one-transaction", {"engine": "PostgreSQL"}, **key), " times")
        yield at_least(f"3,000 people cancel at once, {engine}", 5000, results.median("rate", "reminder", "api", **key), " /s", 0)
        batches = [results.median("rate", "attendance", "batches", connections=one, **key) for one in (1, 16)]
        yield at_least(f"attendance in batches of 500, {engine}, the faster of 1 and 16 connections", 50_000, max(filter(None, batches), default=None), " rows/s", 0)


def many(results):
    yield at_least("1,000 events at random, 64 connections, PostgreSQL, against one transaction each", 5,
                   results.ratio("many-events", "registering", "one-transaction", engine="PostgreSQL"), " times")
    ratio = results.ratio("instances", "three", "one")
    exact = not any(line.get("wrong") for line in results.of("instances", "three"))
    yield Goal(f"three instances together, against one, median of {results.pairs('instances', 'three', 'one')} pairs",
               "at least 0.95 times, exact capacity", ratio, ratio is not None and ratio >= 0.95 and exact, 2)


def reads(results):
    yield at_least("reading the programme, against the bare handler", 0.95, results.ratio("programme", "api", "bare"), " times", 2)
    yield at_least("its 304, against the programme", 1, results.ratio("programme", "304", "api"), " times", 2)
    yield at_least("an event's page, against the bare handler", 0.7, results.ratio("event-page", "api", "bare"), " times", 2)


def streams(results):
    for engine in ENGINES:
        key = {"engine": engine}
        yield at_least(f"registering beside 2,000 streams, {engine}, against without", 0.9, results.ratio("streams", "with", "without", **key),
                       " times", 2)
        memory = results.values("memory_of_a_stream", "streams", "with", **key)
        yield at_most(f"memory of a stream, {engine}", 40, max(memory, default=None), " KiB")
        slowest = results.values("slowest", "streams", "last-seat", **key)
        yield at_most(f"until all streams know of the last seat, {engine}", 1000, max(slowest, default=None), " ms", 0)


def exports(results):
    for engine in ENGINES:
        for form in ("csv", "ndjson"):
            name = f"export, {engine}, {'CSV' if form == 'csv' else 'NDJSON'}"
            key = {"engine": engine}
            yield at_least(name, 100_000, results.median("rate", "export", form, **key), " rows/s", 0)
            above = results.values("above_idle", "export", form, **key)
            yield at_most(f"{name}, above idle", 32, max(above, default=None), " MiB", 0)


def program(results):
    for engine in ENGINES:
        key = {"engine": engine}
        starts = results.values("first_answer", "start", **key)
        yield at_most(f"start to first response, {engine}, slowest of {len(starts)}", 300, max(starts, default=None), " ms", 0)
        yield at_most(f"memory idle, {engine}", 40, results.median("idle", "start", **key), " MiB", 0)
        peak = results.peak(engine)
        yield at_most(f"memory under load, {engine}" + (f", most in {peak[1]}" if peak else ""), 128, peak and peak[0], " MiB", 0)
    for name, limit, scenario, engine in (("hot event, PostgreSQL", 56, "hot-event", "PostgreSQL"),
                                          ("batches, SQLite", 96, "batch", "SQLite")):
        yield at_most(f"memory under load, {name}", limit, max(results.values("server_peak", scenario, engine=engine), default=None), " MiB", 0)


def partners(results):
    yield at_most("verifying a client's token", 60, results.median("microseconds", "token", "verify"), " µs")
    for engine in ENGINES:
        yield at_least(f"batches of 500 against single calls, {engine}", 5,
                       results.ratio("batch", "batches", "single", engine=engine), " times")
