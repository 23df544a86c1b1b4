"""Scenarios of events that ask to confirm the address: asking for the mail, and confirming with its token, each beside registering."""

from bench import CONFIRMING, HOT
from database import checks
from database import fill
from load import transaction

ASKING = (64, 256, 1024)
# PostgreSQL permits 300 connections, so the baseline has no more.
BASELINE_MOST = 256
# How many people a second are prepared to confirm; more than any program has reached.
PREPARED = 40_000


def acknowledged(measured, _server):
    return checks.acknowledged(measured)


def asked(engine, measured):
    """Each response 202 has left a pending request and its mail."""
    pending = engine.one("SELECT count(*) FROM registrations WHERE status = 'pending'")
    mails = engine.one("SELECT count(*) FROM messages WHERE kind = 'confirm_address'")
    if min(pending, mails) < measured["well"]:
        yield f"{measured['well']} were told to wait for a mail, {pending} are pending and {mails} mails are queued"


def asking(bench):
    """Asking for confirmation, beside registering for an event that does not ask, with the same connections."""
    for connections in ASKING:
        if connections <= BASELINE_MOST:
            bench.baseline("asking", transaction("ask"), connections, bench.turn_seconds, slug=CONFIRMING, findings=asked)
        for engine in bench.both:
            measured, found = bench.under_load(engine, "register.lua", connections, bench.turn_seconds, findings=acknowledged)
            bench.record("asking", "registering", measured, engine, found, connections=connections)
            measured, found = bench.under_load(engine, "register.lua", connections, bench.turn_seconds, slug=CONFIRMING,
                                               findings=lambda measured, _: asked(engine, measured))
            bench.record("asking", "asking", measured, engine, found, connections=connections)


def confirming(bench):
    """Confirming with the token of the mail, beside registering, 64 connections each."""
    number = PREPARED * bench.turn_seconds

    def prepare(engine):
        fill.fill(engine, CONFIRMING, pending=number)

    def findings(measured, _server):
        confirmed = engine.one("SELECT count(*) FROM registrations WHERE status = 'confirmed' AND email LIKE 'person.%'")
        if confirmed < measured["counts"].get("confirmed", 0):
            yield f"{measured['counts']['confirmed']} were confirmed and {confirmed} are"

    # Each connection of pgbench confirms every 64th person.
    mine = "\\set person :client_id + 1 + 64 * :next\n\\set next :next + 1"
    bench.baseline("confirming", transaction("confirm", mine), 64, bench.turn_seconds, prepare, checks.transactions, CONFIRMING, next=0)
    people = bench.people("confirm", CONFIRMING, range(1, number + 1))
    for engine in bench.both:
        measured, found = bench.under_load(engine, "register.lua", 64, bench.turn_seconds, HOT, findings=acknowledged)
        bench.record("confirming", "registering", measured, engine, found, connections=64)
        measured, found = bench.under_load(engine, "confirm.lua", 64, bench.turn_seconds, CONFIRMING, prepare=prepare, promised=True,
                                           findings=findings, PEOPLE=people)
        bench.record("confirming", "confirming", measured, engine, found, connections=64)
