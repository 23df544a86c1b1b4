"""A standby that serves what is published, through everything that happens to standbys; scripts/replica starts this."""

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

import postgres
from afterwards import Api
from instance import Instance
from readers import EVENT, NUMBER, Readers, get, number
from standby import Standby, scans


def say(text):
    print(text, flush=True)


def until(what, holds, patience=20):
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, f"it never is: {what}"
        time.sleep(0.05)


class Stage:
    def __init__(self, directory):
        self.directory, self.number, self.findings = directory, 0, []
        programs = Path(os.environ["PG_BIN"])
        self.primary = postgres.Postgres(programs, postgres.template(programs, directory), directory, directory / "primary.log")
        self.instances, self.standby, self.plain = [], None, None

    def begin(self):
        self.primary.start()
        self.direct = self.instance("direct", None)
        self.direct.command("migrate")
        self.publish()
        self.standby = Standby(self.primary, self.directory)
        self.standby.start()
        self.instances = [self.instance(name, self.standby.url) for name in ("one", "two")]
        # One that has no replica, to compare with: the machine may be slow.
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
        """The next version of the event and its speaker."""
        self.number += 1
        speaker = {"key": "ana-perez", "name": f"Ana Perez {self.number}"}
        one = {"slug": "edition", "status": "published", "language": "en", "title": f"Edition {self.number}",
               "starts": "2090-01-01T10:00", "time_zone": "Etc/UTC", "speakers": [speaker],
               "programme": {"status": "final", "sessions": [
                   {"key": "talk", "kind": "talk", "title": "Talk", "minutes": 60, "speakers": ["ana-perez"]}]}}
        file = self.directory / "edition.json"
        file.write_text(json.dumps(one))
        self.direct.command("publish", file)

    def shown(self, port, path):
        """Of the one that is compared with, only its time counts: who has no replica meets connections that have died with
        the primary, each once."""
        if port == self.plain.port and get(port, path)[0] == 503:
            return 0
        return number(port, path)

    def seen_after(self):
        """Publishes, and says after how long it is seen everywhere: at the instances, and at the one without a replica."""
        self.publish()
        began, took = time.monotonic(), {port: [] for port in [*self.ports, self.plain.port]}

        def watch(port, path):
            while self.shown(port, path) < self.number and time.monotonic() < began + 20:
                time.sleep(0.02)
            took[port].append(time.monotonic() - began)

        watchers = [threading.Thread(target=watch, args=(port, path), daemon=True) for port in took for path in NUMBER]
        for watcher in watchers:
            watcher.start()
        for watcher in watchers:
            watcher.join()
        assert all(len(one) == len(NUMBER) for one in took.values()), f"publication {self.number}: somebody did not answer"
        return max(max(took[port]) for port in self.ports), max(took[self.plain.port])

    def publications(self, name, times):
        both = [self.seen_after() for _ in range(times)]
        took, plain = max(one for one, _ in both), max(other for _, other in both)
        say(f"{name}: {times} publications, each seen everywhere within {took:.2f} s; without a replica within {plain:.2f} s")
        if took > 1:
            self.findings.append(f"{name}: a publication was seen only after {took:.2f} s")

    def outcomes(self):
        """What became of the reads that might go to the standby, over all instances."""
        total = {}
        for instance in self.instances:
            with urllib.request.urlopen(f"http://{instance.environment['PLENARIA_METRICS_LISTEN']}/metrics") as answer:
                for outcome, count in re.findall(r'plenaria_replica_reads_total{outcome="(\w+)"} (\d+)', answer.read().decode()):
                    total[outcome] = total.get(outcome, 0) + int(count)
        return total

    def during(self, seconds):
        before = self.outcomes()
        time.sleep(seconds)
        return {outcome: count - before[outcome] for outcome, count in self.outcomes().items()}

    def until_used(self, patience=5):
        began = time.monotonic()
        for instance in self.instances:
            def used():
                before = self.outcomes()["answered"]
                number(instance.port, "/v1/speakers/ana-perez")
                return self.outcomes()["answered"] > before
            until("read from the standby", used, patience)
        return time.monotonic() - began

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


def in_step(stage, options):
    stage.until_used()
    # Statistics of a connection that rests are told every ten seconds.
    time.sleep(12)
    before = [scans(server) for server in (stage.primary, stage.standby)]
    asked = 200
    for turn in range(asked):
        number(stage.ports[turn % 2], "/v1/speakers/ana-perez")
    time.sleep(12)
    primary, standby = (scans(server) - was for server, was in zip((stage.primary, stage.standby), before))
    say(f"in step: {asked} reads of a speaker were {standby} scans of its tables at the standby, {primary} at the primary")
    stage.expect(f"in step: the primary was asked ({primary} scans)", primary == 0 and standby >= asked)
    stage.expect(f"in step: doctor says {stage.doctor()}", stage.doctor() == set())


def lagging(stage, readers, options):
    stage.standby.pause()
    stage.publications("standby behind", options.publications)
    one = Api(stage.ports[0])
    answers = stage.during(2)
    stage.expect(f"behind: {answers}", answers["answered"] == 0 and answers["behind"] > 0)
    stage.expect(f"behind: doctor says {stage.doctor()}", stage.doctor() == {"replica-behind"})
    status, _, _ = one.call("POST", "/v1/events/edition/registrations",
                            {"email": "a@example.org", "name": "Ana Pérez", "privacy_accepted": True})
    stage.expect(f"behind: registering was answered {status}", status == 201)
    time.sleep(5)
    stage.standby.resume()
    took = stage.until_used()
    say(f"standby behind: {answers['behind']} reads of 2 s went to the primary; used again {took:.2f} s after it caught up")
    for port in stage.ports:
        for path in NUMBER:
            shown = number(port, path)
            stage.expect(f"{path} at {port} shows {shown} for good, not {stage.number}", shown == stage.number)


def cold_start(stage):
    """An instance that starts while the standby is behind has kept nothing, and learns nothing old."""
    stage.standby.pause()
    stage.publish()
    late = stage.instance("late", stage.standby.url)
    late.start()
    for path in NUMBER:
        shown = number(late.port, path)
        stage.expect(f"a new instance beside a standby that is behind: {path} shows {shown}, not {stage.number}", shown == stage.number)
    stage.standby.resume()
    stage.expect("a new instance did not stop as it should", late.stop())


def away(stage, readers, options):
    readers.slowest_since()
    stage.standby.stop_at_once()
    stage.publications("standby stopped", options.publications)
    stage.expect("without the standby the instances are not ready", stage.ready())
    answers = stage.during(1)
    stage.expect(f"stopped: {answers}", answers["answered"] == 0 and answers["away"] > 0)
    slowest = readers.slowest_since()
    stage.standby.start()
    took = stage.until_used()
    say(f"standby stopped: the slowest read took {slowest:.2f} s; used again {took:.2f} s after it was started")
    stage.publications("standby back", 3)


def frozen(stage, readers, options):
    stage.until_used()
    readers.slowest_since()
    stage.standby.freeze()
    time.sleep(3)
    stage.publications("standby frozen", options.publications)
    stage.expect("beside a frozen standby the instances are not ready", stage.ready())
    slowest = readers.slowest_since()
    stage.standby.thaw()
    took = stage.until_used()
    say(f"standby frozen: the slowest read took {slowest:.2f} s; used again {took:.2f} s after it was thawed")
    stage.expect(f"frozen: a read took {slowest:.2f} s", slowest < 2)


def without_the_primary(stage, readers):
    """Reading goes on, even of what is never kept; and all is well again when the primary is."""
    stage.until_used()
    before = readers.reads
    stage.primary.stop_at_once()
    answers = stage.during(4)
    stage.expect(f"without the primary: {answers}", answers["answered"] > 0)
    stage.expect("without the primary the instances are ready", not stage.ready())
    say(f"primary stopped: {readers.reads - before} reads of 4 s were answered, {answers['answered']} of them by the standby")
    stage.primary.start()
    until("ready", stage.ready)
    stage.until_used(20)
    stage.publications("primary back", 3)


def logs(stage):
    """Each time that it was not used is told once."""
    for instance in stage.instances:
        lines = [line for line in Path(instance.log).read_text().splitlines() if "replica" in line]
        unused = [line for line in lines if "asked instead" in line]
        say(f"the log of {instance.log.stem}: {len(unused)} lines that the replica is not used, {len(lines) - len(unused)} that it is")
        stage.expect(f"the log has {len(unused)} lines that the replica is not used", 1 <= len(unused) <= 3)


def main():
    parser = argparse.ArgumentParser(prog="scripts/replica", description="Reading from a standby that lags, stops and hangs.")
    parser.add_argument("--publications", type=int, default=10, help="how many there are in each state of the standby")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    work = Path(tempfile.mkdtemp(prefix="plenaria-replica."))
    # PostgreSQL's own user must get to its data.
    work.chmod(0o711)
    stage, readers = Stage(work), None
    try:
        stage.begin()
        in_step(stage, options)
        readers = Readers(stage.ports)
        stage.publications("standby in step", options.publications)
        lagging(stage, readers, options)
        cold_start(stage)
        away(stage, readers, options)
        frozen(stage, readers, options)
        without_the_primary(stage, readers)
        stage.findings += readers.stop()
        logs(stage)
        say(f"{readers.reads} reads meanwhile, of {len(stage.ports)} instances")
        for instance in stage.instances:
            stage.expect("an instance did not stop as it should", instance.stop())
    finally:
        if readers:
            readers.stop()
        stage.end()
    say(f"findings: {len(stage.findings)}")
    for text in stage.findings[:20]:
        say(f"    {text[:300]}")
    if stage.findings:
        say(f"logs: {work}")
        sys.exit(1)
    shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
