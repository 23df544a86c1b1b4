"""Scenarios of partners' programs: batches, access tokens and exports."""

import subprocess
import time

from database import checks
from database import fill
from bench import HOT, WEBINAR
from load import LoadFailed, Wrk, run
from usage import reset_peak, mebibytes

BATCH = 500
TIMES = 3
# Seconds that an export of a million registrations may take.
EXPORT_TIMEOUT = 180


def batch(bench):
    """Registrations by a client over one connection: single requests and batches."""
    for engine in bench.both:
        for case, script in (("single", "register.lua"), ("batches", "batch.lua")):
            engine.empty()
            with engine.serve() as server:
                bench.warm(server.url)
                token = bench.token(engine, server.url)
                url = f"{server.url}/v1/events/{HOT}/registrations" + ("/batch" if case == "batches" else "")
                measured = bench.measure(lambda: Wrk(script, url, 1, bench.seconds, TOKEN=token, SIZE=BATCH).result(),
                                        engine, [server])
                if case == "batches":
                    measured |= {name: measured[name] * BATCH for name in ("rate", "well")}
                bench.record("batch", case, measured, engine, [*checks.counts(engine), *checks.acknowledged(measured)], connections=1)


def token(bench):
    """A cached response, read with and without a client's token; and the verification of a token."""
    engine = bench.postgresql
    engine.empty()
    with engine.serve() as server:
        url, headers = f"{server.url}/v1/events/{WEBINAR}", [f"Authorization: Bearer {bench.token(engine, server.url)}"]
        for case, token_headers in (("without", []), ("with", headers)):
            measured = bench.measure(lambda: Wrk("read.lua", url, 64, bench.seconds, token_headers).result(), engine, [server])
            bench.record("token", case, measured, engine, connections=64)
    if bench.baselines:
        bench.record("token", "verify", {"microseconds": float(run(["target/dist/verify"], 60))})


def export(bench):
    """Exports all registrations of an event as CSV and NDJSON from a freshly started server."""
    for engine in bench.both:
        engine.empty()
        fill.fill(engine, HOT, confirmed=bench.exported)
        for form in ("csv", "ndjson"):
            with engine.serve() as server:
                time.sleep(1)
                token = bench.token(engine, server.url)
                url = f"{server.url}/v1/events/{HOT}/registrations/export?format={form}"
                idle = mebibytes(server.pid, "VmRSS")
                reset_peak(server.pid)
                lines = count_lines(url, token) - (form == "csv")
                found = [] if lines == bench.exported else [f"{lines} rows of {bench.exported}"]
                for _ in range(TIMES):
                    measured = bench.measure(lambda: timed_export(url, token, bench.exported), engine, [server])
                    measured |= {"above_idle": mebibytes(server.pid, "VmHWM") - idle, "rows": bench.exported}
                    bench.record("export", form, measured, engine, found)
        engine.empty()


def count_lines(url, token):
    curl = subprocess.Popen(["curl", "-fsS", "--max-time", str(EXPORT_TIMEOUT), url, "-H", f"Authorization: Bearer {token}"],
                            stdout=subprocess.PIPE)
    lines = sum(chunk.count(b"\n") for chunk in iter(lambda: curl.stdout.read(1 << 20), b""))
    if curl.wait(EXPORT_TIMEOUT) != 0:
        raise LoadFailed("the export was aborted")
    return lines


def timed_export(url, token, rows):
    out = run(["curl", "-fsS", "--max-time", EXPORT_TIMEOUT, url, "-H", f"Authorization: Bearer {token}", "-o", "/dev/null",
               "-w", "%{time_total} %{size_download}"], EXPORT_TIMEOUT + 10)
    seconds, size = map(float, out.split())
    return {"rate": rows / seconds, "bytes": int(size), "seconds": seconds}
