"""summary.py FILE: prints the table of docs/chaos.md from the output of `scripts/chaos --table FILE`."""

import sys
from collections import defaultdict
from pathlib import Path

HEAD = """| engine, fault | rounds (seeds) | acknowledged | unknown | rejected | lost | doubled | other findings | longest 503, s | longest answer, s | well again after, s (middle, longest) |
|---|---|---|---|---|---|---|---|---|---|---|"""


def main(file):
    rounds = defaultdict(list)
    for line in Path(file).read_text().splitlines():
        seed, engine, fault, *values = line.split()
        rounds[engine, fault].append((int(seed), *map(float, values)))
    print(HEAD)
    for (engine, fault), measured in sorted(rounds.items()):
        seeds, acknowledged, unknown, rejected, longest, longest_503, recovery, lost, doubled, findings = zip(*measured)
        values = [f"{sum(one):,.0f}" for one in (acknowledged, unknown, rejected, lost, doubled)]
        other_findings = sum(findings) - sum(lost) - sum(doubled)
        middle = sorted(recovery)[len(recovery) // 2]
        print(f"| {engine}, {fault} | {len(seeds)} ({min(seeds)} to {max(seeds)}) | {' | '.join(values)} | {other_findings:,.0f} | "
              f"{max(longest_503):.2f} | {max(longest):.2f} | {middle:.2f}, {max(recovery):.2f} |")


if __name__ == "__main__":
    main(sys.argv[1])
