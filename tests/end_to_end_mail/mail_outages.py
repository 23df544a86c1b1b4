"""A mail server that is down, slow, or rejects one address: registering still works, and no message is lost."""

import statistics
import time

import mail_server
from messages import Message
from attendees import definition


def register(program, slug, number, name):
    """Registers people one after another; returns the duration of each request in milliseconds."""
    durations = []
    for one in range(number):
        body = {"email": f"{name}{one}@example.net", "name": "Ana", "privacy_accepted": True}
        started = time.monotonic()
        program.post(f"/v1/events/{slug}/registrations", body).expect(201)
        durations.append((time.monotonic() - started) * 1000)
    return durations


def expect_messages(mailbox, seen, number):
    """Waits for exactly this many new messages, each to a different address; returns the addresses."""
    addresses = {Message(raw).to[1] for raw in mail_server.wait_for(mailbox, seen, number, timeout=120)}
    assert len(addresses) == number, "an address got two messages"
    return addresses


def say(what, durations):
    print(f"    {what}: registering durations {statistics.median(durations):.1f} ms (median), {max(durations):.1f} at most", flush=True)


def check_outages(program, mailbox):
    program.publish(definition("troubles", "2031-03-01T15:00"))
    seen = mail_server.wait_until_idle(mailbox)
    say("the server is up", register(program, "troubles", 40, "well"))
    expect_messages(mailbox, seen, 40)

    mailbox.stop()
    seen = mail_server.wait_until_idle(mailbox)
    say("the server is down", register(program, "troubles", 40, "down"))
    program.child.kill()
    program.child.wait()
    program.start()
    say("and the program was killed", register(program, "troubles", 10, "killed"))
    mailbox.start()
    expect_messages(mailbox, seen, 50)

    mailbox.handler.delay = 2.0
    seen = mail_server.wait_until_idle(mailbox)
    say("the server is slow", register(program, "troubles", 40, "slow"))
    expect_messages(mailbox, seen, 40)
    mailbox.handler.delay = 0.0

    mailbox.handler.rejected = {"refused7@example.net"}
    seen = mail_server.wait_until_idle(mailbox)
    register(program, "troubles", 20, "refused")
    assert "refused7@example.net" not in expect_messages(mailbox, seen, 19)
    print("    one address rejected: the others got their messages", flush=True)
