"""Runs the load generators, wrk and pgbench, with timeouts, and parses their results."""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

LOAD = Path("bench/load")
BASELINES = Path("bench/baselines")
# Seconds that a generator may take beyond its running time.
EXIT_TIMEOUT = 40


class LoadFailed(Exception):
    pass


def run(command, timeout, **more):
    """The output of a program, which must succeed in time."""
    try:
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL,
                              **more)
    except subprocess.TimeoutExpired:
        raise LoadFailed(f"{command[0]} did not end within {timeout} s") from None
    if done.returncode != 0:
        raise LoadFailed(f"{command[0]} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout


class Wrk:
    """A run of wrk, which starts with the object; `result` waits for its end."""

    def __init__(self, script, url, connections, seconds, headers=(), threads=1, **environment):
        command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "-s", LOAD / script]
        for header in headers:
            command += ["-H", header]
        named = {"RUN_ID": str(time.time_ns())} | {name: str(value) for name, value in environment.items() if value is not None}
        self.seconds = seconds
        self.child = subprocess.Popen(list(map(str, [*command, url])), env=os.environ | named, text=True,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def result(self):
        try:
            out, _ = self.child.communicate(timeout=self.seconds + EXIT_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.communicate()
            raise LoadFailed("wrk did not end") from None
        for line in out.splitlines():
            if line.startswith("RESULT "):
                return self.with_rates(json.loads(line.removeprefix("RESULT ")))
        raise LoadFailed(f"unexpected output of wrk: {out.strip()[-500:]}")

    @staticmethod
    def with_rates(measured):
        """Adds the rate of successful requests and the number of errors."""
        successful = measured["requests"] - measured["refused"]
        return measured | {"well": successful, "rate": successful / measured["seconds"],
                          "errors": measured["refused"] + measured["broken"] + measured["late"]}


def percentile(ordered, part):
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


def transaction(name, before="", event="event"):
    """The text of a pgbench script, after lines that set its variables; `event` is the variable with the event's id."""
    return before + "\n" + (BASELINES / f"{name}.sql").read_text().replace(":event", f":{event}")


def pgbench(programs, url, scripts, connections, seconds, mode="prepared", each=None, **variables):
    """Runs pgbench for some seconds, or until each connection has done `each` transactions; returns the rate and the latencies of
    its transactions. `scripts` is a text, or the share of each of several."""
    if isinstance(scripts, str):
        scripts = {scripts: 1}
    with tempfile.TemporaryDirectory(prefix="plenaria-pgbench.") as directory:
        command = [programs("pgbench"), "-n", "-M", mode, "-c", connections, "-j", 2, *(["-t", each] if each else ["-T", seconds]),
                   "-l", f"--log-prefix={directory}/log"]
        for number, (text, share) in enumerate(scripts.items()):
            file = Path(directory) / f"script-{number}.sql"
            file.write_text(text)
            command += ["-f", f"{file}@{share}"]
        for name, value in variables.items():
            command += ["-D", f"{name}={value}"]
        out = run([*command, url], seconds + EXIT_TIMEOUT)
        latencies = sorted(int(line.split()[2]) / 1000 for log in Path(directory).glob("log*") for line in open(log))
    facts = dict(line.split(" = ") for line in out.splitlines() if " = " in line)
    if not latencies:
        raise LoadFailed("pgbench did no transaction")
    return {"rate": float(facts["tps"].split()[0]), "well": len(latencies), "requests": len(latencies), "seconds": seconds,
            "errors": 0, "p50": percentile(latencies, 0.5), "p99": percentile(latencies, 0.99), "p999": percentile(latencies, 0.999)}
