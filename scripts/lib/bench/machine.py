"""Describes the machine and the versions of a run."""

import os
import platform
import re
import subprocess
from datetime import datetime, timezone
from pathlib import Path


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=20).stdout.splitlines()[0]
    except (OSError, IndexError, subprocess.TimeoutExpired):
        return "unknown"


def facts(options, names):
    processor = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.M)
    memory = re.search(r"^MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text(), re.M)
    return {
        "machine": {
            "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"), "cores": os.cpu_count(),
            "processor": processor[1] if processor else platform.machine(), "memory_gib": round(int(memory[1]) / 1048576),
            "kernel": platform.release(), "postgresql": first_line(os.environ["PG_BIN"] + "/postgres", "--version"),
            "rust": first_line("rustc", "--version").split(" (")[0], "wrk": first_line("wrk", "-v").split(" Copyright")[0],
            "commit": first_line("git", "rev-parse", "--short", "HEAD"), "settings": os.environ["PG_SETTINGS"]},
        "options": {"seconds": options.seconds, "rounds": options.rounds, "quick": options.quick, "scenarios": names,
                    "connections": options.connections, "exported": options.exported},
    }
