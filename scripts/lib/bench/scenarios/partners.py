"""Scenarios of partners' programs: batches, tokens, exports."""

import subprocess
import time

import checks
import fill
from bench import HOT, WEBINAR
from load import LoadFailed, Wrk, run
from usage import reset_peak, mebibytes

BATCH = 500
TIMES = 3
# An export of a million that takes longer than this is not worth waiting for.
TIMEOUT = 180


def batch(bench):
    """Registering by a client over one connection: single calls, and batches."""
    for engine in bench.both:
        for case, script in (("single", "register.lua"), ("batches", "batch.lua")):
            engine.empty()
            with engine.serve() as server:
                bench.warm(server.url)
                token = bench.token(engine, server.url)
                url = f"{server.url}/v1/events/{HOT}/registrations" + ("/batch" if case == "batches" else "")
                figures = bench.measure(lambda: Wrk(script, url, 1, bench.seconds, TOKEN=token, SIZE=BATCH).figures(),
                                        engine, [server])
                if case == "batches":
                    figures |= {name: figures[name] * BATCH for name in ("rate", "well")}
                bench.record("batch", case, figures, engine, [*checks.counts(engine), *checks.acknowledged(figures)], connections=1)


def token(bench):
    """A kept response, read with a client's token and without; and what verifying one takes."""
    engine = bench.postgresql
    engine.empty()
    with engine.serve() as server:
        url, headers = f"{server.url}/v1/events/{WEBINAR}", [f"Authorization: Bearer {bench.token(engine, server.url)}"]
        for case, shown in (("without", []), ("with", headers)):
            figures = bench.measure(lambda: Wrk("read.lua", url, 64, bench.seconds, shown).figures(), engine, [server])
            bench.record("token", case, figures, engine, connections=64)
    bench.record("token", "verify", {"microseconds": float(run(["target/release/verify"], 60))})


def export(bench):
    """All registrations of one event, as CSV and as NDJSON, of a server that has just been started."""
    for engine in bench.both:
        engine.empty()
        fill.fill(engine, HOT, bench.exported)
        for form in ("csv", "ndjson"):
            with engine.serve() as server:
                time.sleep(1)
                token = bench.token(engine, server.url)
                url = f"{server.url}/v1/events/{HOT}/registrations/export?format={form}"
                idle = mebibytes(server.pid, "VmRSS")
                reset_peak(server.pid)
                lines = counted(url, token) - (form == "csv")
                found = [] if lines == bench.exported else [f"{lines} rows of {bench.exported}"]
                for _ in range(TIMES):
                    figures = bench.measure(lambda: timed(url, token, bench.exported), engine, [server])
                    figures |= {"above_idle": mebibytes(server.pid, "VmHWM") - idle, "rows": bench.exported}
                    bench.record("export", form, figures, engine, found)
        engine.empty()


def counted(url, token):
    curl = subprocess.Popen(["curl", "-fsS", "--max-time", str(TIMEOUT), url, "-H", f"Authorization: Bearer {token}"],
                            stdout=subprocess.PIPE)
    lines = sum(chunk.count(b"\n") for chunk in iter(lambda: curl.stdout.read(1 << 20), b""))
    if curl.wait(TIMEOUT) != 0:
        raise LoadFailed("the export broke off")
    return lines


def timed(url, token, rows):
    out = run(["curl", "-fsS", "--max-time", TIMEOUT, url, "-H", f"Authorization: Bearer {token}", "-o", "/dev/null",
               "-w", "%{time_total} %{size_download}"], TIMEOUT + 10)
    seconds, size = map(float, out.split())
    return {"rate": rows / seconds, "bytes": int(size), "seconds": seconds}
