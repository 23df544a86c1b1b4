"""The load generators: wrk and pgbench, and what they say. Nothing here waits for ever."""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

LOAD = Path("bench/load")
# What a generator may take beyond the time that it was given.
TIMEOUT = 40


class LoadFailed(Exception):
    pass


def run(command, timeout, **more):
    """The output of a program that must end well and in time."""
    try:
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL,
                              **more)
    except subprocess.TimeoutExpired:
        raise LoadFailed(f"{command[0]} did not end within {timeout} s") from None
    if done.returncode != 0:
        raise LoadFailed(f"{command[0]} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout


class Wrk:
    """One wrk: begun with its creation, its figures when it has ended."""

    def __init__(self, script, url, connections, seconds, headers=(), threads=1, **environment):
        command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "-s", LOAD / script]
        for header in headers:
            command += ["-H", header]
        named = {"RUN_ID": str(time.time_ns())} | {name: str(value) for name, value in environment.items() if value is not None}
        self.seconds = seconds
        self.child = subprocess.Popen(list(map(str, [*command, url])), env=os.environ | named, text=True,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def figures(self):
        try:
            out, _ = self.child.communicate(timeout=self.seconds + TIMEOUT)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.communicate()
            raise LoadFailed("wrk did not end") from None
        for line in out.splitlines():
            if line.startswith("RESULT "):
                return self.with_rates(json.loads(line.removeprefix("RESULT ")))
        raise LoadFailed(f"wrk said: {out.strip()[-500:]}")

    @staticmethod
    def with_rates(figures):
        """Only what was answered well counts."""
        well = figures["requests"] - figures["refused"]
        return figures | {"well": well, "rate": well / figures["seconds"],
                          "errors": figures["refused"] + figures["broken"] + figures["late"]}


def percentile(ordered, part):
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


def pgbench(programs, url, script, connections, seconds, mode="prepared", **variables):
    """pgbench with the latency of each transaction."""
    with tempfile.TemporaryDirectory(prefix="plenaria-pgbench.") as directory:
        command = [programs("pgbench"), "-n", "-M", mode, "-f", LOAD / script, "-c", connections, "-j", 2, "-T", seconds,
                   "-l", f"--log-prefix={directory}/log"]
        for name, value in variables.items():
            command += ["-D", f"{name}={value}"]
        out = run([*command, url], seconds + TIMEOUT)
        latencies = sorted(int(line.split()[2]) / 1000 for log in Path(directory).iterdir() for line in open(log))
    facts = dict(line.split(" = ") for line in out.splitlines() if " = " in line)
    if not latencies:
        raise LoadFailed("pgbench did no transaction")
    return {"rate": float(facts["tps"].split()[0]), "well": len(latencies), "requests": len(latencies), "seconds": seconds,
            "errors": 0, "p50": percentile(latencies, 0.5), "p99": percentile(latencies, 0.99), "p999": percentile(latencies, 0.999)}
