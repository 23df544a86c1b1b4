"""Tests Plenaria behind shared caches, and its streams behind proxies; started by scripts/proxies."""

import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import caches
import checks
import streams
from program import Program

WEBINAR = "/v1/events/internationalisation-and-metropolitan-spaces-en"
PATHS = (WEBINAR, f"{WEBINAR}/programme", "/v1/events", "/problems/event-full")


def behind_caches(listed, directory):
    """The errors found behind each cache, by the cache's name."""
    origins = ",".join(checks.LISTED) if listed else "*"
    (directory / "plenaria").mkdir()
    program, running = Program(os.environ["PROGRAM"], directory / "plenaria", PLENARIA_CORS_ORIGINS=origins), []
    try:
        program.start()
        backend = program.base.removeprefix("http://")
        for cache in caches.CACHES:
            running.append(cache(backend, directory / cache.__name__))
        with ThreadPoolExecutor() as pool:
            found = list(pool.map(lambda cache: checks.examine(cache, program.base, PATHS, listed), running))
        return {cache.name: errors for cache, errors in zip(running, found)}
    finally:
        for cache in running:
            cache.stop()
        program.stop()


def streams_behind_proxies(directory):
    """The errors of streams behind each proxy, by the proxy's name."""
    (directory / "plenaria").mkdir()
    program, running = Program(os.environ["PROGRAM"], directory / "plenaria"), []
    try:
        program.start()
        backend, slugs = program.base.removeprefix("http://"), []
        for proxy in caches.ALL:
            running.append(proxy(backend, directory / proxy.__name__))
            # Each has an event of its own, so that they do not see one another's registrations.
            slugs.append(f"behind-{proxy.__name__}")
            program.publish({"slug": slugs[-1], "status": "published", "language": "en", "title": "Streams", "owner": "proxies",
                             "starts": "2090-01-01T10:00", "time_zone": "Etc/UTC", "duration_minutes": 60})
        with ThreadPoolExecutor() as pool:
            found = list(pool.map(lambda proxy, slug: streams.examine(proxy, program, slug), running, slugs))
        return {proxy.name: errors for proxy, errors in zip(running, found)}
    finally:
        for proxy in running:
            proxy.stop()
        program.stop()


def main():
    all_errors = []
    with tempfile.TemporaryDirectory() as directory:
        for name, errors in streams_behind_proxies(Path(directory)).items():
            print(f"{name}, streams: {f'{len(errors)} errors' if errors else 'no errors'}", flush=True)
            all_errors += errors
    for listed in (False, True):
        with tempfile.TemporaryDirectory() as directory:
            for name, errors in behind_caches(listed, Path(directory)).items():
                which = "a list of origins" if listed else "any origin"
                print(f"{name}, {which}: {f'{len(errors)} errors' if errors else 'no errors'}", flush=True)
                all_errors += errors
    # The same error appears in many requests.
    for error in all_errors[:20]:
        print(error, file=sys.stderr)
    return 1 if all_errors else 0


if __name__ == "__main__":
    sys.exit(main())
