"""A scenario of every change of registrations at once."""

from bench import CONFIRMING, HOT, MOVING, PEOPLE
from database import checks
from database import fill
from load import transaction
from scenarios.cancelling import fill_moving

# The shares of a hundred requests.
SHARES = {"register": 25, "ask": 2, "confirm": 15, "cancel": 24, "come_back": 12, "reinstate": 6, "attend": 8, "attend_batch": 1,
          "update": 4, "erase": 3}
# The people of a batch of attendance.
BATCH = 20
# How many people a second are prepared to confirm, and to be changed; more than any program has reached.
CONFIRMED, CHANGED = 8_000, 24_000
# Who comes next, so that nobody is named by two connections of pgbench. Of those who are registered already each has the same number.
EACH = PEOPLE // 64
NEXT = {"moving": f"\\if :{{0}} < {EACH}\n\\set person :client_id * {EACH} + :{{0}} + 1\n\\else\n"
                  "\\set person (:client_id + 1) * 100000000 + :{0}\n\\endif\n\\set {0} :{0} + 1",
        "standing": "\\set person :client_id + 1 + 64 * :used\n\\set used :used + 1",
        "asking": "\\set person :client_id + 1 + 64 * :confirmed\n\\set confirmed :confirmed + 1"}


def scripts():
    """The same for pgbench: one transaction for each change, so a batch of attendance is as many as it has people."""
    register = transaction("register", NEXT["moving"].format("made"), "moving")
    cancel = transaction("cancel", NEXT["moving"].format("gone"), "moving")
    come_back = transaction("register", NEXT["moving"].format("back"), "moving")
    # Cancelled first and then reinstated, as in the other load.
    reinstate = ("\\set away 1 - :away\n\\if :away\n" + NEXT["standing"] + "\n\\set absent :person\n" + transaction("cancel", event="standing")
                 + "\\else\n\\set person :absent\n" + transaction("reinstate", event="standing") + "\\endif\n")
    return {
        register: SHARES["register"],
        transaction("ask", event="asking"): SHARES["ask"],
        transaction("confirm", NEXT["asking"], "asking"): SHARES["confirm"],
        # Who has nobody to cancel registers somebody.
        "\\if :gone < :made\n" + cancel + "\\else\n" + register + "\\endif\n": SHARES["cancel"],
        "\\if :back < :gone\n" + come_back + "\\else\n" + register + "\\endif\n": SHARES["come_back"],
        reinstate: SHARES["reinstate"],
        transaction("attend", NEXT["standing"], "standing"): SHARES["attend"] + SHARES["attend_batch"] * BATCH,
        transaction("update", NEXT["standing"], "standing"): SHARES["update"],
        transaction("erase", NEXT["standing"], "standing"): SHARES["erase"],
    }


def prepare(bench):
    def prepare_engine(engine):
        fill_moving(engine)
        fill.fill(engine, HOT, confirmed=CHANGED * bench.seconds)
        fill.fill(engine, CONFIRMING, pending=CONFIRMED * bench.seconds)
    return prepare_engine


def transacted(engine, measured):
    # An erasure is two changes.
    return checks.transactions(engine, measured, exclude=["erased"], messages=True)


def happened(engine, counts):
    """Yields findings unless each kind of request has left at least as many traces as there were responses."""
    changes = "SELECT (SELECT count(*) FROM outbox WHERE type = '{0}') + (SELECT count(*) FROM changes WHERE type = '{0}')"
    for kind, query in (("asked", "SELECT count(*) FROM messages WHERE kind = 'confirm_address'"),
                        ("erased", "SELECT count(*) FROM registrations WHERE erased_at IS NOT NULL AND email = '' AND active_email IS NULL"),
                        ("registered", changes.format("registration.created")), ("confirmed", changes.format("registration.confirmed")),
                        ("cancelled", changes.format("registration.cancelled")), ("reinstated", changes.format("registration.reinstated")),
                        ("attended", changes.format("registration.attended")), ("updated", changes.format("registration.updated"))):
        if kind not in counts:
            yield f"nothing was {kind}"
        elif (found := engine.one(query)) < counts[kind]:
            yield f"{counts[kind]} were {kind} and {found} are there"


def mixture(bench):
    """Every change at 64 connections; rates are changes a second, of which a batch of attendance is as many as it has people."""
    variables = {"made": EACH} | dict.fromkeys(("gone", "back", "used", "confirmed", "away", "absent"), 0)
    events = {name: bench.event(bench.postgresql, slug) for name, slug in (("moving", MOVING), ("standing", HOT), ("asking", CONFIRMING))}
    bench.baseline("mixture", scripts(), 64, prepare=prepare(bench), findings=transacted, **variables, **events)
    pending = bench.people("confirm", CONFIRMING, range(1, CONFIRMED * bench.seconds + 1))
    present = bench.people("manage", MOVING, range(1, PEOPLE + 1))
    shares = ",".join(f"{kind}={share}" for kind, share in SHARES.items())
    for engine in bench.both:
        measured, found = bench.under_load(
            engine, "mixture.lua", 64, slug=MOVING, prepare=prepare(bench), client=True, promised=True, SHARES=shares, MOVING=MOVING,
            STANDING=HOT, ASKING=CONFIRMING, IDS=fill.ids(HOT), SIZE=BATCH, PENDING=pending, PRESENT=present)
        measured["well"] = sum(measured["counts"].values())
        measured["rate"] = measured["well"] / measured["seconds"]
        bench.record("mixture", "api", measured, engine, [*found, *happened(engine, measured["counts"])], connections=64)
