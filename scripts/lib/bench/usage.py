"""What processes used, as the kernel counts it: processors' time, memory, bytes written."""

import os
import resource
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


def read(pid, name):
    """One of a process' files; empty if it has ended meanwhile."""
    try:
        return (PROC / str(pid) / name).read_text()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""


def fields(pid):
    """Of /proc/PID/stat, what stands behind the name: state, parent, …"""
    return read(pid, "stat").rpartition(")")[2].split()


def own_seconds(pid):
    """What a process with its threads has used so far."""
    found = fields(pid)
    return (int(found[11]) + int(found[12])) / TICKS if found else 0.0


def children(pid):
    numbers = (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())
    return [one for one in numbers if (found := fields(one)) and int(found[1]) == pid]


def family_seconds(pid):
    """A process, its children, and those of its children that have ended: PostgreSQL's postmaster waits for each."""
    found = fields(pid)
    if not found:
        return 0.0
    return sum(map(int, found[11:15])) / TICKS + sum(map(own_seconds, children(pid)))


def mebibytes(pid, name, file="status"):
    """A line of /proc/PID/status or smaps_rollup that is in kB."""
    for line in read(pid, file).splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) / 1024
    return 0.0


def family_pss(pid):
    """The memory of a process and its children, what they share counted once."""
    return sum(mebibytes(one, "Pss", "smaps_rollup") for one in [pid, *children(pid)])


def reset_peak(pid):
    """From here on VmHWM is the peak since now."""
    (PROC / str(pid) / "clear_refs").write_text("5")


def written(pid):
    """Bytes that a process made the kernel write to a disk: whole pages, its files' journals included."""
    for line in read(pid, "io").splitlines():
        if line.startswith("write_bytes:"):
            return int(line.split()[1])
    return 0


def machine_seconds():
    """All processors together: at work, and taken away by the host."""
    user, nice, system, _idle, _wait, irq, softirq, steal = map(int, (PROC / "stat").read_text().split()[1:9])
    return (user + nice + system + irq + softirq) / TICKS, steal / TICKS


def load_seconds():
    """What the children of this program have used that have ended: load generators among them."""
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
    """Between `start` and `stop`, what the servers, the database, the load and everybody else on this machine used."""

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
        # Rounded to ticks, so it may be a little below nothing.
        others = max(used["machine"] - used["server"] - used["database"] - used["load"], 0.0)
        figures = {"cpu_server": used["server"], "cpu_database": used["database"], "cpu_load": used["load"],
                   "cpu_others": others, "cpu_steal": used["steal"]}
        if self.servers:
            figures["written"] = after.written - before.written
            figures["server_peak"] = max(mebibytes(one, "VmHWM") for one in self.servers)
        if self.postmaster:
            figures["database_pss"] = family_pss(self.postmaster)
        return figures
