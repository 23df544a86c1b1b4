"""Runs nginx, Varnish and HAProxy in front of a server, each as a child process with a directory of its own."""

import os
import socket
import string
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).parent


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def fill_in(name, directory, **values):
    """Writes a configuration with its placeholders filled in; nginx's own variables stay."""
    file = directory / name
    file.write_text(string.Template((HERE / name).read_text()).safe_substitute(directory=directory, **values))
    return file


class Proxy:
    """A running proxy."""

    def __init__(self, name, port, command, directory, **environment):
        self.name, self.base = name, f"http://127.0.0.1:{port}"
        self.output = directory / "output"
        with open(self.output, "w") as output:
            self.child = subprocess.Popen(command, stdout=output, stderr=output, env=os.environ | environment)
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                if self.child.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    raise AssertionError(f"{name} does not start:\n{self.output.read_text()}") from None
                time.sleep(0.05)

    def stop(self):
        self.child.terminate()
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


def nginx(backend, directory):
    directory.mkdir()
    port = free_port()
    user = "user root;" if os.geteuid() == 0 else ""
    file = fill_in("nginx.conf", directory, port=port, backend=backend, user=user)
    return Proxy("nginx", port, ["nginx", "-p", str(directory), "-e", str(directory / "log"), "-c", str(file)], directory)


def varnish(backend, directory):
    directory.mkdir()
    port, (host, backend_port) = free_port(), backend.split(":")
    file = fill_in("default.vcl", directory, host=host, backend_port=backend_port)
    # In the foreground, with little memory, and without changing the user.
    command = ["varnishd", "-F", "-j", "none", "-n", str(directory / "work"), "-a", f"127.0.0.1:{port}"]
    return Proxy("Varnish", port, [*command, "-f", str(file), "-s", "malloc,32m", "-T", "none"], directory)


def haproxy(backend, directory):
    directory.mkdir()
    port = free_port()
    return Proxy("HAProxy", port, ["haproxy", "-db", "-f", str(HERE / "haproxy.cfg")], directory, PORT=str(port), BACKEND=backend)


CACHES = (nginx, varnish)
ALL = (*CACHES, haproxy)
