"""What must not be told, and what must be forgotten."""

import base64
import quopri
import statistics
import time

from people import NAMES, definition


def looks(answer):
    """An answer without what differs from one to the next by nature: ids, times, and the order of what has none (each of the
    server's threads has its own)."""
    headers = {name.lower(): sorted(value.split(", ")) for name, value in answer.headers.items()}
    del headers["request-id"], headers["date"]
    return answer.status, sorted(headers.items()), answer.text


def answers_alike(program):
    """Whoever asks for a seat, or for the link, is answered alike whether that address is registered or not. Prints the
    times; they are not judged here."""
    program.publish(definition("alike", "2031-03-01T15:00", email_confirmation=True))
    program.publish(definition("alike-open", "2031-03-01T15:00"))
    known = {"email": "known@example.net", "name": "Known", "privacy_accepted": True}
    program.post("/v1/events/alike-open/registrations", known).expect(201)
    program.post("/v1/events/alike/registrations", known).expect(202)
    for path, what in (("alike/registrations", "asking for a seat"), ("alike-open/registrations/resend", "asking for the link")):
        took, looked = {True: [], False: []}, {True: set(), False: set()}
        for number in range(60):
            registered = number % 2 == 0
            email = known["email"] if registered else f"stranger{number}@example.net"
            body = {"email": email} if path.endswith("resend") else known | {"email": email}
            started = time.monotonic()
            answer = program.post(f"/v1/events/{path}", body).expect(202)
            took[registered].append((time.monotonic() - started) * 1000)
            looked[registered].add(repr(looks(answer)))
        assert looked[True] == looked[False] and len(looked[True]) == 1, looked
        figures = [
            f"{word} {statistics.median(took[which]):.2f} ± {statistics.stdev(took[which]):.2f}"
            for which, word in ((True, "registered"), (False, "not"))
        ]
        print(f"    {what}, ms: {', '.join(figures)}", flush=True)


def spellings(text):
    """The ways in which a text may stand in a file."""
    raw = text.encode()
    yield raw
    yield text.encode("unicode-escape")
    yield quopri.encodestring(raw)[:60]
    # In base64 whatever stands before it shifts it: three ways.
    for before in range(3):
        whole = base64.b64encode(bytes(before) + raw)
        yield whole[4:-4] if len(whole) >= 24 else whole


def left(directory, dump, texts):
    """Where something of these texts is still to be found."""
    found = []
    contents = {"the database's dump": dump}
    contents |= {str(file.relative_to(directory)): file.read_bytes() for file in directory.rglob("*") if file.is_file()}
    for text in texts:
        for spelling in spellings(text):
            found += [(where, text) for where, content in contents.items() if spelling in content]
    return found


def erasing(program, dump):
    """Of a person who asks to be erased nothing is left in the database, nor in the data directory."""
    program.publish(definition("erasing", "2031-03-01T15:00"))
    name, email = "Zebedee Quixote-Vanishing", "zebedee.vanishing@example.net"
    body = {"email": email, "name": name, "privacy_accepted": True, "access_needs": "a quiet Vanishing corner"}
    made = program.post("/v1/events/erasing/registrations", body, Idempotency_Key="vanishing").expect(201).json
    path, token = f"/v1/registrations/{made['id']}", made["manage_token"]
    program.call("PATCH", path, {"city": "Vanishing Town"}, token).expect(200)
    program.post("/v1/events/erasing/registrations/resend", {"email": email}).expect(202)
    time.sleep(4)
    assert left(program.directory / "data", dump(), [name, email]), "the search finds nothing even before"
    program.call("DELETE", path, token=token).expect(204)
    # What SQLite's log still holds goes within ten minutes, and at a start.
    time.sleep(3)
    program.restart()
    gone(program, dump, [name, email, "Vanishing"], 20)
    program.get(path, token).expect(404)
    print("    erased: nothing is left", flush=True)


def gone(program, dump, texts, patience):
    end = time.monotonic() + patience
    while found := left(program.directory / "data", dump(), texts):
        assert time.monotonic() < end, f"still there: {found}"
        time.sleep(0.5)


def retaining(program, dump):
    """Long after the events nothing is left of anybody."""
    program.restart(at="2033-01-01 00:00:00")
    # Files about those who never confirmed an address go within half an hour after them, and at a start.
    time.sleep(5)
    program.restart(at="2033-01-01 00:01:00")
    gone(program, dump, [*NAMES, "@example.net", "Ñandú"], 60)
    print("    retention: nothing is left of anybody", flush=True)
