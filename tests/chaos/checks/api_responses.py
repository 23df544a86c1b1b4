"""Checks the API's responses after recovery: registrations by their holders, repeated requests, and availability."""

import http.client
import json
import time

from checks.responses import has_failed_items, is_same


class Api:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

    def call(self, method, path, body=None, token=None, key=None, if_match=None):
        headers = {"Content-Type": "application/json"} if body is not None else {}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Idempotency-Key": key} if key else {}
        headers |= {"If-Match": f'"{if_match}"'} if if_match is not None else {}
        self.connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = self.connection.getresponse()
        text = response.read()
        return response.status, json.loads(text) if text else {}, response.headers["Idempotency-Replayed"] == "true"


def positions(rows):
    """The positions on the waiting lists, by registration."""
    found, events = {}, {}
    for row in sorted((row for row in rows if row["status"] == "waitlisted"), key=lambda row: row["waitlist_number"]):
        events[row["event"]] = found[row["id"]] = events.get(row["event"], 0) + 1
    return found


def check_registrations(api, registrations, rows, token):
    """Each registration that was acknowledged is returned as the database has it, and what is erased is not found."""
    found, position = [], positions(rows)
    by_id = {row["id"]: row for row in rows}
    for id, (made, *_) in registrations.items():
        row = by_id.get(id)
        if row is None:
            continue
        status, response, _ = api.call("GET", f"/v1/registrations/{id}", token=made.body.get("manage_token") or token)
        got, expected = (status,), (404,)
        if row["erased_at"] is None:
            got += tuple(response.get(name) for name in ("status", "waitlist_position", "revision", "email"))
            expected = 200, row["status"], position.get(id), row["revision"], row["email"]
        if got != expected:
            found.append(f"the API says of {id}: {got}; the database: {expected}")
    return found


def check_repeated(api, requests, erased):
    """Every request with a key that had a response gets the same response again, and has no effect again."""
    found = []
    for one in requests:
        # Mistakes, conditions that do not hold, and requests for what is not there are not stored, nor that somebody without a
        # seat cannot have attended, because that may change.
        if not one.key or one.status not in (200, 201, 202, 409) or one.do == "attend" and one.status == 409 or has_failed_items(one):
            continue
        call = one.calls[0]
        again = api.call(call["method"], call["path"], one.sent if call["sent"] is not None else None, call["token"], one.key, one.if_match)
        if not is_same(call, (one.status, one.body), again[:2], erased):
            found.append(f"call {one.n}, {one.do}, repeated with its key: {again[0]} {str(again[1])[:300]}; it was {one.status}")
        elif again[0] == one.status and not again[2] and call["do"] != "confirm":
            found.append(f"call {one.n}, {one.do}, was carried out again when it was repeated with its key")
    return found


def check_availability(api, seats):
    # Availability is cached for a second.
    time.sleep(1.2)
    found = []
    for row in seats:
        _, response, _ = api.call("GET", f"/v1/events/{row['event']}/availability")
        if (response["confirmed"], response["waitlisted"], response["capacity"]) != (row["have_seats"], row["wait"], row["capacity"]):
            found.append(f"the API says of the seats of {row['event']}: {response}; the database: {row}")
    return found


def check(port, requests, registrations, rows, seats, token):
    """Compares the API with the database's `rows` and `seats`. Returns findings."""
    api = Api(port)
    erased = {row["id"] for row in rows if row["erased_at"] is not None}
    return (check_registrations(api, registrations, rows, token) + check_repeated(api, requests, erased)
            + check_availability(api, seats))
