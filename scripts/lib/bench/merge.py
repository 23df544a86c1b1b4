"""merge.py RUN AGAIN: replaces scenarios of a run with those of a later run. RUN is rewritten; its first line says which
scenarios come from where, for the report."""

import json
import sys
from pathlib import Path


def merged(run, again):
    (head, *lines), (newer, *news) = (list(map(json.loads, text.splitlines())) for text in (run, again))
    scenarios = newer["options"]["scenarios"]
    differing = {name for name in ("rounds", "seconds", "connections", "exported") if head["options"][name] != newer["options"][name]}
    if differing:
        raise SystemExit(f"these were not measured alike: {', '.join(sorted(differing))}")
    left = [one | {"scenarios": [name for name in one["scenarios"] if name not in scenarios]} for one in head.get("again", [])]
    earlier = [one for one in left if one["scenarios"]]
    head["again"] = [*earlier, {"commit": newer["machine"]["commit"], "date": newer["machine"]["date"], "scenarios": scenarios}]
    return [head, *(line for line in lines if line["scenario"] not in scenarios), *news]


if __name__ == "__main__":
    run, again = map(Path, sys.argv[1:])
    text = "".join(json.dumps(line) + "\n" for line in merged(run.read_text(), again.read_text()))
    run.write_text(text)
