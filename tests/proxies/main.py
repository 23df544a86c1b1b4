"""Plenaria behind shared caches; scripts/proxies runs it."""

import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import caches
import checks
from program import Program

WEBINAR = "/v1/events/internationalisation-and-metropolitan-spaces-en"
PATHS = (WEBINAR, f"{WEBINAR}/programme", "/v1/events", "/problems/event-full")


def behind_caches(listed, directory):
    """What is found behind each cache, by its name."""
    origins = ",".join(checks.LISTED) if listed else "*"
    (directory / "plenaria").mkdir()
    program, running = Program(os.environ["PROGRAM"], directory / "plenaria", PLENARIA_CORS_ORIGINS=origins), []
    try:
        program.start()
        backend = program.base.removeprefix("http://")
        for cache in caches.ALL:
            running.append(cache(backend, directory / cache.__name__))
        with ThreadPoolExecutor() as pool:
            found = list(pool.map(lambda cache: checks.examine(cache, program.base, PATHS, listed), running))
        return {cache.name: faults for cache, faults in zip(running, found)}
    finally:
        for cache in running:
            cache.stop()
        program.stop()


def main():
    all_faults = []
    for listed in (False, True):
        with tempfile.TemporaryDirectory() as directory:
            for name, faults in behind_caches(listed, Path(directory)).items():
                which = "a list of origins" if listed else "any origin"
                print(f"{name}, {which}: {f'{len(faults)} faults' if faults else 'well'}", flush=True)
                all_faults += faults
    # The same fault shows in many requests.
    for fault in all_faults[:20]:
        print(fault, file=sys.stderr)
    return 1 if all_faults else 0


if __name__ == "__main__":
    sys.exit(main())
