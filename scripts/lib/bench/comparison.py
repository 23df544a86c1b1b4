"""Compares two programs: lets their runs alternate case by case, in the order A B B A, so that both see the machine at the same
speed; and writes the ratios of what they measured."""

import sys
import threading
from pathlib import Path
from statistics import median

from reports.results import Results
from reports.tables import table


class Turns:
    """Two runs of a scenario, each in a thread, of which one works at a time. A run asks before each of its cases, and waits
    while it is the other's turn."""

    def __init__(self):
        self.condition = threading.Condition()
        self.working, self.first = None, 0
        self.cases, self.ended, self.threads = [0, 0], [False, False], []

    def next_case(self, which):
        return lambda: self.ask(which)

    def ask(self, which):
        """Called before a case. Who is first in this scenario passes on after its first, third, … case, the other after its
        second, fourth, …"""
        with self.condition:
            done, self.cases[which] = self.cases[which], self.cases[which] + 1
            is_first = which == self.first
            if done and (done % 2 == 1) == is_first and not self.ended[1 - which]:
                self.working = 1 - which
                self.condition.notify_all()
                self.condition.wait_for(lambda: self.working == which)

    def run(self, runs, first):
        """Runs both to their end."""
        self.first, self.working, self.cases, self.ended = first, first, [0, 0], [False, False]

        def one(which):
            with self.condition:
                self.condition.wait_for(lambda: self.working == which)
            try:
                runs[which]()
            finally:
                with self.condition:
                    self.ended[which], self.working = True, 1 - which
                    self.condition.notify_all()

        self.threads = [threading.Thread(target=one, args=[which], daemon=True) for which in (0, 1)]
        for thread in self.threads:
            thread.start()
        self.join()

    def join(self, timeout=None):
        for thread in self.threads:
            thread.join(timeout)


# What is compared, by its name in the results, whether more is better, and its heading.
VALUES = (("rate", True, "rate"), ("p99", False, "p99"), ("server_cpu", False, "server's µs a request"), ("server_peak", False, "memory"),
          ("first_answer", False, "start"))
KEY = ("scenario", "case", "engine", "connections")


def with_cpu(line):
    """Adds the server's CPU time for each successful request."""
    return line | {"server_cpu": line["cpu_server"] / line["well"]} if line.get("well") and line.get("cpu_server") else line


def ratios(lines, name):
    """For each case the ratios of this program's values to the other's, of the same round and turn."""
    values = {}
    for line in map(with_cpu, lines):
        if line.get(name):
            case, when = tuple(line.get(part) for part in KEY), (line["round"], line.get("turn"))
            values.setdefault((case, when), {}).setdefault(line["program"], []).append(line[name])
    found = {}
    for (case, _), of in values.items():
        if len(of) == 2:
            # A case that repeats itself within a turn, such as a start, counts with its median.
            found.setdefault(case, []).append(median(of["this"]) / median(of["other"]))
    return found


def shown(values):
    if not values:
        return "–"
    return f"**{median(values):.2f}** ({min(values):.2f}–{max(values):.2f})"


def report(results):
    """The comparison as Markdown."""
    options, machine = results.options, results.machine
    found = {name: ratios(results.lines, name) for name, _, _ in VALUES}
    cases = list(dict.fromkeys(case for of in found.values() for case in of))
    rows = []
    for case in cases:
        scenario, name, engine, connections = case
        pairs = max(len(of.get(case, [])) for of in found.values())
        rows.append([f"{scenario}, {name}", engine or "–", connections or "–", pairs, *(shown(of.get(case)) for of in found.values())])
    heads = ["", "database", "connections", "pairs", *(heading for _, _, heading in VALUES)]
    text = f"""# This build against another program

Written by `scripts/bench --against` on {machine['date']} at commit {machine['commit']}: {options['rounds']} rounds, {options['seconds']} s a
measurement. Each value is this build's divided by the other's: the median of all pairs, and in brackets the least and the
greatest. Of rates more than 1 is better, of all others less. The cases of both alternate in the order A B B A, on databases of
their own on the same server.

"""
    shares = results.shares()
    if shares:
        text += (f"Other programs, the kernel and the host used {median(shares):.0%} of the processor time in the median, "
                 f"and {max(shares):.0%} at most.\n\n")
    wrong = results.wrong()
    if wrong:
        text += "**Wrong in this run:**\n\n" + "\n".join(f"- {one}" for one in wrong) + "\n\n"
    return text + table(heads, rows) + "\n"


if __name__ == "__main__":
    with open(sys.argv[1]) as raw:
        WRITTEN = report(Results(raw))
    Path(sys.argv[2]).write_text(WRITTEN)
    print(WRITTEN)
