"""Measures the program with an empty and with a grown database, alternating; started by scripts/growth."""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import report
from dialect import Postgres, Sqlite
from events import LAST, all_definitions, definition
from fill import Amount, fill, waitlisted_id
from environment import MeasuredServer
from operations import OPERATIONS, Client


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/growth")
    parser.add_argument("--quick", action="store_true", help="a hundred thousand registrations, a thousand events, fewer rounds")
    parser.add_argument("--engine", choices=("postgresql", "sqlite"), action="append", help="this one alone")
    parser.add_argument("--output", type=Path, default=Path("docs/growth.md"))
    parser.add_argument("--only", metavar="WORD", help="only operations whose name has this word; nothing else is measured")
    options = parser.parse_args()
    options.engine = options.engine or ["postgresql", "sqlite"]
    options.amount = Amount(100_000, 1_000, speakers=500) if options.quick else Amount(1_000_000, 10_000)
    options.rounds, options.number, options.publications, options.starts = (3, 100, 5, 5) if options.quick else (5, 200, 15, 9)
    return options


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def make(program, engine, work, name):
    """Starts a server with the common events, and returns its client."""
    data = work / name
    data.mkdir()
    engine = Sqlite(data) if engine == "sqlite" else Postgres(os.environ["PSQL"], os.environ["PG_URL"], name, data)
    server = MeasuredServer(program, engine, data)
    server.command("migrate")
    for number, one in enumerate(all_definitions()):
        publish(server, one, data / f"{number}.yaml")
    server.add_client()
    server.start()
    client = Client(server)
    client.prepare()
    # The feed must have all changes before the database is filled.
    time.sleep(3)
    server.stop()
    return client


def publish(server, document, file):
    # JSON is YAML.
    file.write_text(json.dumps(document, ensure_ascii=False))
    started = time.perf_counter()
    server.command("publish", file)
    return time.perf_counter() - started


def rounds(clients, options):
    """The medians of all rounds for each operation, on the empty and on the grown database."""
    chosen = [(name, one) for name, one in OPERATIONS if not options.only or options.only in name]
    medians = {name: ([], []) for name, _ in chosen}
    for number in range(options.rounds + 1):
        for client in clients:
            client.refresh()
        for name, one in chosen:
            # The order alternates between rounds.
            order = (0, 1) if number % 2 else (1, 0)
            for which in order:
                took = statistics.median(one(clients[which], options.number))
                # The first round warms up: caches, prepared statements, and the planner's generic plans.
                if number:
                    medians[name][which].append(took)
        say(f"round {number} of {options.rounds}, load {os.getloadavg()[0]:.1f}")
    return medians


def publications(clients, options, work):
    """Publishing a changed text of an event, and the first read afterwards, which is not cached."""
    medians = {"publish an event (`plenaria publish`)": ([], []), "an event, just published": ([], [])}
    published, read = medians.values()
    for number in range(options.publications):
        one = definition(LAST, "2031-08-02T15:00:00", title=f"Growth {number}")
        for which in (0, 1):
            published[which].append(publish(clients[which].server, one, work / "again.yaml"))
        time.sleep(1)
        for which in (1, 0):
            read[which].extend(clients[which].timed(f"/v1/events/{LAST}", 1))
    return {name: tuple([statistics.median(one)] for one in both) for name, both in medians.items()}


def starts(clients, options):
    for client in clients:
        client.server.stop()
    took = ([], [])
    for _ in range(options.starts):
        for which in (0, 1):
            took[which].append(clients[which].server.start())
            clients[which].server.stop()
    return {"from the start to the first answer": tuple([statistics.median(one)] for one in took)}


def measure(engine, options, work):
    say(f"{engine}: two databases")
    clients = [make(os.environ["PROGRAM"], engine, work, name) for name in ("empty", "grown")]
    try:
        started = time.monotonic()
        grown = clients[1].server
        fill(grown.engine, options.amount)
        say(f"filled in {time.monotonic() - started:.0f} s: {grown.engine.size() / 2**20:.0f} MiB")
        grown.command("doctor")
        say("the doctor finds nothing")
        for client in clients:
            client.server.engine.update_statistics()
            client.server.start()
        clients[0].find_positions()
        clients[1].find_positions(waitlisted_id(options.amount.queue // 2))
        results = rounds(clients, options)
        if not options.only:
            results |= publications(clients, options, work)
            results |= starts(clients, options)
            for client in clients:
                client.server.command("doctor")
            say("the doctor still finds nothing")
        return report.Measured(grown.engine.name, grown.engine.size(), results)
    finally:
        for client in clients:
            client.server.stop()


def main():
    options = arguments()
    work = Path(tempfile.mkdtemp(prefix="plenaria-growth."))
    try:
        loads = [os.getloadavg()[0]]
        measured = []
        for engine in options.engine:
            (work / engine).mkdir()
            measured.append(measure(engine, options, work / engine))
            loads.append(os.getloadavg()[0])
        text = report.render(measured, options, loads, os.environ)
        if options.only:
            print(text)
        else:
            options.output.write_text(text)
            # scripts/bench draws a chart from it.
            options.output.with_suffix(".json").write_text(json.dumps(list(report.summary(measured)), indent=1) + "\n")
            print(text)
        return 0 if options.only or not list(report.missed_targets(measured)) else 1
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
