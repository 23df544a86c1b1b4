"""The performance goals, and whether a run reached them."""

from dataclasses import dataclass


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
    return [*hot_event(results), *reads(results), *streams(results), *exports(results), *program(results), *partners(results)]


def hot_event(results):
    postgresql = {"engine": "PostgreSQL"}

    def times(case, connections):
        return results.ratio("hot-event", case, "one-transaction", connections=connections, **postgresql)

    yield at_least("hot event, 1 connection, against one transaction each", 0.9, times("api", 1), " times", 2)
    for connections, factor, limit in ((64, 20, 15), (256, 30, 30)):
        name = f"hot event, {connections} connections"
        yield at_least(f"{name}, against one transaction each", factor, times("api", connections), " times")
        yield at_most(f"{name}, p99", limit, results.median("p99", "hot-event", "api", connections=connections, **postgresql), " ms")
    yield at_least("hot event with keys, 64 connections, against one transaction each", 15, times("keyed", 64), " times")
    seats = results.of("instances", "three")
    ratio = results.ratio("instances", "three", "one")
    exact = not any(line.get("wrong") for line in seats)
    yield Goal("three instances together, against one", "at least 0.8 times, exact capacity", ratio,
               ratio is not None and ratio >= 0.8 and exact, 2)


def reads(results):
    yield at_least("reading the programme, against the bare handler", 0.9, results.ratio("programme", "api", "bare"), " times", 2)
    yield at_least("its 304, against the programme", 1, results.ratio("programme", "304", "api"), " times", 2)
    yield at_least("an event's page, against the bare handler", 0.7, results.ratio("event-page", "api", "bare"), " times", 2)


def streams(results):
    for engine in ("PostgreSQL", "SQLite"):
        key = {"engine": engine}
        yield at_least(f"registering beside 2,000 streams, {engine}, against without", 0.9, results.ratio("streams", "with", "without", **key),
                       " times", 2)
        memory = results.values("memory_of_a_stream", "streams", "with", **key)
        yield at_most(f"memory of a stream, {engine}", 40, max(memory, default=None), " KiB")
        slowest = results.values("slowest", "streams", "last-seat", **key)
        yield at_most(f"until all streams know of the last seat, {engine}", 1000, max(slowest, default=None), " ms", 0)


def exports(results):
    for engine in ("PostgreSQL", "SQLite"):
        for form in ("csv", "ndjson"):
            name = f"export, {engine}, {'CSV' if form == 'csv' else 'NDJSON'}"
            key = {"engine": engine}
            yield at_least(name, 100_000, results.median("rate", "export", form, **key), " rows/s", 0)
            above = results.values("above_idle", "export", form, **key)
            yield at_most(f"{name}, above idle", 32, max(above, default=None), " MiB", 0)


def program(results):
    for engine in ("PostgreSQL", "SQLite"):
        key = {"engine": engine}
        starts = results.values("first_answer", "start", **key)
        yield at_most(f"start to first response, {engine}, slowest of {len(starts)}", 300, max(starts, default=None), " ms", 0)
        yield at_most(f"memory idle, {engine}", 40, results.median("idle", "start", **key), " MiB", 0)
        peak = results.peak(engine)
        yield at_most(f"memory under load, {engine}" + (f", most in {peak[1]}" if peak else ""), 128, peak and peak[0], " MiB", 0)


def partners(results):
    yield at_most("verifying a client's token", 60, results.median("microseconds", "token", "verify"), " µs")
    for engine in ("PostgreSQL", "SQLite"):
        yield at_least(f"batches of 500 against single calls, {engine}", 5,
                       results.ratio("batch", "batches", "single", engine=engine), " times")
