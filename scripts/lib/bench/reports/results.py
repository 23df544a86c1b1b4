"""The results of a run, read from its lines: medians over rounds, and ratios to a baseline of the same round."""

import json
from statistics import median


class Results:
    def __init__(self, lines):
        parsed = [json.loads(line) for line in lines if line.strip()]
        self.machine, self.options = parsed[0]["machine"], parsed[0]["options"]
        # Scenarios that were replaced by a later run.
        self.again = parsed[0].get("again", [])
        self.lines = parsed[1:]

    def of(self, scenario, case=None, **key):
        """All measurements of a case, one per round."""
        criteria = {"scenario": scenario} | ({"case": case} if case else {}) | key
        return [line for line in self.lines if all(line.get(name) == value for name, value in criteria.items())]

    def values(self, name, scenario, case=None, **key):
        return [line[name] for line in self.of(scenario, case, **key) if name in line]

    def median(self, name, scenario, case=None, **key):
        """The median of a value; None without measurements."""
        found = self.values(name, scenario, case, **key)
        return median(found) if found else None

    def each(self, name, scenario, case, per="registrations", **key):
        """The median of a value per registration in the database."""
        found = [line[name] / line[per] for line in self.of(scenario, case, **key) if line.get(per) and name in line]
        return median(found) if found else None

    def ratios(self, scenario, case, base, base_key=None, name="rate", **key):
        """A case's ratios to its baseline in the same round and turn, where a disturbance affects both. A baseline that is measured
        once a round counts for all turns of its round."""
        def when(line):
            return line["round"], line.get("turn")

        base_key = key if base_key is None else base_key
        bases = {when(line): line[name] for line in self.of(scenario, base, **base_key) if name in line}
        found = ((line[name], bases.get(when(line)) or bases.get((line["round"], None)))
                 for line in self.of(scenario, case, **key) if name in line)
        return [value / of for value, of in found if of]

    def ratio(self, *case, **key):
        """The median of the ratios; None without any."""
        found = self.ratios(*case, **key)
        return median(found) if found else None

    def pairs(self, *case, **key):
        """The number of the ratios."""
        return len(self.ratios(*case, **key))

    def connections(self, scenario):
        return sorted({line["connections"] for line in self.of(scenario) if "connections" in line})

    def wrong(self):
        return [f"{line['scenario']}, {line['case']}, {line['engine']}, round {line['round']}{' of the other program' * (line.get('program') == 'other')}: {one}"
                for line in self.lines for one in line.get("wrong", [])]

    def peak(self, engine):
        """The peak memory of a server of this engine over all scenarios, and the scenario."""
        found = [(line["server_peak"], line["scenario"]) for line in self.lines
                 if line.get("engine") == engine and line.get("server_peak")]
        return max(found) if found else None

    def shares(self):
        """The share of CPU time that other processes and the host used, for each measurement."""
        totals = [(line, sum(line[f"cpu_{one}"] for one in ("server", "database", "load", "others", "steal")))
                 for line in self.lines if "cpu_others" in line]
        return [(line["cpu_others"] + line["cpu_steal"]) / total for line, total in totals if total]
