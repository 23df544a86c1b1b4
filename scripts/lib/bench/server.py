"""Starts a measured server, waits for its first response, and stops it, all with timeouts."""

import os
import re
import select
import signal
import subprocess
import time
import urllib.request

# Seconds that a start or a stop may take.
START_STOP_TIMEOUT = 20


class DidNotStart(Exception):
    pass


class Server:
    """A running `serve` or bare handler, which prints "listening on" and then responds."""

    # All that are running, and whether more may start.
    running, ending = set(), False

    def __init__(self, command, log, path="/health/live", environment=None):
        if self.ending:
            raise DidNotStart("the run has been ended")
        started = time.monotonic()
        self.log = log
        with open(log, "ab") as errors:
            self.child = subprocess.Popen(command, env=os.environ | (environment or {}), stdin=subprocess.DEVNULL,
                                          stdout=subprocess.PIPE, stderr=errors)
        self.running.add(self)
        try:
            self.url = self.listening(started + START_STOP_TIMEOUT)
            self.wait_for_response(path, started + START_STOP_TIMEOUT)
        except DidNotStart:
            self.stop()
            raise
        # Milliseconds from the process's start to its first response.
        self.first_answer = (time.monotonic() - started) * 1000

    @property
    def pid(self):
        return self.child.pid

    def listening(self, deadline):
        output = b""
        while not (found := re.search(rb"^listening on (\S+)\n", output, re.M)):
            ready, _, _ = select.select([self.child.stdout], [], [], max(deadline - time.monotonic(), 0))
            chunk = os.read(self.child.stdout.fileno(), 4096) if ready else b""
            if not chunk:
                raise DidNotStart(f"it does not listen; its log ends with: {self.end_of_log()}")
            output += chunk
        return found[1].decode()

    def wait_for_response(self, path, deadline):
        while True:
            try:
                with urllib.request.urlopen(self.url + path, timeout=max(deadline - time.monotonic(), 0.01)) as response:
                    response.read()
                    return
            except OSError as error:
                if time.monotonic() > deadline or self.child.poll() is not None:
                    raise DidNotStart(f"{path} is not answered: {error}; its log ends with: {self.end_of_log()}") from None
                time.sleep(0.001)

    def end_of_log(self):
        with open(self.log, errors="replace") as log:
            return log.read()[-500:].strip()

    def stop(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(START_STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        self.child.stdout.close()
        self.running.discard(self)

    @classmethod
    def stop_all(cls):
        """Stops what a run that was ended has left; no more may start."""
        cls.ending = True
        for server in list(cls.running):
            server.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
