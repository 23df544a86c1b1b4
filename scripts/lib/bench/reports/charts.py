"""Draws the charts of a run as SVG."""

import json
from pathlib import Path

import matplotlib

matplotlib.use("svg")
# The same results give the same file, and text stays text.
matplotlib.rcParams |= {"svg.hashsalt": "plenaria", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10,
                        "axes.grid": True, "grid.color": "#e0e0e0", "axes.spines.top": False, "axes.spines.right": False,
                        "figure.figsize": (7.5, 4.2), "savefig.facecolor": "white"}
from matplotlib import pyplot  # noqa: E402
from matplotlib.ticker import FuncFormatter, ScalarFormatter  # noqa: E402

# Case, engine, label, colour, line style.
HOT = (
    ("api", "PostgreSQL", "API, PostgreSQL", "#1f5fa8", "-"),
    ("keyed", "PostgreSQL", "API with keys, PostgreSQL", "#5ba3e0", "-"),
    ("api", "SQLite", "API, SQLite", "#2a8c4a", "-"),
    ("one-statement", "PostgreSQL", "pgbench, one statement each", "#c98a1b", "--"),
    ("one-transaction", "PostgreSQL", "pgbench, one transaction each", "#b23a3a", "--"),
)
thousands = FuncFormatter(lambda value, _: f"{value:,.0f}")


def save(figure, directory, name):
    figure.tight_layout()
    figure.savefig(directory / f"{name}.svg", metadata={"Date": None, "Creator": None})
    pyplot.close(figure)
    return f"charts/{name}.svg"


def over_connections(results, axes, name, case, engine, **line):
    points = [(count, value) for count in results.connections("hot-event")
              if (value := results.median(name, "hot-event", case, engine=engine, connections=count)) is not None]
    if points:
        axes.plot(*zip(*points), marker="o", markersize=4, **line)


def connection_axis(results, axes):
    axes.set_xscale("log", base=2)
    axes.set_xticks(results.connections("hot-event"))
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.set_xlabel("connections")


def throughput(results, directory):
    figure, axes = pyplot.subplots()
    for case, engine, name, colour, line in HOT:
        over_connections(results, axes, "rate", case, engine, label=name, color=colour, linestyle=line)
    connection_axis(results, axes)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(thousands)
    axes.set_ylabel("registrations a second (logarithmic)")
    axes.set_title("One event: registrations a second")
    axes.legend(fontsize=8)
    return save(figure, directory, "throughput")


def latency(results, directory):
    figure, panels = pyplot.subplots(1, 3, sharey=True, figsize=(10, 4.2))
    for axes, part, title in zip(panels, ("p50", "p99", "p999"), ("half", "99 of 100", "999 of 1,000")):
        for case, engine, name, colour, line in HOT:
            over_connections(results, axes, part, case, engine, label=name, color=colour, linestyle=line)
        connection_axis(results, axes)
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.set_title(f"{title} are faster than")
    panels[0].set_ylabel("milliseconds (logarithmic)")
    panels[0].legend(fontsize=7)
    return save(figure, directory, "latency")


def processors(results, directory):
    """CPU time of server and database together for a registration; the table has them separately."""
    figure, axes = pyplot.subplots()
    for case, engine, name, colour, line in HOT:
        points = []
        for count in results.connections("hot-event"):
            parts = [results.each(part, "hot-event", case, engine=engine, connections=count) for part in ("cpu_server", "cpu_database")]
            if any(parts):
                points.append((count, sum(filter(None, parts)) * 1e6))
        if points:
            axes.plot(*zip(*points), marker="o", markersize=4, label=name, color=colour, linestyle=line)
    connection_axis(results, axes)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(thousands)
    axes.set_ylabel("µs of processors' time (logarithmic)")
    axes.set_title("What a registration costs, server and database together")
    axes.legend(fontsize=8)
    return save(figure, directory, "processors")


def growing(results, directory):
    """A long run per round: registrations per second by the number of existing registrations."""
    figure, axes = pyplot.subplots()
    for engine, colour in (("PostgreSQL", "#1f5fa8"), ("SQLite", "#2a8c4a")):
        for turn, line in enumerate(results.of("growing", "api", engine=engine)):
            if line.get("steps"):
                axes.plot(*zip(*line["steps"]), color=colour, alpha=0.8, linewidth=1.2, marker=".", markersize=3,
                          label=engine if turn == 0 else None)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_formatter(thousands)
    axes.yaxis.set_major_formatter(thousands)
    axes.set_xlabel("registrations that the event has already")
    axes.set_ylabel("registrations a second")
    axes.set_title("One event as it grows, 64 connections (each round a line)")
    axes.legend(fontsize=8)
    return save(figure, directory, "growing")


def growth(raw, directory):
    """The results of scripts/growth: operations on an empty and on a grown database. None without that file."""
    if not Path(raw).exists():
        return None
    found = json.loads(Path(raw).read_text())
    names = list(dict.fromkeys(one["operation"] for one in found))
    figure, axes = pyplot.subplots(figsize=(8.5, 1.2 + 0.32 * len(names)))
    for offset, (engine, colour) in zip((-0.2, 0.2), (("PostgreSQL", "#1f5fa8"), ("SQLite", "#2a8c4a"))):
        ratios = {one["operation"]: one["grown_us"] / one["empty_us"] for one in found
                  if one["engine"].lower().startswith(engine[:4].lower()) and one["empty_us"]}
        axes.barh([names.index(name) + offset for name in ratios], list(ratios.values()), height=0.36, color=colour, label=engine)
    axes.axvline(1, color="#555555", linewidth=1)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.invert_yaxis()
    # Logarithmic, because one operation reads all of an event and is far slower than the others.
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(thousands)
    axes.set_xlabel("times what it takes on an empty database")
    axes.set_title("Cost over growth")
    axes.legend(fontsize=8)
    return save(figure, directory, "growth")
