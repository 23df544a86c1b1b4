"""Reads many streams of an event's live seats, as a process of its own; started by streams.py.

stream_readers.py ADDRESS PORT PATH NUMBER: prints "open" when all streams have sent their first message, and at the end of its
standard input a line of JSON: how many streams were open, how many were lost, how many chunks came, and when each stream
first said that no seat is left. Each address has 20 streams, as the server permits."""

import json
import resource
import select
import socket
import sys
import time

PER_ADDRESS = 20
FULL = b'"seats_left":0,'
# Streams that are opened at a time.
AT_A_TIME = 50


class Readers:
    def __init__(self, address, port, path, number):
        resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
        self.server, self.number = (address, int(port)), int(number)
        self.request = f"GET {path} HTTP/1.1\r\nHost: {address}:{port}\r\nAccept: text/event-stream\r\n\r\n".encode()
        self.poll, self.sockets = select.epoll(), {}
        self.silent, self.full = set(), {}
        self.chunks = self.lost = 0

    def open(self):
        for index in range(int(self.number)):
            one = socket.socket()
            one.bind((f"127.1.{index // PER_ADDRESS // 250}.{index // PER_ADDRESS % 250 + 1}", 0))
            one.connect(self.server)
            one.sendall(self.request)
            one.setblocking(False)
            self.sockets[one.fileno()] = one
            self.silent.add(one.fileno())
            self.poll.register(one, select.EPOLLIN)
            while len(self.silent) >= AT_A_TIME:
                self.read(1)
        deadline = time.monotonic() + 30
        while self.silent and time.monotonic() < deadline:
            self.read(1)

    def read(self, timeout):
        for file, _ in self.poll.poll(timeout):
            if file == sys.stdin.fileno():
                return False
            data = self.sockets[file].recv(65536)
            if not data or data.startswith(b"HTTP/1.1 ") and not data.startswith(b"HTTP/1.1 200 "):
                self.poll.unregister(file)
                self.sockets.pop(file).close()
                self.silent.discard(file)
                self.lost += 1
                continue
            self.chunks += 1
            if file in self.silent and b"\ndata: " in data:
                self.silent.discard(file)
            if FULL in data and file not in self.full:
                self.full[file] = time.time()
        return True

    def run(self):
        self.open()
        opened = len(self.sockets) - len(self.silent)
        print("open", flush=True)
        self.poll.register(sys.stdin, select.EPOLLIN | select.EPOLLHUP)
        while self.read(60):
            pass
        print(json.dumps({"open": opened, "lost": self.lost, "chunks": self.chunks, "full": list(self.full.values())}), flush=True)


if __name__ == "__main__":
    Readers(*sys.argv[1:]).run()
