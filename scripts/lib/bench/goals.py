"""What is wanted of the figures, and whether it was reached."""

from dataclasses import dataclass


@dataclass
class Goal:
    what: str
    wanted: str
    measured: float | None
    reached: bool | None
    digits: int = 1

    def row(self):
        if self.measured is None:
            return [self.what, self.wanted, "not measured", ""]
        return [self.what, self.wanted, f"{self.measured:,.{self.digits}f}", "yes" if self.reached else "**no**"]


def at_least(what, limit, measured, unit="", digits=1):
    return Goal(what, f"at least {limit:,}{unit}", measured, measured is not None and measured >= limit, digits)


def at_most(what, limit, measured, unit="", digits=1):
    return Goal(what, f"at most {limit:,}{unit}", measured, measured is not None and measured <= limit, digits)


def goals(figures):
    return [*hot_event(figures), *reads(figures), *exports(figures), *program(figures), *partners(figures)]


def hot_event(figures):
    postgresql = {"engine": "PostgreSQL"}

    def times(case, connections):
        return figures.ratio("hot-event", case, "one-transaction", connections=connections, **postgresql)

    yield at_least("hot event, 1 connection, against one transaction each", 0.9, times("api", 1), " times", 2)
    for connections, factor, limit in ((64, 20, 15), (256, 30, 30)):
        name = f"hot event, {connections} connections"
        yield at_least(f"{name}, against one transaction each", factor, times("api", connections), " times")
        yield at_most(f"{name}, p99", limit, figures.median("p99", "hot-event", "api", connections=connections, **postgresql), " ms")
    yield at_least("hot event with keys, 64 connections, against one transaction each", 15, times("keyed", 64), " times")
    seats = figures.of("instances", "three")
    ratio = figures.ratio("instances", "three", "one")
    exact = not any(line.get("wrong") for line in seats)
    yield Goal("three instances together, against one", "at least 0.8 times, exact capacity", ratio,
               ratio is not None and ratio >= 0.8 and exact, 2)


def reads(figures):
    yield at_least("reading the programme, against the bare handler", 0.9, figures.ratio("programme", "api", "bare"), " times", 2)
    yield at_least("its 304, against the programme", 1, figures.ratio("programme", "304", "api"), " times", 2)


def exports(figures):
    for engine in ("PostgreSQL", "SQLite"):
        for form in ("csv", "ndjson"):
            name = f"export, {engine}, {'CSV' if form == 'csv' else 'NDJSON'}"
            key = {"engine": engine}
            yield at_least(name, 100_000, figures.median("rate", "export", form, **key), " rows/s", 0)
            above = figures.values("above_idle", "export", form, **key)
            yield at_most(f"{name}, above idle", 32, max(above, default=None), " MiB", 0)


def program(figures):
    for engine in ("PostgreSQL", "SQLite"):
        key = {"engine": engine}
        starts = figures.values("first_answer", "start", **key)
        yield at_most(f"start to first answer, {engine}, slowest of {len(starts)}", 300, max(starts, default=None), " ms", 0)
        yield at_most(f"memory idle, {engine}", 40, figures.median("idle", "start", **key), " MiB", 0)
        peak = figures.peak(engine)
        yield at_most(f"memory under load, {engine}" + (f", most in {peak[1]}" if peak else ""), 128, peak and peak[0], " MiB", 0)


def partners(figures):
    yield at_most("verifying a client's token", 60, figures.median("microseconds", "token", "verify"), " µs")
    for engine in ("PostgreSQL", "SQLite"):
        yield at_least(f"batches of 500 against single calls, {engine}", 5,
                       figures.ratio("batch", "batches", "single", engine=engine), " times")
