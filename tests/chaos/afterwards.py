"""What the API says when everything is up again: to holders, to those who repeat a call with its key, and to everybody."""

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
        answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text), answer.headers["Idempotency-Replayed"] == "true"


def check(port, calls, rows, seats, person):
    """`rows`: the registrations in the database; `person`: makes the body that was sent."""
    api, found = Api(port), []
    by_id = {row["id"]: row for row in rows}
    place, queue = {}, sorted((row for row in rows if row["status"] == "waitlisted"), key=lambda row: row["queue_number"])
    for row in queue:
        place[row["id"]] = sum(other["event"] == row["event"] for other in queue[:queue.index(row)]) + 1
    keyed = {}
    for call in calls:
        if call["do"] != "register" or call["status"] != 201 or call["replayed"]:
            continue
        id, token = call["body"]["id"], call["body"]["manage_token"]
        status, answer, _ = api.call("GET", f"/v1/registrations/{id}", token=token)
        wanted = by_id.get(id, {}).get("status"), place.get(id)
        if status != 200 or (answer["status"], answer["waitlist_position"]) != wanted:
            found.append(f"the API says {status} {answer.get('status')} {answer.get('waitlist_position')} of {id}, the database {wanted}")
        if call["key"]:
            keyed[call["key"]] = call
    for key, call in keyed.items():
        status, answer, replayed = api.call("POST", f"/v1/events/{call['event']}/registrations", person(call["email"]), key=key)
        if (status, answer.get("id"), replayed) != (201, call["body"]["id"], True):
            found.append(f"call {call['n']}, repeated with its key: {status}, replayed: {replayed}, {answer.get('id')}")
    # Seats that are told may be a second old.
    time.sleep(1.2)
    for row in seats:
        _, answer, _ = api.call("GET", f"/v1/events/{row['event']}/availability")
        if (answer["confirmed"], answer["waitlisted"]) != (row["have_seats"], row["wait"]):
            found.append(f"the API says of the seats of {row['event']}: {answer}; the database: {row}")
    return found
