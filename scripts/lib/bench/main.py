"""Runs the scenarios and writes their measurements; started by scripts/bench."""

import argparse
import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

import comparison
from bench import Bench, say
from machine import facts
from scenarios import attendance
from scenarios import cancelling
from scenarios import confirming
from scenarios import feed
from scenarios import mixture
from scenarios import partners
from scenarios import reading
from scenarios import registering
from scenarios import statements
from scenarios import streams
from server import Server

# Run once per round.
SCENARIOS = {
    "start": reading.start, "hot-event": registering.hot_event, "growing": registering.growing, "grown": registering.grown,
    "many-events": registering.many_events, "last-seats": registering.last_seats, "asking": confirming.asking,
    "confirming": confirming.confirming, "cancel-and-return": cancelling.cancel_and_return, "reminder": cancelling.reminder,
    "attendance": attendance.attendance, "mixture": mixture.mixture, "instances": registering.instances, "mail": registering.mail,
    "programme": reading.programme, "event-page": reading.event_page, "availability": reading.availability,
    "streams": streams.streams, "batch": partners.batch, "token": partners.token, "feed": feed.feed,
}
# Run once at the end: the export repeats itself, and statements are counted, not timed.
FINAL_SCENARIOS = {"export": partners.export, "statements": statements.statements}
NAMES = [*SCENARIOS, *FINAL_SCENARIOS]
PROGRAM = "target/dist/plenaria"
# Open files that a scenario with thousands of connections needs, in this program's children.
FILES = 8192
# Seconds that each of two programs' cases may take to end when the run is ended.
ENDING_TIMEOUT = 20


def names(text):
    chosen = text.split(",")
    for one in chosen:
        if one not in NAMES:
            raise argparse.ArgumentTypeError(f"there is no scenario {one}: {', '.join(NAMES)}")
    return chosen


def program(text):
    if not os.access(text, os.X_OK) or not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"{text} is no program")
    return str(Path(text).resolve())


def described():
    """Each scenario with the first line of its description."""
    lines = [f"  {name:18} {' '.join((function.__doc__ or '').split(chr(10) * 2)[0].split())}"
             for name, function in (SCENARIOS | FINAL_SCENARIOS).items()]
    return "scenarios:\n" + "\n".join(lines)


def arguments(words=None):
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="Measures Plenaria against baselines in the same run, or against another program.",
        epilog=described(), formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one round, two seconds each")
    parser.add_argument("--only", type=names, default=NAMES, metavar="NAME,…", help="only these scenarios")
    parser.add_argument("--against", type=program, metavar="PATH", help="compare the program in target/dist with this one, case by case in "
                        "the order ABBA, without baselines (6 rounds of 3 s); writes target/bench/against.md")
    parser.add_argument("--rounds", type=int, help="how often each scenario is run (3)")
    parser.add_argument("--seconds", type=int, help="how long a measurement takes (7); cases that alternate take half of it")
    parser.add_argument("--results", type=Path, required=words is None and "--help" not in sys.argv, help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    rounds, seconds = (6, 3) if options.against else (1, 2) if options.quick else (3, 7)
    options.rounds = options.rounds or rounds
    options.seconds = options.seconds or seconds
    small = options.quick or options.against
    options.connections = (1, 64, 256) if small else (1, 16, 64, 256)
    options.exported = 100_000 if small else 1_000_000
    return options


def allow_files():
    """Raises the limit of open files for wrk and the servers."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < FILES:
        sys.exit(f"{FILES} open files are needed, and the limit is {hard} (ulimit -Hn).")
    if soft != resource.RLIM_INFINITY and soft < FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, hard))


def attempt(bench, name, scenario):
    """Runs a scenario; an error is recorded and does not stop the others."""
    started = time.monotonic()
    say(f"{name}, round {bench.round} of {bench.rounds}" + ("" if bench.baselines else f", {bench.name}"))
    try:
        scenario(bench)
    except Exception as error:
        traceback.print_exc()
        bench.record(name, "broke-off", {}, findings=[f"{type(error).__name__}: {error}"])
    say(f"  ({time.monotonic() - started:.0f} s)")


def run(options, work, results, turns):
    """Runs the scenarios of this build, or of two programs in turn; returns the findings."""
    if options.against:
        benches = [Bench(work, options, results, program, name, turns.next_case(which))
                   for which, (program, name) in enumerate(((PROGRAM, "this"), (options.against, "other")))]
    else:
        benches = [Bench(work, options, results, PROGRAM)]

    def run_one(name, scenario):
        if options.against:
            turns.run([lambda bench=bench: attempt(bench, name, scenario) for bench in benches], first=(benches[0].round + 1) % 2)
        else:
            attempt(benches[0], name, scenario)

    for number in range(1, options.rounds + 1):
        for bench in benches:
            bench.round = number
        for name, scenario in SCENARIOS.items():
            if name in options.only:
                run_one(name, scenario)
    for name, scenario in FINAL_SCENARIOS.items():
        if name in options.only:
            run_one(name, scenario)
    return [one for bench in benches for one in bench.wrong]


def main():
    options = arguments()
    allow_files()
    # SIGTERM must also stop the servers.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="plenaria-bench.") as work, open(options.results, "w") as results:
        print(json.dumps(facts(options, options.only)), file=results, flush=True)
        turns = comparison.Turns()
        try:
            wrong = run(options, Path(work), results, turns)
        finally:
            Server.stop_all()
            # If the run has been ended, its cases fail now; they use the directory.
            turns.join(ENDING_TIMEOUT)
    for one in wrong:
        say(f"WRONG: {one}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
