"""Runs rounds of faults under load; started by scripts/chaos."""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from servers import postgres
from servers.disk import cannot_mount
from faults import FAULTS, FAULTS_OF_ENGINE, SHORT
from round import Result, Round


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/chaos", description="Proves that nothing acknowledged is lost.")
    parser.add_argument("--engine", choices=("postgresql", "sqlite", "both"), default="both")
    parser.add_argument("--rounds", type=int, default=None, help="on each engine (default: one of each fault)")
    parser.add_argument("--fault", choices=FAULTS, help="this one alone; else they take turns, by the seed")
    parser.add_argument("--seed", type=int, help="the first round's seed; each further round's is greater by one")
    parser.add_argument("--short", action="store_true", help="for CI: two faults on each engine, one short round of each")
    parser.add_argument("--hold", type=float, metavar="SECONDS", help="how long a fault lasts, instead of a random time")
    parser.add_argument("--table", type=Path, help="append a line for each round to this file")
    return parser.parse_args()


class SharedTools:
    """The programs and the database template that the rounds share."""

    def __init__(self, directory):
        self.program, self.pg_bin = os.environ["PROGRAM"], os.environ["PG_BIN"]
        self.template = postgres.template(Path(self.pg_bin), directory)


def work_directory():
    directory = Path(tempfile.mkdtemp(prefix="plenaria-chaos."))
    # PostgreSQL's user needs access to its data below.
    directory.chmod(0o711)
    return directory


def run_round(tools, work, engine, fault, seed, options):
    directory = work / f"{engine}-{fault}-{seed}"
    directory.mkdir(mode=0o711)
    started = time.monotonic()
    current = Round(tools, engine, fault, seed, directory, options.short, options.hold)
    try:
        result = current.run()
    except Exception as error:
        result = current.result
        result.findings.append(f"the round broke off: {type(error).__name__}: {error}")
    print(f"seed {seed}  {engine} {fault}: {result.acknowledged} acknowledged, {result.unknown} unknown, {result.rejected} rejected; "
          f"longest answer {result.longest:.2f} s, longest 503 {result.longest_503:.2f} s, well after {result.recovery:.2f} s; "
          f"{time.monotonic() - started:.0f} s in all; findings: {len(result.findings)}", flush=True)
    for text in result.findings[:20]:
        print(f"    {text}", flush=True)
    if options.table:
        with open(options.table, "a") as table:
            kinds = [sum(text.startswith(kind) for text in result.findings) for kind in ("LOST", "DOUBLED")]
            print(seed, engine, fault, result.acknowledged, result.unknown, result.rejected, f"{result.longest:.3f}",
                  f"{result.longest_503:.3f}", f"{result.recovery:.3f}", *kinds, len(result.findings), file=table)
    if result.findings:
        (directory / "findings").write_text("\n".join(result.findings) + "\n")
        hold = "" if options.hold is None else f" --hold {options.hold:g}"
        print(f"    calls and logs: {directory}\n    again: scripts/chaos --engine {engine} --fault {fault} --seed {seed}"
              f"{' --short' if options.short else ''}{hold} --rounds 1", flush=True)
    else:
        shutil.rmtree(directory, ignore_errors=True)
    return result


def rounds(engine, options, seed, skipped):
    """The faults and seeds of one engine's rounds."""
    faults = [options.fault] if options.fault else SHORT[engine] if options.short else FAULTS_OF_ENGINE[engine]
    possible = [fault for fault in faults if fault in FAULTS_OF_ENGINE[engine] and fault not in skipped]
    for fault in faults:
        if fault not in FAULTS_OF_ENGINE[engine]:
            print(f"SKIPPED on {engine}: {fault}: not applicable", flush=True)
        elif fault in skipped:
            print(f"SKIPPED on {engine}: {fault}: {skipped[fault]}", flush=True)
    # In short mode each fault runs once per round.
    number = (options.rounds or 1) * len(possible) if options.short or not options.rounds else options.rounds
    for index in range(number if possible else 0):
        yield possible[(seed + index) % len(possible)], seed + index


def main():
    options = arguments()
    # SIGTERM must also stop the servers and unmount the disk.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    seed = random.SystemRandom().randrange(1_000_000) if options.seed is None else options.seed
    work = work_directory()
    print(f"seed {seed}", flush=True)
    reason = cannot_mount(work)
    skipped = {"full-disk": reason} if reason else {}
    tools, failed, played = SharedTools(work), 0, 0
    for engine in ("postgresql", "sqlite") if options.engine == "both" else (options.engine,):
        for fault, own_seed in rounds(engine, options, seed, skipped):
            result: Result = run_round(tools, work, engine, fault, own_seed, options)
            played += 1
            failed += bool(result.findings)
    shutil.rmtree(tools.template)
    print(f"{played} rounds, {failed} with findings" + (f", kept in {work}" if failed else ""), flush=True)
    if not failed:
        shutil.rmtree(work, ignore_errors=True)
    sys.exit(1 if failed or not played else 0)


if __name__ == "__main__":
    main()
