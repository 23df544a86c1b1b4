"""Tests several instances: restarted under load, under a crowd, and through PgBouncer; started by scripts/instances."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import bouncer
import crowd
import followers
import rolling
from checks import database_invariants
from environment import NAMES, Environment, definition
from servers.postgres import template

PARTS = ("rolling", "crowd", "pgbouncer")


def say(text):
    print(text, flush=True)


def report(name, found):
    say(f"{name}: findings: {len(found)}")
    for text in found[:12]:
        say(f"    {text[:300]}")
    return len(found)


def rolling_part(environment, options):
    environment.publish(definition("rolling"))
    environment.start()
    port = environment.haproxy()
    following = followers.Followers(port, "rolling")
    visitors = rolling.Visitors(environment.directory / "rolling.jsonl", [port], "rolling")
    time.sleep(1)
    try:
        found = rolling.restart(environment, NAMES, options.times, options.drain)
    finally:
        calls = visitors.stop()
    confirmed = next(row["have_seats"] for row in environment.database.rows(database_invariants.SEATS) if row["event"] == "rolling")
    found += following.stop(confirmed)
    failed, all_calls, bad = rolling.evaluate(calls)
    say(f"rolling: {len(calls)} calls during {3 * options.times} restarts, failed: " +
        ", ".join(f"{bad[kind]} of {number} {kind}" for kind, number in sorted(all_calls.items())))
    return report("rolling", found + failed)


def crowd_part(environment, _options):
    people, capacity = 3000, 500
    environment.publish(definition("crowd", capacity, waitlist=True))
    environment.start()
    port = environment.haproxy()
    started = time.monotonic()
    calls = crowd.rush(environment.directory, "crowd", [port], "crowd", people)
    took = time.monotonic() - started
    found = crowd.evaluate(environment.database, calls, "crowd", people, capacity)
    shares = {name: int(row["stot"]) for name, row in environment.servers().items()}
    if min(shares.values()) < people / 10:
        found.append(f"not all instances got requests: {shares}")
    say(f"crowd: {people} people, {len(calls)} calls in {took:.1f} s, by instance: {shares}, "
        f"{Counter(call['do'] for call in calls)['cancel']} cancelled")
    return report("crowd", found)


def pgbouncer_part(environment, options):
    """Tests the PgBouncer configurations that are known to work; with --ways all of them, without failing."""
    failed = 0
    version = subprocess.run(["pgbouncer", "--version"], capture_output=True, text=True).stdout.split("\n")[0]
    say(version)
    supported = [options.way] if options.way else bouncer.supported(version)
    for name, mode, pool, more, ending in bouncer.CONFIGURATIONS:
        if not options.ways and name not in supported:
            continue
        slug = bouncer.event_of(name)
        try:
            url = environment.pgbouncer(mode, pool, more) + ending
            # Commands connect through PgBouncer too.
            environment.direct = environment.instance(f"direct-{slug}", url)
            environment.direct.command("migrate")
            environment.publish(definition(slug, 100, waitlist=True))
            environment.start(url, NAMES[:2])
            found = bouncer.test_configuration(environment, name)
        except AssertionError as error:
            found = [f"it does not start: {error}"]
        if not environment.stop_instances():
            found.append("an instance did not stop as it should")
        number = report(f"pgbouncer, {name}", found)
        failed += 0 if options.ways else number
    return failed


def main():
    parser = argparse.ArgumentParser(prog="scripts/instances", description="Several instances, as in production.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS) + "; by default all")
    parser.add_argument("--times", type=int, default=2, help="how often every instance is replaced")
    parser.add_argument("--drain", action="store_true", help="set an instance to drain in HAProxy before it is stopped")
    parser.add_argument("--ways", action="store_true", help="test every PgBouncer configuration, without failing")
    parser.add_argument("--way", choices=[way[0] for way in bouncer.CONFIGURATIONS],
                        help="the PgBouncer configuration; by default those that its version supports")
    options = parser.parse_args()
    # SIGTERM must also stop the servers.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for part in options.parts:
        if part not in PARTS:
            parser.error(f"unknown part {part}: {', '.join(PARTS)}")
    work = Path(tempfile.mkdtemp(prefix="plenaria-instances."))
    # PostgreSQL's user needs access to its data below.
    work.chmod(0o711)
    cluster, failed = template(Path(os.environ["PG_BIN"]), work), 0
    for part in options.parts or PARTS:
        directory = work / part
        directory.mkdir(mode=0o711)
        environment = Environment(directory, cluster)
        try:
            failed += {"rolling": rolling_part, "crowd": crowd_part, "pgbouncer": pgbouncer_part}[part](environment, options)
        finally:
            environment.end()
    if failed:
        say(f"calls and logs: {work}")
        sys.exit(1)
    shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
