"""Checks that responses do not reveal registrations, and that erased personal data is gone."""

import base64
import quopri
import statistics
import time

from attendees import NAMES, definition


def comparable(response):
    """A response without its id and date, and with lists in headers sorted, whose order differs between the server's threads."""
    headers = {name.lower(): sorted(value.split(", ")) for name, value in response.headers.items()}
    del headers["request-id"], headers["date"]
    return response.status, sorted(headers.items()), response.text


def check_equal_responses(program):
    """Registering and resending the link respond equally whether or not the address is registered. Prints the times without
    judging them."""
    program.publish(definition("alike", "2031-03-01T15:00", email_confirmation=True))
    program.publish(definition("alike-open", "2031-03-01T15:00"))
    registered_person = {"email": "known@example.net", "name": "Known", "privacy_accepted": True}
    program.post("/v1/events/alike-open/registrations", registered_person).expect(201)
    program.post("/v1/events/alike/registrations", registered_person).expect(202)
    for path, what in (("alike/registrations", "registering"), ("alike-open/registrations/resend", "resending the link")):
        durations, seen = {True: [], False: []}, {True: set(), False: set()}
        for number in range(60):
            registered = number % 2 == 0
            email = registered_person["email"] if registered else f"stranger{number}@example.net"
            body = {"email": email} if path.endswith("resend") else registered_person | {"email": email}
            started = time.monotonic()
            response = program.post(f"/v1/events/{path}", body).expect(202)
            durations[registered].append((time.monotonic() - started) * 1000)
            seen[registered].add(repr(comparable(response)))
        assert seen[True] == seen[False] and len(seen[True]) == 1, seen
        figures = [
            f"{word} {statistics.median(durations[which]):.2f} ± {statistics.stdev(durations[which]):.2f}"
            for which, word in ((True, "registered"), (False, "not"))
        ]
        print(f"    {what}, ms: {', '.join(figures)}", flush=True)


def encodings(text):
    """The encodings in which a text may appear in a file."""
    raw = text.encode()
    yield raw
    yield text.encode("unicode-escape")
    yield quopri.encodestring(raw)[:60]
    # In base64 there are three alignments, which depend on the preceding bytes.
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw)
        yield encoded[4:-4] if len(encoded) >= 24 else encoded


def occurrences(directory, dump, texts):
    """The files, or the database's dump, that contain one of these texts, with the text."""
    found = []
    contents = {"the database's dump": dump}
    contents |= {str(file.relative_to(directory)): file.read_bytes() for file in directory.rglob("*") if file.is_file()}
    for text in texts:
        for encoded in encodings(text):
            found += [(where, text) for where, content in contents.items() if encoded in content]
    return found


def check_erasure(program, dump):
    """Nothing of an erased person remains in the database or the data directory."""
    program.publish(definition("erasing", "2031-03-01T15:00"))
    name, email = "Zebedee Quixote-Vanishing", "zebedee.vanishing@example.net"
    body = {"email": email, "name": name, "privacy_accepted": True, "access_needs": "a quiet Vanishing corner"}
    created = program.post("/v1/events/erasing/registrations", body, Idempotency_Key="vanishing").expect(201).json
    path, token = f"/v1/registrations/{created['id']}", created["manage_token"]
    program.call("PATCH", path, {"city": "Vanishing Town"}, token).expect(200)
    program.post("/v1/events/erasing/registrations/resend", {"email": email}).expect(202)
    time.sleep(4)
    assert occurrences(program.directory / "data", dump(), [name, email]), "the search does not find existing data"
    program.call("DELETE", path, token=token).expect(204)
    # SQLite's WAL is truncated within ten minutes, and at a start.
    time.sleep(3)
    program.restart()
    wait_until_gone(program, dump, [name, email, "Vanishing"], 20)
    program.get(path, token).expect(404)
    print("    erasure: nothing remains", flush=True)


def wait_until_gone(program, dump, texts, timeout):
    end = time.monotonic() + timeout
    while found := occurrences(program.directory / "data", dump(), texts):
        assert time.monotonic() < end, f"it remains: {found}"
        time.sleep(0.5)


def check_retention(program, dump):
    """After the retention period no personal data remains."""
    program.restart(at="2033-01-01 00:00:00")
    # Mail files of unconfirmed registrations are removed within half an hour, and at a start.
    time.sleep(5)
    program.restart(at="2033-01-01 00:01:00")
    wait_until_gone(program, dump, [*NAMES, "@example.net", "Ñandú"], 60)
    print("    retention: nothing remains", flush=True)
