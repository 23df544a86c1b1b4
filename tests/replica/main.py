"""Tests reads from a PostgreSQL standby that lags, stops, hangs and recovers; started by scripts/replica."""

import argparse
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

from servers import postgres
from checks.api_responses import Api
from servers.instance import Instance
from readers import NUMBER, Readers, get, number
from standby import Standby, scans


def say(text):
    print(text, flush=True)


def wait_until(what, holds, timeout=20):
    deadline = time.monotonic() + timeout
    while not holds():
        assert time.monotonic() < deadline, f"timed out: {what}"
        time.sleep(0.05)


class Environment:
    def __init__(self, directory):
        self.directory, self.number, self.findings = directory, 0, []
        programs = Path(os.environ["PG_BIN"])
        self.primary = postgres.Postgres(programs, postgres.template(programs, directory), directory, directory / "primary.log")
        self.instances, self.standby, self.plain = [], None, None

    def start(self):
        self.primary.start()
        self.direct = self.instance("direct", None)
        self.direct.command("migrate")
        self.publish()
        self.standby = Standby(self.primary, self.directory)
        self.standby.start()
        self.instances = [self.instance(name, self.standby.url) for name in ("one", "two")]
        # An instance without a replica for comparison, because the machine may be slow.
        self.plain = self.instance("plain", None)
        for instance in [*self.instances, self.plain]:
            instance.start()
        self.ports = [instance.port for instance in self.instances]

    def instance(self, name, read_url):
        more = {"PLENARIA_DATABASE_READ_URL": read_url, "PLENARIA_METRICS_LISTEN": f"127.0.0.1:{postgres.free_port()}"} if read_url else {}
        return Instance(os.environ["PROGRAM"], self.directory / name, postgres.free_port(), self.directory / f"{name}.log",
                        self.primary.url, PLENARIA_LOG="info,actix=warn", PLENARIA_PUBLIC_URL="https://api.example.org",
                        PLENARIA_SMTP_URL=f"smtp://127.0.0.1:{postgres.free_port()}", PLENARIA_MAIL_FROM="events@example.org",
                        PLENARIA_MANAGE_URL="https://www.example.org/mine", **more)

    def publish(self):
        """Publishes the next version of the event and its speaker."""
        self.number += 1
        speaker = {"key": "ana-perez", "name": f"Ana Perez {self.number}"}
        one = {"slug": "edition", "status": "published", "language": "en", "title": f"Edition {self.number}",
               "starts": "2090-01-01T10:00", "time_zone": "Etc/UTC", "speakers": [speaker],
               "programme": {"status": "final", "sessions": [
                   {"key": "talk", "kind": "talk", "title": "Talk", "minutes": 60, "speakers": ["ana-perez"]}]}}
        file = self.directory / "edition.json"
        file.write_text(json.dumps(one))
        self.direct.command("publish", file)

    def version_shown(self, port, path):
        """The version that an instance shows. The instance without a replica may fail once per connection that died with the
        primary; only its time is compared."""
        if port == self.plain.port and get(port, path)[0] == 503:
            return 0
        return number(port, path)

    def publication_delay(self):
        """Publishes, and returns after how many seconds all instances show it, and the one without a replica does."""
        self.publish()
        started, took = time.monotonic(), {port: [] for port in [*self.ports, self.plain.port]}

        def watch(port, path):
            while self.version_shown(port, path) < self.number and time.monotonic() < started + 20:
                time.sleep(0.02)
            took[port].append(time.monotonic() - started)

        watchers = [threading.Thread(target=watch, args=(port, path), daemon=True) for port in took for path in NUMBER]
        for watcher in watchers:
            watcher.start()
        for watcher in watchers:
            watcher.join()
        assert all(len(one) == len(NUMBER) for one in took.values()), f"publication {self.number}: an instance did not respond"
        return max(max(took[port]) for port in self.ports), max(took[self.plain.port])

    def publications(self, name, times):
        both = [self.publication_delay() for _ in range(times)]
        took, plain = max(one for one, _ in both), max(other for _, other in both)
        say(f"{name}: {times} publications, each seen everywhere within {took:.2f} s; without a replica within {plain:.2f} s")
        if took > 1:
            self.findings.append(f"{name}: a publication was seen only after {took:.2f} s")

    def outcomes(self):
        """The outcomes of the reads that can go to the standby, summed over all instances."""
        total = {}
        for instance in self.instances:
            with urllib.request.urlopen(f"http://{instance.environment['PLENARIA_METRICS_LISTEN']}/metrics") as response:
                for outcome, count in re.findall(r'plenaria_replica_reads_total{outcome="(\w+)"} (\d+)', response.read().decode()):
                    total[outcome] = total.get(outcome, 0) + int(count)
        return total

    def during(self, seconds):
        before = self.outcomes()
        time.sleep(seconds)
        return {outcome: count - before[outcome] for outcome, count in self.outcomes().items()}

    def wait_until_used(self, timeout=5):
        started = time.monotonic()
        for instance in self.instances:
            def used():
                before = self.outcomes()["answered"]
                number(instance.port, "/v1/speakers/ana-perez")
                return self.outcomes()["answered"] > before
            wait_until("read from the standby", used, timeout)
        return time.monotonic() - started

    def expect(self, what, holds):
        if not holds:
            self.findings.append(what)

    def ready(self):
        return all(get(port, "/health/ready")[0] == 200 for port in self.ports)

    def doctor(self):
        checked = self.instance("doctor", self.standby.url)
        findings = json.loads(checked.command("doctor", "--json"))["findings"]
        return {finding["kind"] for finding in findings if finding["kind"].startswith("replica")}

    def end(self):
        for instance in [*self.instances, *filter(None, [self.plain])]:
            instance.end()
        if self.standby:
            self.standby.end()
        self.primary.end()


def in_step(environment, options):
    environment.wait_until_used()
    # PostgreSQL reports the statistics of idle connections every ten seconds.
    time.sleep(12)
    before = [scans(server) for server in (environment.primary, environment.standby)]
    reads = 200
    for turn in range(reads):
        number(environment.ports[turn % 2], "/v1/speakers/ana-perez")
    time.sleep(12)
    primary, standby = (scans(server) - was for server, was in zip((environment.primary, environment.standby), before))
    say(f"in step: {reads} reads of a speaker were {standby} scans of its tables at the standby, {primary} at the primary")
    environment.expect(f"in step: the primary was read ({primary} scans)", primary == 0 and standby >= reads)
    environment.expect(f"in step: doctor says {environment.doctor()}", environment.doctor() == set())


def lagging(environment, readers, options):
    environment.standby.pause()
    environment.publications("standby behind", options.publications)
    one = Api(environment.ports[0])
    outcomes = environment.during(2)
    environment.expect(f"behind: {outcomes}", outcomes["answered"] == 0 and outcomes["behind"] > 0)
    environment.expect(f"behind: doctor says {environment.doctor()}", environment.doctor() == {"replica-behind"})
    status, _, _ = one.call("POST", "/v1/events/edition/registrations",
                            {"email": "a@example.org", "name": "Ana Pérez", "privacy_accepted": True})
    environment.expect(f"behind: registering was answered {status}", status == 201)
    time.sleep(5)
    environment.standby.resume()
    took = environment.wait_until_used()
    say(f"standby behind: {outcomes['behind']} reads of 2 s went to the primary; used again {took:.2f} s after it caught up")
    for port in environment.ports:
        for path in NUMBER:
            shown = number(port, path)
            environment.expect(f"{path} at {port} shows {shown} for good, not {environment.number}", shown == environment.number)


def cold_start(environment):
    """An instance that starts while the standby is behind has an empty cache and must not fill it with outdated data."""
    environment.standby.pause()
    environment.publish()
    late = environment.instance("late", environment.standby.url)
    late.start()
    for path in NUMBER:
        shown = number(late.port, path)
        environment.expect(f"a new instance beside a standby that is behind: {path} shows {shown}, not {environment.number}", shown == environment.number)
    environment.standby.resume()
    environment.expect("a new instance did not stop as it should", late.stop())


def stopped(environment, readers, options):
    readers.take_slowest()
    environment.standby.stop_at_once()
    environment.publications("standby stopped", options.publications)
    environment.expect("without the standby the instances are not ready", environment.ready())
    outcomes = environment.during(1)
    environment.expect(f"stopped: {outcomes}", outcomes["answered"] == 0 and outcomes["away"] > 0)
    slowest = readers.take_slowest()
    environment.standby.start()
    took = environment.wait_until_used()
    say(f"standby stopped: the slowest read took {slowest:.2f} s; used again {took:.2f} s after it was started")
    environment.publications("standby back", 3)


def frozen(environment, readers, options):
    environment.wait_until_used()
    readers.take_slowest()
    environment.standby.freeze()
    time.sleep(3)
    environment.publications("standby frozen", options.publications)
    environment.expect("beside a frozen standby the instances are not ready", environment.ready())
    slowest = readers.take_slowest()
    environment.standby.thaw()
    took = environment.wait_until_used()
    say(f"standby frozen: the slowest read took {slowest:.2f} s; used again {took:.2f} s after it was thawed")
    environment.expect(f"frozen: a read took {slowest:.2f} s", slowest < 2)


def without_the_primary(environment, readers):
    """Reads continue without the primary, also of uncached data, and everything recovers with the primary."""
    environment.wait_until_used()
    before = readers.reads
    environment.primary.stop_at_once()
    outcomes = environment.during(4)
    environment.expect(f"without the primary: {outcomes}", outcomes["answered"] > 0)
    environment.expect("without the primary the instances are ready", not environment.ready())
    say(f"primary stopped: {readers.reads - before} reads of 4 s were answered, {outcomes['answered']} of them by the standby")
    environment.primary.start()
    wait_until("ready", environment.ready)
    environment.wait_until_used(20)
    environment.publications("primary back", 3)


def logs(environment):
    """The log has one line for each time that the replica was not used."""
    for instance in environment.instances:
        lines = [line for line in Path(instance.log).read_text().splitlines() if "replica" in line]
        unused = [line for line in lines if "asked instead" in line]
        say(f"the log of {instance.log.stem}: {len(unused)} lines that the replica is not used, {len(lines) - len(unused)} that it is")
        environment.expect(f"the log has {len(unused)} lines that the replica is not used", 1 <= len(unused) <= 3)


def main():
    parser = argparse.ArgumentParser(prog="scripts/replica", description="Reading from a standby that lags, stops and hangs.")
    parser.add_argument("--publications", type=int, default=10, help="how many there are in each state of the standby")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    work = Path(tempfile.mkdtemp(prefix="plenaria-replica."))
    # PostgreSQL's user needs access to its data below.
    work.chmod(0o711)
    environment, readers = Environment(work), None
    try:
        environment.start()
        in_step(environment, options)
        readers = Readers(environment.ports)
        environment.publications("standby in step", options.publications)
        lagging(environment, readers, options)
        cold_start(environment)
        stopped(environment, readers, options)
        frozen(environment, readers, options)
        without_the_primary(environment, readers)
        environment.findings += readers.stop()
        logs(environment)
        say(f"{readers.reads} reads meanwhile, of {len(environment.ports)} instances")
        for instance in environment.instances:
            environment.expect("an instance did not stop as it should", instance.stop())
    finally:
        if readers:
            readers.stop()
        environment.end()
    say(f"findings: {len(environment.findings)}")
    for text in environment.findings[:20]:
        say(f"    {text[:300]}")
    if environment.findings:
        say(f"logs: {work}")
        sys.exit(1)
    shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
