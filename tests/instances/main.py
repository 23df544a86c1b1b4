"""Several instances: replaced under load, under a crowd, and through PgBouncer; scripts/instances starts this."""

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
import rolling
from house import NAMES, House, definition
from postgres import template

PARTS = ("rolling", "crowd", "pgbouncer")


def say(text):
    print(text, flush=True)


def tell(name, found):
    say(f"{name}: findings: {len(found)}")
    for text in found[:12]:
        say(f"    {text[:300]}")
    return len(found)


def rolling_part(house, options):
    house.publish(definition("rolling"))
    house.start()
    port = house.haproxy()
    visitors = rolling.Visitors(house.directory / "rolling.jsonl", [port], "rolling")
    time.sleep(1)
    try:
        found = rolling.restart(house, NAMES, options.times, options.drain)
    finally:
        calls = visitors.stop()
    failed, all_calls, bad = rolling.reckon(calls)
    say(f"rolling: {len(calls)} calls during {3 * options.times} restarts, failed: " +
        ", ".join(f"{bad[kind]} of {number} {kind}" for kind, number in sorted(all_calls.items())))
    return tell("rolling", found + failed)


def crowd_part(house, _options):
    people, capacity = 3000, 500
    house.publish(definition("crowd", capacity, waitlist=True))
    house.start()
    port = house.haproxy()
    began = time.monotonic()
    calls = crowd.rush(house.directory, "crowd", [port], "crowd", people)
    took = time.monotonic() - began
    found = crowd.reckon(house.database, calls, "crowd", people, capacity)
    shares = {name: int(row["stot"]) for name, row in house.servers().items()}
    if min(shares.values()) < people / 10:
        found.append(f"not all instances were asked: {shares}")
    say(f"crowd: {people} people, {len(calls)} calls in {took:.1f} s, by instance: {shares}, "
        f"{Counter(call['do'] for call in calls)['cancel']} cancelled")
    return tell("crowd", found)


def pgbouncer_part(house, options):
    """Through PgBouncer in the ways that are known to work; with --ways, all that might, to find out."""
    failed = 0
    version = subprocess.run(["pgbouncer", "--version"], capture_output=True, text=True).stdout.split("\n")[0]
    say(version)
    usual = [options.way] if options.way else bouncer.usual(version)
    for name, mode, pool, more, ending in bouncer.WAYS:
        if not options.ways and name not in usual:
            continue
        slug = bouncer.event_of(name)
        try:
            url = house.pgbouncer(mode, pool, more) + ending
            # What operators do by hand goes through it too.
            house.direct = house.instance(f"direct-{slug}", url)
            house.direct.command("migrate")
            house.publish(definition(slug, 100, waitlist=True))
            house.start(url, NAMES[:2])
            found = bouncer.try_out(house, name)
        except AssertionError as error:
            found = [f"it does not start: {error}"]
        if not house.stop_instances():
            found.append("an instance did not stop as it should")
        number = tell(f"pgbouncer, {name}", found)
        failed += 0 if options.ways else number
    return failed


def main():
    parser = argparse.ArgumentParser(prog="scripts/instances", description="Several instances, as in production.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS) + "; all, unless told otherwise")
    parser.add_argument("--times", type=int, default=2, help="how often every instance is replaced")
    parser.add_argument("--drain", action="store_true", help="tell HAProxy before an instance is stopped")
    parser.add_argument("--ways", action="store_true", help="try every way through PgBouncer, and only say what comes of it")
    parser.add_argument("--way", choices=[way[0] for way in bouncer.WAYS],
                        help="the way through PgBouncer; else those that its version is known for")
    options = parser.parse_args()
    # Whoever is asked to end takes down what stands.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for part in options.parts:
        if part not in PARTS:
            parser.error(f"there is no part {part}: {', '.join(PARTS)}")
    work = Path(tempfile.mkdtemp(prefix="plenaria-instances."))
    # PostgreSQL's own user must get to its data.
    work.chmod(0o711)
    cluster, failed = template(Path(os.environ["PG_BIN"]), work), 0
    for part in options.parts or PARTS:
        directory = work / part
        directory.mkdir(mode=0o711)
        house = House(directory, cluster)
        try:
            failed += {"rolling": rolling_part, "crowd": crowd_part, "pgbouncer": pgbouncer_part}[part](house, options)
        finally:
            house.end()
    if failed:
        say(f"ledgers and logs: {work}")
        sys.exit(1)
    shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
