"""A private PostgreSQL server that can be stopped, frozen and restarted."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def as_server_user(command):
    """Wraps a command so that it does not run as root, which PostgreSQL refuses."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


def program(programs, name):
    """The path of a program beside the server's programs, or its name if it is in PATH."""
    return str(programs / name) if (programs / name).exists() else name


def own(path):
    if os.geteuid() == 0:
        shutil.chown(path, "postgres", "postgres")


def template(programs, directory):
    """Creates a cluster that is copied for each round, with small WAL segments so that it fits on a small disk."""
    data = directory / "template"
    data.mkdir(mode=0o700)
    own(data)
    command = [programs / "initdb", "-D", data, "-U", "plenaria", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync",
               "--wal-segsize=1"]
    done = subprocess.run(as_server_user(list(map(str, command))), cwd=data, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return data


class Postgres:
    def __init__(self, programs, copy_of, directory, log):
        self.programs, self.data, self.log = programs, directory / "data", log
        subprocess.run(["cp", "-a", copy_of, self.data], check=True)
        log.touch()
        own(log)
        self.port = free_port()
        self.url = f"postgres://plenaria@127.0.0.1:{self.port}/postgres"

    def control(self, *arguments, check=True):
        command = [self.programs / "pg_ctl", "-D", self.data, "-w", "-t", "60", *arguments]
        done = subprocess.run(as_server_user(list(map(str, command))), cwd=self.data, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert not check or done.returncode == 0, done.stdout
        return done.returncode == 0

    def start(self):
        settings = "listen_addresses=127.0.0.1 max_connections=100 min_wal_size=2MB max_wal_size=8MB shared_buffers=32MB"
        options = f"-p {self.port} -k '' " + " ".join(f"-c {one}" for one in settings.split())
        self.control("-l", self.log, "-o", options, "start")

    def stop_at_once(self):
        self.control("-m", "immediate", "stop")

    def wait_until_running(self):
        """Waits until it accepts queries, and restarts it if a full disk has stopped it."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if not self.processes():
                self.start()
            if self.accepts_queries():
                return
            time.sleep(0.1)
        raise AssertionError("PostgreSQL does not come back: " + str(self.log))

    def accepts_queries(self):
        command = [program(self.programs, "psql"), "-qAtX", self.url, "-c", "SELECT 1"]
        return subprocess.run(command, capture_output=True).returncode == 0

    def processes(self):
        """The postmaster and its children, the parent first."""
        try:
            parent = int((self.data / "postmaster.pid").read_text().split()[0])
            os.kill(parent, 0)
        except (FileNotFoundError, ProcessLookupError, IndexError, ValueError):
            return []
        found = [parent]
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                    found.append(int(stat.parent.name))
            except (FileNotFoundError, ProcessLookupError):
                pass
        return found

    def freeze(self):
        # The parent first, so that it starts no more children.
        self.signal(self.processes()[0], signal.SIGSTOP)
        for process in self.processes():
            self.signal(process, signal.SIGSTOP)

    def thaw(self):
        for process in self.processes():
            self.signal(process, signal.SIGCONT)

    @staticmethod
    def signal(process, number):
        try:
            os.kill(process, number)
        except ProcessLookupError:
            pass

    def end(self):
        self.thaw()
        if self.processes():
            self.control("-m", "immediate", "stop", check=False)
