"""An instance of the program under test, which can be killed and restarted as by a service manager."""

import base64
import os
import subprocess
import threading
import time


class Instance:
    def __init__(self, program, directory, port, log, database_url="", **settings):
        self.program, self.port, self.log = program, port, log
        (directory / "data").mkdir(parents=True, exist_ok=True, mode=0o700)
        self.environment = {
            "PATH": os.environ["PATH"],
            "PLENARIA_DATA_DIR": str(directory / "data"),
            "PLENARIA_LISTEN": f"127.0.0.1:{port}",
            "PLENARIA_RATE_LIMITS": "off",
            "PLENARIA_LOG": "warn",
            "PLENARIA_SECRET_KEY": base64.b64encode(bytes(range(32))).decode(),
            "DATABASE_URL": database_url,
        } | settings
        self.child = None
        # The times of its outages, as pairs.
        self.outages = []

    def command(self, *arguments):
        done = subprocess.run([self.program, *map(str, arguments)], env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def complaints(self, *arguments):
        """The output of a command that fails, and an empty text if it succeeds."""
        done = subprocess.run([self.program, *map(str, arguments)], env=self.environment, capture_output=True, text=True)
        return done.stdout + done.stderr if done.returncode else ""

    def start(self, timeout=30):
        """Starts it, and retries if it exits at once, for instance without its database."""
        deadline = time.monotonic() + timeout
        while True:
            with open(self.log, "a") as log:
                self.child = subprocess.Popen([self.program, "serve"], env=self.environment, stdout=subprocess.PIPE,
                                              stderr=log, text=True)
            # A hanging start is killed.
            late = threading.Timer(max(deadline - time.monotonic(), 0.1), self.child.kill)
            late.start()
            line = self.child.stdout.readline()
            late.cancel()
            if line.startswith("listening on "):
                break
            self.child.wait()
            assert time.monotonic() < deadline, f"the program does not start: see {self.log}"
            time.sleep(0.2)
        if self.outages and self.outages[-1][1] is None:
            self.outages[-1][1] = time.monotonic()

    def kill(self):
        self.outages.append([time.monotonic(), None])
        self.child.kill()
        self.child.wait()

    def stop(self, timeout=40):
        """Sends SIGTERM; returns whether it exited successfully in time."""
        self.child.terminate()
        try:
            return self.child.wait(timeout) == 0
        except subprocess.TimeoutExpired:
            self.child.kill()
            return False

    def end(self):
        if self.child and self.child.poll() is None:
            self.child.kill()
            self.child.wait()
