"""report.py RESULTS DIRECTORY: writes benchmarks.md and its charts from the raw results of a run."""

import sys
from pathlib import Path
from statistics import median

from reports import changes
from reports import charts
from reports import tables
from reports.results import Results
from reports.goals import goals

# Written by scripts/growth: [{"engine", "operation", "empty_us", "grown_us"}, …].
GROWTH = Path("docs/growth.json")
# The share of CPU time used by other processes above which a measurement counts as disturbed.
DISTURBED = 0.1


def heading(results):
    machine, options = results.machine, results.options
    rounds = f"{options['rounds']} rounds" if options["rounds"] > 1 else "one round"
    text = f"""# Benchmarks

Written by `scripts/bench{' --quick' if options['quick'] else ''}` on {machine['date']} at commit {machine['commit']}; the raw results are in
`benchmarks.jsonl`, from which `scripts/bench --render` writes this page again. {rounds.capitalize()}, {options['seconds']} s a measurement, the
baselines in turn with what is compared to them; **results are medians of the rounds, and a ratio is the median of the rounds' ratios**.

**One machine for all**: load generator, server and database share {machine['cores']} cores ({machine['processor']}, {machine['memory_gib']} GiB,
Linux {machine['kernel']}). They compete for the same cores; on separate machines all would be faster.
{machine['postgresql']}, {machine['rust']}, {machine['wrk']}. PostgreSQL with `fsync=on`, `synchronous_commit=on`,
`{machine['settings'].replace(' ', '`, `')}`; SQLite with `journal_mode=WAL`, `synchronous=FULL`; the server with `PLENARIA_LOG=warn`, rate
limits off, a mail queue whose mail server is unavailable. Each measurement has an empty database and a server of its own, warmed up by
100 registrations."""
    return "\n\n".join([text, *again(results), *disturbance(results), *missing(results)])


def again(results):
    for one in results.again:
        yield (f"Of these scenarios the results, with their baselines, are from a later run, on {one['date']} at commit {one['commit']}: "
               f"{', '.join(one['scenarios'])}.")


def disturbance(results):
    shares = results.shares()
    if not shares:
        return
    text = (f"During the measurements, other programs, the kernel and the host used "
            f"{median(shares):.0%} of the processor time in the median, and {max(shares):.0%} at most.")
    if median(shares) > DISTURBED:
        text += " **That is a disturbed run: its results are good for nothing but trying out the benchmark.**"
    yield text


def missing(results):
    wrong = results.wrong()
    if wrong:
        yield "**Wrong in this run:**\n\n" + "\n".join(f"- {one}" for one in wrong)
    elif results.lines:
        yield ("After each measurement the database was checked: rows and counters agree, no event has more people than seats, no seat is "
               "free while people are on the waiting list, waiting list positions have no gaps, every registration with a 201 exists, and every "
               "registration that was confirmed, put on the waiting list, cancelled or recorded as attended is what its last response said. "
               "All checks passed.")


def hot_event(results, charts_of):
    return f"""## One event, seats unlimited

`POST /v1/events/{{event}}/registrations` by wrk; with keys: an `Idempotency-Key` of its own on every request, whose response is stored in the
same transaction. Baselines, by pgbench on the same tables: **one transaction each**, as most systems do it (lock the event's seat row,
insert the registration, update the count, insert the outbox row, commit: six statements), and **one statement each** (the same as one
data-modifying CTE). pgbench speaks no HTTP, checks no address, makes no token and queues no mail.

{charts_of('throughput', 'latency')}

{tables.hot_event(results)}

### What a registration costs

{charts_of('processors')}

{tables.costs(results)}

Processor time: for the server and the load generator the kernel's count; for PostgreSQL the postmaster's, its children's and
that of ended children, so checkpoints and vacuum are included. Statements were counted by `pg_stat_statements` in a run of their own
(2 s each), which also measured all WAL: of the registrations, and of the feed and the mail queue that are written after them. "By the
end" leaves out WAL that was not yet written when the load ended. For SQLite there is no count of statements or of WAL; bytes written are what the
process made the kernel write to the disk (`write_bytes`): log, database and what the feed writes, in whole pages. Memory: the server's
peak (`VmHWM`); of PostgreSQL's processes the proportional sets (PSS) together at the end of the load, up to 512 MB of shared buffers among them.

### As the event grows

{charts_of('growing', 'growth')}

One run of 64 connections in each round, longer than the others; each point is a second, by the rows' own times.""" + (
        "" if GROWTH.exists() else " What operations cost on a large database, `scripts/growth` measures.")


def report(results, directory):
    drawn = directory / "charts"
    drawn.mkdir(parents=True, exist_ok=True)
    alternatives = {"throughput": "Registrations a second over connections", "latency": "Latency over connections",
                    "processors": "Processors' time for a registration over connections", "growing": "Registrations a second as an event grows",
                    "growth": "Cost of operations on a grown database"}
    scenario_of = {"growing": "growing"}

    def charts_of(*names):
        images = []
        for name in names:
            if name == "growth":
                file = charts.growth(GROWTH, drawn)
            else:
                measurements = results.of(scenario_of.get(name, "hot-event"))
                file = getattr(charts, name)(results, drawn) if measurements else None
            if file:
                images.append(f"![{alternatives[name]}]({file})")
        return "\n\n".join(images)

    parts = [heading(results), "## Goals\n\n" + tables.table(
        ["", "goal", "measured", "reached"], [goal.row() for goal in goals(results)]), hot_event(results, charts_of)]
    parts.append(changes.section(results))
    parts.append("## Many events, last seats, a large event, several instances\n\n" + tables.others(results) + """

1,000 events: each request at another one at random; mixed: half of the requests register, the others read the programme, the live seats
(a fifth each) or the event. Last seats: 2,000 and a waiting list, on which people are put once the seats are gone. The event with a million
registrations alternates with an empty one in short turns, and only grows. Instances: three crowds of 64 connections, all at one instance or each at
one of three, for 2,000 seats, in short turns whose order alternates.
Mails: written into files, alternating with an unavailable mail server.""")
    parts.append("## Reading, 64 connections\n\nBaseline: a bare actix handler that responds to the same request with the same bytes "
                 f"({tables.number(results.median('bytes', 'programme', 'api'))} of the programme,\n"
                 f"{tables.number(results.median('bytes', 'event-page', 'api'))} of the page). Their cases take short turns in each round, and a "
                 "ratio is the median of all turns' ratios.\n\n"
                 + tables.programme(results) + "\n\n" + tables.event_page(results) + "\n\n" + tables.availability(results)
                 + "\n\n2,000 streams of the event's live seats while 64 connections register, alternating with none; and from the time of the "
                 "registration that takes the last seat until each stream has said so.\n\n" + tables.streams(results))
    parts.append("## Start and memory of the server\n\n" + tables.start(results) + "\n\nIdle: resident memory a second after the first "
                 "response and after one read of the list of events. Under load: the highest peak of all scenarios.")
    verifying = results.median("microseconds", "token", "verify")
    parts.append("## Partners\n\nRegistering by a client over one connection: single calls, and batches of 500.\n\n" + tables.batch(results)
                 + f"\n\nReading an event (a cached response), 64 connections. Verifying a token takes {tables.number(verifying, 1)} µs, "
                 "without a query.\n\n" + tables.token(results)
                 + "\n\nFollowing the feed: after a rush of 64 connections, until every change has its position in the feed, and how fast a "
                 "Python program then reads it from the beginning, 100 changes a page; and, at 200 registrations a second, from a change "
                 "until a reader that waits for it has it. The feed must have every change exactly once.\n\n" + tables.feed(results)
                 + "\n\nExporting all registrations of one event, read by curl. Rows a second is the median of three, memory the most "
                 "of them.\n\n" + tables.export(results))
    parts.append("""## How it is measured

wrk has one thread, and as many connections as the table says; each sends its next request when it has its response.
Tokens of mails are made with the server's secret key, which the benchmark chose, and registrations that a scenario begins with are inserted
into the database directly. wrk corrects its
latencies for requests that a stall kept it from sending. A rate counts only successful responses; errors are all others, of all rounds
together. pgbench runs with `-M prepared -j 2`; its latencies are those of its log. Such machines are shared with others: results of two runs
may differ by a fifth, which is why baselines are measured in the same run and in turn. `scripts/bench --only NAME` measures single
scenarios, `scripts/bench --quick` all with one short round; both write into `target/bench`. `scripts/bench --against PATH` compares this build with
another program, case by case in the order A B B A.
""")
    (directory / "benchmarks.md").write_text("\n\n".join(parts))


if __name__ == "__main__":
    with open(sys.argv[1]) as raw:
        report(Results(raw), Path(sys.argv[2]))
