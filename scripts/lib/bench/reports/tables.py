"""The tables of the report; a dash means not measured."""


def table(heads, rows):
    """A Markdown table, right-aligned from the second column on."""
    lines = ["| " + " | ".join(heads) + " |", "|---|" + "---:|" * (len(heads) - 1)]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join(lines)


def number(value, digits=0, factor=1):
    return "–" if value is None else f"{value * factor:,.{digits}f}"


def times(value, digits=1):
    return "–" if value is None else f"**{value:,.{digits}f}**"


def speed(results, scenario, case, **key):
    """Requests per second, the three latencies in ms, and the errors of all rounds."""
    errors = results.values("errors", scenario, case, **key)
    return [number(results.median("rate", scenario, case, **key)),
            *(number(results.median(name, scenario, case, **key), 2) for name in ("p50", "p99", "p999")),
            sum(errors) if errors else "–"]


def checked(results, scenario, case, **key):
    """Whether the checks of the database passed, or how many measurements had findings."""
    lines = results.of(scenario, case, **key)
    return sum(bool(line.get("wrong")) for line in lines) or "passed" if lines else "–"


SPEED = ["p50 ms", "p99 ms", "p99.9 ms", "errors"]
HOT = (("one-transaction", "PostgreSQL", "pgbench, one transaction each"), ("one-statement", "PostgreSQL", "pgbench, one statement each"),
       ("api", "PostgreSQL", "API, PostgreSQL"), ("keyed", "PostgreSQL", "API, PostgreSQL, with keys"), ("api", "SQLite", "API, SQLite"))


def hot_event(results):
    rows = []
    for count in results.connections("hot-event"):
        for case, engine, name in HOT:
            key = {"engine": engine, "connections": count}
            ratios = [times(results.ratio("hot-event", case, base, {"engine": "PostgreSQL", "connections": count}, **key))
                      for base in ("one-transaction", "one-statement")]
            rate, *rest = speed(results, "hot-event", case, **key)
            rows.append([count, name, rate, *ratios, *rest])
    heads = ["connections", "", "/s", "of one transaction each", "of one statement each", *SPEED]
    return table(heads, rows)


def costs(results):
    rows = []
    for count in results.connections("hot-event"):
        for case, engine, name in HOT:
            key = {"engine": engine, "connections": count}
            processors = [number(results.each(f"cpu_{part}", "hot-event", case, **key), 0, 1e6) for part in ("server", "database", "load")]
            if case.startswith("one-"):
                processors[0] = "–"
            if engine == "SQLite":
                processors[1] = "–"
            counted = {"connections": count, "case": case, "engine": engine}
            rows.append([count, name, *processors,
                         number(results.median("statements", "statements", **counted), 3),
                         number(results.median("of_the_desk", "statements", **counted), 3),
                         number(results.each("wal", "hot-event", case, **key)),
                         number(results.median("wal_each", "statements", **counted)),
                         number(results.each("written", "hot-event", case, **key) if engine == "SQLite" else None),
                         number(results.median("server_peak", "hot-event", case, **key)),
                         number(results.median("database_pss", "hot-event", case, **key) if not case.startswith("one-") else None)])
    heads = ["connections", "", "server µs", "PostgreSQL µs", "load µs", "statements", "of these the desk's", "WAL bytes by the end",
             "WAL bytes in all", "bytes written", "server MiB", "PostgreSQL MiB"]
    return table(heads, rows)


def others(results):
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
            ("grown", "empty", "PostgreSQL", "an empty event, PostgreSQL"),
            ("grown", "grown", "PostgreSQL", "an event with a million registrations, PostgreSQL"),
            ("grown", "empty", "SQLite", "an empty event, SQLite"),
            ("grown", "grown", "SQLite", "an event with a million registrations, SQLite"),
            ("instances", "one", "PostgreSQL", "last seats, one instance, three crowds"),
            ("instances", "three", "PostgreSQL", "last seats, three instances, a crowd each"),
            ("mail", "away", "PostgreSQL", "hot event, mail server unavailable"),
            ("mail", "files", "PostgreSQL", "hot event, mails written meanwhile")):
        key = {"engine": engine}
        connections = results.median("connections", scenario, case, **key)
        base = {"many-events": "one-transaction", "instances": "one", "mail": "away", "grown": "empty"}.get(scenario)
        ratio = None
        if base and case not in (base, "mixed"):
            ratio = results.ratio(scenario, case, base, key if scenario == "grown" else {"engine": "PostgreSQL"}, **key)
        rate, *rest = speed(results, scenario, case, **key)
        rows.append([name, number(connections), rate, times(ratio, 2), *rest, checked(results, scenario, case, **key)])
    return table(["", "connections", "requests /s", "of its baseline", *SPEED, "checks"], rows)


def programme(results):
    return against_bare(results, "programme", "`GET /v1/events/{event}/programme`")


def event_page(results):
    return against_bare(results, "event-page", "`GET /events/{event}`, the page for people")


def against_bare(results, scenario, request):
    rows = [[name, *(lambda rate, *rest: [rate, times(results.ratio(scenario, case, "bare"), 2), *rest])(
        *speed(results, scenario, case))]
        for case, name in (("bare", "bare handler"), ("bare-headers", "bare handler with our headers"),
                           ("api", request), ("304", "that with `If-None-Match`: 304"),
                           ("brotli", "that with `Accept-Encoding: br`"), ("bare-short", "bare handler, requesting `/`"))]
    return table(["", "requests /s", "of the bare handler's", *SPEED], rows)


def availability(results):
    rows = []
    for case, engine, name in (("bare", None, "bare handler"), ("api", "PostgreSQL", "live seats, PostgreSQL"),
                               ("api", "SQLite", "live seats, SQLite"), ("rush", "PostgreSQL", "while 64 register, PostgreSQL"),
                               ("rush", "SQLite", "while 64 register, SQLite")):
        ratio = results.ratio("availability", case, "bare", {}, engine=engine)
        rate, *rest = speed(results, "availability", case, engine=engine)
        rows.append([name, rate, times(ratio, 2), *rest,
                     number(results.median("registering", "availability", case, engine=engine))])
    return table(["", "requests /s", "of the bare handler's", *SPEED, "registrations /s meanwhile"], rows)


def streams(results):
    rows = []
    for engine in ("PostgreSQL", "SQLite"):
        key = {"engine": engine}
        delays = [number(results.median(name, "streams", "last-seat", **key)) for name in ("p50", "p99")]
        rows.append([engine, *(number(results.median("rate", "streams", case, **key)) for case in ("without", "with")),
                     times(results.ratio("streams", "with", "without", **key), 2),
                     number(results.median("memory_of_a_stream", "streams", "with", **key), 1),
                     *delays, number(max(results.values("slowest", "streams", "last-seat", **key), default=None))])
    return table(["", "registrations /s", "beside 2,000 streams", "ratio", "KiB a stream", "last seat p50 ms", "p99 ms", "slowest ms"], rows)


def start(results):
    rows = []
    for engine in ("PostgreSQL", "SQLite"):
        starts = results.values("first_answer", "start", engine=engine)
        peak = results.peak(engine)
        rows.append([engine, number(results.median("first_answer", "start", engine=engine)), number(max(starts, default=None)),
                     number(results.median("idle", "start", engine=engine)), number(peak and peak[0]), peak[1] if peak else "–"])
    return table(["", "start to first response, ms", "slowest", "idle, MiB", "most under load, MiB", "in"], rows)


def batch(results):
    rows = [[engine, number(results.median("rate", "batch", "single", engine=engine)),
             number(results.median("rate", "batch", "batches", engine=engine)),
             times(results.ratio("batch", "batches", "single", engine=engine)),
             number(results.median("p99", "batch", "batches", engine=engine), 1),
             sum(results.values("errors", "batch", engine=engine))] for engine in ("PostgreSQL", "SQLite")]
    return table(["", "single /s", "in batches /s", "ratio", "p99 of a batch, ms", "errors"], rows)


def token(results):
    rows = [[name, *speed(results, "token", case)] for case, name in (("without", "without a token"), ("with", "with a client's token"))]
    return table(["", "requests /s", *SPEED], rows)


def feed(results):
    rows = []
    for engine in ("PostgreSQL", "SQLite"):
        catching = {"scenario": "feed", "case": "catching-up", "engine": engine}
        wrong = [one for line in results.of("feed", engine=engine) for one in line.get("wrong", [])]
        rows.append([engine, number(results.median("rush", **catching)), number(results.median("waiting", **catching)),
                     number(results.median("quiet_after", **catching), 1), number(results.median("rate", **catching)),
                     *(number(results.median(name, "feed", "delay", engine=engine), 1) for name in ("p50", "p99", "p999")),
                     len(wrong) or "passed"])
    return table(["", "rush, registrations /s", "changes not in the feed at its end", "all in it after, s", "read, changes /s",
                  "delay p50 ms", "p99 ms", "p99.9 ms", "checks"], rows)


def export(results):
    rows = []
    for engine in ("PostgreSQL", "SQLite"):
        for form, name in (("csv", "CSV"), ("ndjson", "NDJSON")):
            key = {"scenario": "export", "case": form, "engine": engine}
            rows.append([f"{engine}, {name}", number(results.median("rows", **key)), times(results.median("rate", **key), 0),
                         number(max(results.values("above_idle", **key), default=None)),
                         number(results.median("bytes", **key), 0, 1e-6)])
    return table(["", "rows", "rows /s", "MiB above idle", "MB of response"], rows)
