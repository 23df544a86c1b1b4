"""Measures the resources of processes with the kernel's counters: CPU time, memory, and bytes written."""

import os
import resource
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


def read(pid, name):
    """The content of a process's file in /proc; empty if the process has ended."""
    try:
        return (PROC / str(pid) / name).read_text()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""


def fields(pid):
    """The fields of /proc/PID/stat after the name: state, parent, …"""
    return read(pid, "stat").rpartition(")")[2].split()


def own_seconds(pid):
    """The CPU time of a process with its threads, in seconds."""
    found = fields(pid)
    return (int(found[11]) + int(found[12])) / TICKS if found else 0.0


def children(pid):
    numbers = (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())
    return [one for one in numbers if (found := fields(one)) and int(found[1]) == pid]


def family_seconds(pid):
    """The CPU time of a process and of all its children, including ended ones, which PostgreSQL's postmaster waits for."""
    found = fields(pid)
    if not found:
        return 0.0
    return sum(map(int, found[11:15])) / TICKS + sum(map(own_seconds, children(pid)))


def mebibytes(pid, name, file="status"):
    """A value in kB of /proc/PID/status or smaps_rollup, in MiB."""
    for line in read(pid, file).splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) / 1024
    return 0.0


def family_pss(pid):
    """The memory of a process and its children in MiB, with shared pages counted once."""
    return sum(mebibytes(one, "Pss", "smaps_rollup") for one in [pid, *children(pid)])


def reset_peak(pid):
    """Resets the peak memory, VmHWM."""
    (PROC / str(pid) / "clear_refs").write_text("5")


def written(pid):
    """Bytes that the kernel wrote to disk for a process, in whole pages and including journals."""
    for line in read(pid, "io").splitlines():
        if line.startswith("write_bytes:"):
            return int(line.split()[1])
    return 0


def machine_seconds():
    """The CPU time of the machine that was used, and that the host has stolen, in seconds."""
    user, nice, system, _idle, _wait, irq, softirq, steal = map(int, (PROC / "stat").read_text().split()[1:9])
    return (user + nice + system + irq + softirq) / TICKS, steal / TICKS


def load_seconds():
    """The CPU time of ended children of this program, including load generators, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@dataclass
class Reading:
    server: float
    database: float
    load: float
    machine: float
    steal: float
    written: int


class Meter:
    """Measures what the servers, the database, the load and other processes used between `start` and `stop`."""

    def __init__(self, servers, postmaster):
        self.servers, self.postmaster = servers, postmaster

    def reading(self):
        machine, steal = machine_seconds()
        return Reading(sum(map(own_seconds, self.servers)), family_seconds(self.postmaster) if self.postmaster else 0.0,
                       load_seconds(), machine, steal, sum(map(written, self.servers)))

    def start(self):
        for server in self.servers:
            reset_peak(server)
        self.before = self.reading()

    def stop(self):
        before, after = self.before, self.reading()
        used = {name: getattr(after, name) - getattr(before, name) for name in ("server", "database", "load", "machine", "steal")}
        # Counters are rounded to ticks, so the difference may be slightly negative.
        others = max(used["machine"] - used["server"] - used["database"] - used["load"], 0.0)
        measured = {"cpu_server": used["server"], "cpu_database": used["database"], "cpu_load": used["load"],
                   "cpu_others": others, "cpu_steal": used["steal"]}
        if self.servers:
            measured["written"] = after.written - before.written
            measured["server_peak"] = max(mebibytes(one, "VmHWM") for one in self.servers)
        if self.postmaster:
            measured["database_pss"] = family_pss(self.postmaster)
        return measured
