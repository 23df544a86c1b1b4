"""Checks the definitions that organisers put: each acknowledged one is a revision, and each revision was put by somebody."""

import json

REVISIONS = """SELECT e.slug AS event, r.revision, r.document, s.capacity AS capacity_now, e.revision AS revision_now
    FROM event_revisions AS r JOIN events AS e ON e.id = r.event_id JOIN event_seats AS s ON s.event_id = e.id"""


def by_event(rows):
    """For each event, the capacity by revision."""
    found = {}
    for row in rows:
        document = json.loads(row["document"]) if isinstance(row["document"], str) else row["document"]
        found.setdefault(row["event"], {})[row["revision"]] = document["registration"].get("capacity")
    return found


def check(requests, rows):
    found, capacities = [], by_event(rows)
    puts = [one for one in requests if one.do == "capacity"]
    for row in rows:
        revisions = capacities[row["event"]]
        if sorted(revisions) != list(range(1, row["revision_now"] + 1)):
            found.append(f"the revisions of {row['event']} are {sorted(revisions)}, not 1 to {row['revision_now']}")
        elif revisions[row["revision_now"]] != row["capacity_now"]:
            found.append(f"LOST: the capacity of {row['event']} is {row['capacity_now']}, by its definition {revisions[row['revision_now']]}")
    for event, revisions in capacities.items():
        for revision, capacity in revisions.items():
            wanted = [one for one in puts if one.event == event and one.if_match == revision - 1 and capacity_of(one) == capacity]
            if revision > 1 and not any(not one.is_known or one.status == 200 for one in wanted):
                found.append(f"nobody put revision {revision} of {event}, with the capacity {capacity}, or it was rejected")
    for one in puts:
        revisions, changed = capacities.get(one.event, {}), one.body.get("outcome") == "changed"
        if one.status == 200:
            expected = one.if_match + changed
            if one.body["revision"] != expected or revisions.get(expected) != capacity_of(one):
                found.append(f"LOST: the capacity {capacity_of(one)} of {one.event} (call {one.n}): "
                             f"revision {one.body['revision']} of {one.if_match}, in the database {revisions.get(expected)}")
        elif one.status == 412 and one.if_match + 1 not in revisions:
            found.append(f"call {one.n} was rejected as based on an old revision of {one.event}, but {one.if_match} is the newest")
    return sorted(set(found))


def capacity_of(put):
    return put.sent["registration"].get("capacity")
