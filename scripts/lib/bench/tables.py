"""Tables of the report, as lists of rows; what was not measured is a dash."""


def table(heads, rows):
    """A table of Markdown, numbers to the right from the second column on."""
    lines = ["| " + " | ".join(heads) + " |", "|---|" + "---:|" * (len(heads) - 1)]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join(lines)


def number(value, digits=0, factor=1):
    return "–" if value is None else f"{value * factor:,.{digits}f}"


def times(value, digits=1):
    return "–" if value is None else f"**{value:,.{digits}f}**"


def speed(figures, scenario, case, **key):
    """Requests a second, the three latencies in ms, errors of all rounds."""
    errors = figures.values("errors", scenario, case, **key)
    return [number(figures.median("rate", scenario, case, **key)),
            *(number(figures.median(name, scenario, case, **key), 2) for name in ("p50", "p99", "p999")),
            sum(errors) if errors else "–"]


SPEED = ["p50 ms", "p99 ms", "p99.9 ms", "errors"]
HOT = (("one-transaction", "PostgreSQL", "pgbench, one transaction each"), ("one-statement", "PostgreSQL", "pgbench, one statement each"),
       ("api", "PostgreSQL", "API, PostgreSQL"), ("keyed", "PostgreSQL", "API, PostgreSQL, with keys"), ("api", "SQLite", "API, SQLite"))


def hot_event(figures):
    rows = []
    for count in figures.connections("hot-event"):
        for case, engine, name in HOT:
            key = {"engine": engine, "connections": count}
            ratios = [times(figures.ratio("hot-event", case, base, {"engine": "PostgreSQL", "connections": count}, **key))
                      for base in ("one-transaction", "one-statement")]
            rate, *rest = speed(figures, "hot-event", case, **key)
            rows.append([count, name, rate, *ratios, *rest])
    heads = ["connections", "", "/s", "of one transaction each", "of one statement each", *SPEED]
    return table(heads, rows)


def costs(figures):
    rows = []
    for count in figures.connections("hot-event"):
        for case, engine, name in HOT:
            key = {"engine": engine, "connections": count}
            processors = [number(figures.each(f"cpu_{part}", "hot-event", case, **key), 0, 1e6) for part in ("server", "database", "load")]
            if case.startswith("one-"):
                processors[0] = "–"
            if engine == "SQLite":
                processors[1] = "–"
            counted = {"connections": count, "case": case, "engine": engine}
            rows.append([count, name, *processors,
                         number(figures.median("statements", "statements", **counted), 3),
                         number(figures.median("of_the_desk", "statements", **counted), 3),
                         number(figures.each("wal", "hot-event", case, **key)),
                         number(figures.median("wal_each", "statements", **counted)),
                         number(figures.each("written", "hot-event", case, **key) if engine == "SQLite" else None),
                         number(figures.median("server_peak", "hot-event", case, **key)),
                         number(figures.median("database_pss", "hot-event", case, **key) if not case.startswith("one-") else None)])
    heads = ["connections", "", "server µs", "PostgreSQL µs", "load µs", "statements", "of these the desk's", "WAL bytes by the end",
             "WAL bytes in all", "bytes written", "server MiB", "PostgreSQL MiB"]
    return table(heads, rows)


def others(figures):
    """The scenarios of people that are not the hot event."""
    rows = []
    for scenario, case, engine, name in (
            ("many-events", "one-transaction", "PostgreSQL", "1,000 events, pgbench, one transaction each"),
            ("many-events", "registering", "PostgreSQL", "1,000 events, registering, PostgreSQL"),
            ("many-events", "registering", "SQLite", "1,000 events, registering, SQLite"),
            ("many-events", "mixed", "PostgreSQL", "1,000 events, half of it reads, PostgreSQL"),
            ("many-events", "mixed", "SQLite", "1,000 events, half of it reads, SQLite"),
            ("last-seats", "api", "PostgreSQL", "last seats and a waiting list, PostgreSQL"),
            ("last-seats", "api", "SQLite", "last seats and a waiting list, SQLite"),
            ("churn", "api", "PostgreSQL", "cancelling and coming back, PostgreSQL"),
            ("churn", "api", "SQLite", "cancelling and coming back, SQLite"),
            ("instances", "one", "PostgreSQL", "last seats, one instance, three crowds"),
            ("instances", "three", "PostgreSQL", "last seats, three instances, a crowd each"),
            ("mail", "away", "PostgreSQL", "hot event, mail server away"),
            ("mail", "files", "PostgreSQL", "hot event, mails written meanwhile")):
        key = {"engine": engine}
        connections = figures.median("connections", scenario, case, **key)
        base = {"many-events": "one-transaction", "instances": "one", "mail": "away"}.get(scenario)
        ratio = None
        if base and case not in (base, "mixed"):
            ratio = figures.ratio(scenario, case, base, {"engine": "PostgreSQL"}, **key)
        rate, *rest = speed(figures, scenario, case, **key)
        wrong = sum(bool(line.get("wrong")) for line in figures.of(scenario, case, **key))
        rows.append([name, number(connections), rate, times(ratio, 2), *rest, "–" if rate == "–" else wrong or "right"])
    return table(["", "connections", "requests /s", "of its baseline", *SPEED, "books"], rows)


def programme(figures):
    rows = [[name, *(lambda rate, *rest: [rate, times(figures.ratio("programme", case, "bare"), 2), *rest])(
        *speed(figures, "programme", case))]
        for case, name in (("bare", "bare handler"), ("bare-headers", "bare handler with our headers"),
                           ("api", "`GET /v1/events/{event}/programme`"), ("304", "that with `If-None-Match`: 304"),
                           ("brotli", "that with `Accept-Encoding: br`"), ("bare-short", "bare handler, asked for `/`"))]
    return table(["", "requests /s", "of the bare handler's", *SPEED], rows)


def availability(figures):
    rows = []
    for case, engine, name in (("bare", None, "bare handler"), ("api", "PostgreSQL", "live seats, PostgreSQL"),
                               ("api", "SQLite", "live seats, SQLite"), ("rush", "PostgreSQL", "while 64 register, PostgreSQL"),
                               ("rush", "SQLite", "while 64 register, SQLite")):
        ratio = figures.ratio("availability", case, "bare", {}, engine=engine)
        rate, *rest = speed(figures, "availability", case, engine=engine)
        rows.append([name, rate, times(ratio, 2), *rest,
                     number(figures.median("registering", "availability", case, engine=engine))])
    return table(["", "requests /s", "of the bare handler's", *SPEED, "registrations /s meanwhile"], rows)


def start(figures):
    rows = []
    for engine in ("PostgreSQL", "SQLite"):
        starts = figures.values("first_answer", "start", engine=engine)
        peak = figures.peak(engine)
        rows.append([engine, number(figures.median("first_answer", "start", engine=engine)), number(max(starts, default=None)),
                     number(figures.median("idle", "start", engine=engine)), number(peak and peak[0]), peak[1] if peak else "–"])
    return table(["", "start to first answer, ms", "slowest", "idle, MiB", "most under load, MiB", "in"], rows)


def batch(figures):
    rows = [[engine, number(figures.median("rate", "batch", "single", engine=engine)),
             number(figures.median("rate", "batch", "batches", engine=engine)),
             times(figures.ratio("batch", "batches", "single", engine=engine)),
             number(figures.median("p99", "batch", "batches", engine=engine), 1),
             sum(figures.values("errors", "batch", engine=engine))] for engine in ("PostgreSQL", "SQLite")]
    return table(["", "single /s", "in batches /s", "ratio", "p99 of a batch, ms", "errors"], rows)


def token(figures):
    rows = [[name, *speed(figures, "token", case)] for case, name in (("without", "without a token"), ("with", "with a client's token"))]
    return table(["", "requests /s", *SPEED], rows)


def feed(figures):
    rows = []
    for engine in ("PostgreSQL", "SQLite"):
        catching = {"scenario": "feed", "case": "catching-up", "engine": engine}
        wrong = [one for line in figures.of("feed", engine=engine) for one in line.get("wrong", [])]
        rows.append([engine, number(figures.median("rush", **catching)), number(figures.median("waiting", **catching)),
                     number(figures.median("quiet_after", **catching), 1), number(figures.median("rate", **catching)),
                     *(number(figures.median(name, "feed", "delay", engine=engine), 1) for name in ("p50", "p99", "p999")),
                     len(wrong) or "right"])
    return table(["", "rush, registrations /s", "changes not in the feed at its end", "all in it after, s", "read, changes /s",
                  "delay p50 ms", "p99 ms", "p99.9 ms", "books"], rows)


def export(figures):
    rows = []
    for engine in ("PostgreSQL", "SQLite"):
        for form, name in (("csv", "CSV"), ("ndjson", "NDJSON")):
            key = {"scenario": "export", "case": form, "engine": engine}
            rows.append([f"{engine}, {name}", number(figures.median("rows", **key)), times(figures.median("rate", **key), 0),
                         number(max(figures.values("above_idle", **key), default=None)),
                         number(figures.median("bytes", **key), 0, 1e-6)])
    return table(["", "rows", "rows /s", "MiB above idle", "MB of answer"], rows)
