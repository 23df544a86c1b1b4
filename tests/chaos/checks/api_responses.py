"""Checks the API's responses after recovery: registrations by their holders, replayed requests, and availability."""

import http.client
import json
import time


class Api:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

    def call(self, method, path, body=None, token=None, key=None):
        headers = {"Content-Type": "application/json"} if body is not None else {}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Idempotency-Key": key} if key else {}
        self.connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = self.connection.getresponse()
        text = response.read()
        return response.status, json.loads(text), response.headers["Idempotency-Replayed"] == "true"


def check(port, calls, rows, seats, person):
    """Compares the API with the database's `rows` and `seats`; `person` makes the body of a registration. Returns findings."""
    api, found = Api(port), []
    by_id = {row["id"]: row for row in rows}
    position, waitlist = {}, sorted((row for row in rows if row["status"] == "waitlisted"), key=lambda row: row["waitlist_number"])
    for row in waitlist:
        position[row["id"]] = sum(other["event"] == row["event"] for other in waitlist[:waitlist.index(row)]) + 1
    keyed = {}
    for call in calls:
        if call["do"] != "register" or call["status"] != 201 or call["replayed"]:
            continue
        id, token = call["body"]["id"], call["body"]["manage_token"]
        status, response, _ = api.call("GET", f"/v1/registrations/{id}", token=token)
        expected = by_id.get(id, {}).get("status"), position.get(id)
        if status != 200 or (response["status"], response["waitlist_position"]) != expected:
            found.append(f"the API says {status} {response.get('status')} {response.get('waitlist_position')} of {id}, the database {expected}")
        if call["key"]:
            keyed[call["key"]] = call
    for key, call in keyed.items():
        status, response, replayed = api.call("POST", f"/v1/events/{call['event']}/registrations", person(call["email"]), key=key)
        if (status, response.get("id"), replayed) != (201, call["body"]["id"], True):
            found.append(f"call {call['n']}, repeated with its key: {status}, replayed: {replayed}, {response.get('id')}")
    # Availability is cached for a second.
    time.sleep(1.2)
    for row in seats:
        _, response, _ = api.call("GET", f"/v1/events/{row['event']}/availability")
        if (response["confirmed"], response["waitlisted"]) != (row["have_seats"], row["wait"]):
            found.append(f"the API says of the seats of {row['event']}: {response}; the database: {row}")
    return found
