"""A mail server that is down, slow, or refuses one address: people register all the same, and nothing is lost."""

import statistics
import time

import post as mail
from letters import Letter
from people import definition


def register(program, slug, number, name):
    """Registers so many people, one after another; how long each took, in milliseconds."""
    took = []
    for one in range(number):
        body = {"email": f"{name}{one}@example.net", "name": "Ana", "privacy_accepted": True}
        started = time.monotonic()
        program.post(f"/v1/events/{slug}/registrations", body).expect(201)
        took.append((time.monotonic() - started) * 1000)
    return took


def told(post, seen, number):
    """That so many new messages come, each to somebody else; to whom."""
    addresses = {Letter(raw).to[1] for raw in mail.until(post, seen, number, patience=120)}
    assert len(addresses) == number, "somebody was told twice"
    return addresses


def say(what, took):
    print(f"    {what}: registering took {statistics.median(took):.1f} ms (median), {max(took):.1f} at most", flush=True)


def troubles(program, post):
    program.publish(definition("troubles", "2031-03-01T15:00"))
    seen = mail.settle(post)
    say("all is well", register(program, "troubles", 40, "well"))
    told(post, seen, 40)

    post.stop()
    seen = mail.settle(post)
    say("the server is down", register(program, "troubles", 40, "down"))
    program.child.kill()
    program.child.wait()
    program.start()
    say("and the program was killed", register(program, "troubles", 10, "killed"))
    post.start()
    told(post, seen, 50)

    post.handler.delay = 2.0
    seen = mail.settle(post)
    say("the server is slow", register(program, "troubles", 40, "slow"))
    told(post, seen, 40)
    post.handler.delay = 0.0

    post.handler.refused = {"refused7@example.net"}
    seen = mail.settle(post)
    register(program, "troubles", 20, "refused")
    assert "refused7@example.net" not in told(post, seen, 19)
    print("    one address refused: the others got theirs", flush=True)
