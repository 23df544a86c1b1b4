"""A crowd that cancels at once, as a process of its own; started by cancelling.py.

crowd.py ADDRESS PORT FILE: opens a connection for each line of the file (a registration's id and its token), then sends all
cancellations, and waits for all responses. Prints a line of JSON: the seconds from the first request to the last response, the
latencies from the same moment, the failures by status, and the promised status of each registration. What was answered 503 is
sent again when its Retry-After is over, as programs should; the time of that counts, and each counts as an error."""

import heapq
import json
import re
import resource
import select
import socket
import sys
import time

# Connections that are opened at a time, within the backlog of the server, with a pause.
AT_A_TIME = 200
# Seconds until a response counts as missing.
TIMEOUT = 90


class Crowd:
    def __init__(self, address, port, lines):
        resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
        self.server, self.host = (address, int(port)), f"{address}:{port}"
        self.requests = [self.request(*line.split()) for line in lines]
        self.poll, self.sockets, self.received = select.epoll(), {}, {}
        self.latencies, self.failures, self.answers = [], {}, {}
        # When which connections send their request again, and how often any did.
        self.again, self.sent_again = [], 0

    def request(self, id, token):
        return (f"POST /v1/registrations/{id}/cancel HTTP/1.1\r\nHost: {self.host}\r\nAuthorization: Bearer {token}\r\n"
                "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}").encode()

    def open(self):
        for number, request in enumerate(self.requests, 1):
            one = socket.create_connection(self.server, timeout=20)
            one.setblocking(False)
            self.sockets[one.fileno()] = one, request
            self.poll.register(one, select.EPOLLIN)
            if number % AT_A_TIME == 0:
                time.sleep(0.01)

    def run(self):
        self.open()
        # Whatever opening has left for the server to do.
        time.sleep(0.5)
        waiting, self.started = len(self.sockets), time.monotonic()
        for one, request in self.sockets.values():
            one.sendall(request)
        last = self.started
        while waiting and time.monotonic() - self.started < TIMEOUT:
            while self.again and self.again[0][0] <= time.monotonic():
                one, request = self.sockets[heapq.heappop(self.again)[1]]
                one.sendall(request)
            until = self.again[0][0] - time.monotonic() if self.again else 1
            for file, _ in self.poll.poll(max(min(until, 1), 0)):
                if self.read(file):
                    waiting, last = waiting - 1, time.monotonic()
                    self.latencies.append((last - self.started) * 1000)
        if waiting:
            self.failures["none"] = waiting
        return last - self.started

    def read(self, file):
        """Whether this is the final response of a connection."""
        data = self.sockets[file][0].recv(65536)
        response = self.received.get(file, b"") + data
        head, separator, body = response.partition(b"\r\n\r\n")
        length = re.search(rb"\r\ncontent-length: (\d+)", head, re.I)
        if data and not (separator and length and len(body) >= int(length[1])):
            self.received[file] = response
            return False
        self.received.pop(file, None)
        status = head[9:12].decode()
        pause = re.search(rb"\r\nretry-after: (\d+)", head, re.I)
        if status == "503" and pause:
            self.sent_again += 1
            heapq.heappush(self.again, (time.monotonic() + int(pause[1]), file))
            return False
        self.poll.unregister(file)
        if status == "200":
            self.answers[file] = body
        else:
            self.failures[status or "closed"] = self.failures.get(status or "closed", 0) + 1
        return True


def result(crowd, seconds):
    ordered = sorted(crowd.latencies)
    part = lambda share: ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0  # noqa: E731
    found = [json.loads(body) for body in crowd.answers.values()]
    return {"rate": len(found) / seconds, "well": len(found), "requests": len(crowd.requests), "seconds": seconds,
            "errors": sum(crowd.failures.values()) + crowd.sent_again, "failures": crowd.failures, "p50": part(0.5), "p99": part(0.99), "p999": part(0.999),
            "answers": {one["id"].replace("-", ""): one["status"] for one in found}}


if __name__ == "__main__":
    with open(sys.argv[3]) as file:
        CROWD = Crowd(sys.argv[1], sys.argv[2], list(file))
    print(json.dumps(result(CROWD, CROWD.run())))
