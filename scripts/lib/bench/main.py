"""Runs the scenarios and writes their measurements; started by scripts/bench."""

import argparse
import json
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

from scenarios import feed
from scenarios import partners
from scenarios import reading
from scenarios import registering
from scenarios import statements
from scenarios import streams
from bench import Bench, say
from machine import facts

# Run once per round.
SCENARIOS = {
    "start": reading.start, "hot-event": registering.hot_event, "growing": registering.growing,
    "many-events": registering.many_events, "last-seats": registering.last_seats, "churn": registering.churn,
    "instances": registering.instances, "mail": registering.mail, "programme": reading.programme,
    "event-page": reading.event_page, "availability": reading.availability, "streams": streams.streams, "batch": partners.batch,
    "token": partners.token, "feed": feed.feed,
}
# Run once at the end: the export repeats itself, and statements are counted, not timed.
FINAL_SCENARIOS = {"export": partners.export, "statements": statements.statements}
NAMES = [*SCENARIOS, *FINAL_SCENARIOS]


def names(text):
    chosen = text.split(",")
    for one in chosen:
        if one not in NAMES:
            raise argparse.ArgumentTypeError(f"there is no scenario {one}: {', '.join(NAMES)}")
    return chosen


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measures Plenaria against baselines in the same run.")
    parser.add_argument("--quick", action="store_true", help="one round, two seconds each: under five minutes")
    parser.add_argument("--only", type=names, default=NAMES, metavar="NAME,…", help=", ".join(NAMES))
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--results", type=Path, required=True)
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 3)
    options.seconds = options.seconds or (2 if options.quick else 7)
    options.connections = (1, 64, 256) if options.quick else (1, 16, 64, 256)
    options.exported = 100_000 if options.quick else 1_000_000
    return options


def attempt(bench, name, scenario):
    """Runs a scenario; an error is recorded and does not stop the others."""
    started = time.monotonic()
    say(f"{name}, round {bench.round} of {bench.rounds}")
    try:
        scenario(bench)
    except Exception as error:
        traceback.print_exc()
        bench.record(name, "broke-off", {}, findings=[f"{type(error).__name__}: {error}"])
    say(f"  ({time.monotonic() - started:.0f} s)")


def main():
    options = arguments()
    # SIGTERM must also stop the servers.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="plenaria-bench.") as work, open(options.results, "w") as results:
        print(json.dumps(facts(options, options.only)), file=results, flush=True)
        bench = Bench(Path(work), options, results)
        for bench.round in range(1, options.rounds + 1):
            for name, scenario in SCENARIOS.items():
                if name in options.only:
                    attempt(bench, name, scenario)
        for name, scenario in FINAL_SCENARIOS.items():
            if name in options.only:
                attempt(bench, name, scenario)
    for one in bench.wrong:
        say(f"WRONG: {one}")
    sys.exit(1 if bench.wrong else 0)


if __name__ == "__main__":
    main()
