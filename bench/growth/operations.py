"""What is measured: each operation asks a house so many times, and gives back how long each answer took."""

import itertools
import secrets

from events import HOT, LAST, QUEUE, SEATS

PAGE = 20
# A page of events that the empty database can fill twice.
EVENTS = 2

# In the order in which they are measured and told.
OPERATIONS = []


def operation(name):
    def add(function):
        OPERATIONS.append((name, function))
        return function
    return add


class Visitor:
    """Somebody at one house, and what they hold there."""

    def __init__(self, house):
        self.house, self.held, self.fresh = house, [], None

    def enter(self):
        """Before the filling: some registrations, and a cursor that what is filled in will stand before, so that nobody
        has to walk over all of it."""
        for _ in range(10 * PAGE + 1):
            self.register(HOT)
        for _ in range(SEATS):
            self.register(QUEUE)
        token = self.house.token()
        path = f"/v1/events/{HOT}/registrations"
        self.last_page = self.walk(path, PAGE, token)

    def come_back(self, middle=None):
        """After it: the places at the end of what is there now, and who is in the middle of the queue."""
        self.renew()
        for _ in range(SEATS + 2):
            self.waiting = self.register(QUEUE)
        self.middle = middle or self.waiting["id"]
        self.latest = self.ask("/v1/changes?cursor=latest", self.token)["page"]["next_cursor"]
        # Cursors do not depend on the size of pages.
        self.last_events = self.walk("/v1/events", EVENTS)
        self.last_speakers = self.walk("/v1/speakers", 1)

    def renew(self):
        """Before each round: a token, and the end of the list, which has moved on."""
        self.token = self.house.token()
        self.last_page = self.walk(f"/v1/events/{HOT}/registrations", PAGE, self.token, self.last_page)

    def ask(self, path, token=None):
        return self.house.line.ask("GET", path, token=token)

    def walk(self, path, rest, token=None, cursor=None):
        """The cursor of the last page, behind which there are just so many."""
        steps = []
        while True:
            page = self.page(path, 100, cursor, token)
            steps.append((cursor, len(page["data"])))
            cursor = page["page"]["next_cursor"]
            if not cursor:
                break
        cursor, behind = steps.pop()
        if behind < rest:
            cursor, before = steps.pop()
            behind += before
        while behind > rest:
            step = min(behind - rest, 100)
            cursor = self.page(path, step, cursor, token)["page"]["next_cursor"]
            behind -= step
        return cursor

    def page(self, path, limit, cursor, token):
        behind = f"&cursor={cursor}" if cursor else ""
        return self.ask(f"{path}?limit={limit}{behind}", token)

    def register(self, event):
        body = {"email": f"{secrets.token_hex(8)}@example.org", "name": "Ana Pérez", "organisation": "Ajuntament de Barcelona",
                "country": "ES", "privacy_accepted": True}
        return self.house.line.ask("POST", f"/v1/events/{event}/registrations", body)

    def timed(self, path, number, token=None):
        for _ in range(number):
            self.ask(path, token)
            yield self.house.line.took


@operation("register")
def register(visitor, number):
    for _ in range(number):
        visitor.held.append(visitor.register(HOT))
        yield visitor.house.line.took


@operation("read a registration by its holder")
def read(visitor, number):
    for held in itertools.islice(itertools.cycle(visitor.held), number):
        yield from visitor.timed(f"/v1/registrations/{held['id']}", 1, held["manage_token"])


@operation("cancel by the manage token")
def cancel(visitor, number):
    for _ in range(min(number, len(visitor.held))):
        held = visitor.held.pop()
        visitor.house.line.ask("POST", f"/v1/registrations/{held['id']}/cancel", token=held["manage_token"])
        yield visitor.house.line.took


@operation("cancel where others wait: the head of the queue is seated")
def cancel_and_seat(visitor, number):
    path = f"/v1/events/{QUEUE}/registrations?status=confirmed&limit={SEATS}"
    for _ in range(min(number, SEATS)):
        # Never the one at the end of the queue.
        visitor.waiting = visitor.register(QUEUE)
    for seated in visitor.ask(path, visitor.token)["data"][:number]:
        visitor.house.line.ask("POST", f"/v1/registrations/{seated['id']}/cancel", token=visitor.token)
        yield visitor.house.line.took


@operation("place in the waiting list, at its end")
def position(visitor, number):
    waiting = visitor.waiting
    return visitor.timed(f"/v1/registrations/{waiting['id']}", number, waiting["manage_token"])


@operation("place in the waiting list, in the middle, asked by a client")
def middle(visitor, number):
    return visitor.timed(f"/v1/registrations/{visitor.middle}", number, visitor.token)


@operation("registrations, first page")
def first_page(visitor, number):
    return visitor.timed(f"/v1/events/{HOT}/registrations?limit={PAGE}", number, visitor.token)


@operation("registrations, last page")
def last_page(visitor, number):
    return visitor.timed(f"/v1/events/{HOT}/registrations?limit={PAGE}&cursor={visitor.last_page}", number, visitor.token)


@operation("registrations, `status=cancelled`")
def cancelled(visitor, number):
    return visitor.timed(f"/v1/events/{HOT}/registrations?limit={PAGE}&status=cancelled", number, visitor.token)


@operation("registrations, `updated_since` the last minutes")
def updated_since(visitor, number):
    if visitor.fresh is None:
        visitor.fresh = visitor.held[0]["updated_at"] if visitor.held else visitor.waiting["updated_at"]
    return visitor.timed(f"/v1/events/{HOT}/registrations?limit={PAGE}&updated_since={visitor.fresh}", number, visitor.token)


@operation("registrations, `email`")
def by_email(visitor, number):
    email = visitor.waiting["email"]
    return visitor.timed(f"/v1/events/{QUEUE}/registrations?limit={PAGE}&email={email}", number, visitor.token)


@operation("those who wait, first page")
def waiting_list(visitor, number):
    return visitor.timed(f"/v1/events/{QUEUE}/registrations?limit={SEATS}&status=waitlisted", number, visitor.token)


@operation("availability, just changed")
def availability(visitor, number):
    for _ in range(number):
        # A process forgets what it knows of the seats when it changes them.
        visitor.held.append(visitor.register(HOT))
        yield from visitor.timed(f"/v1/events/{HOT}/availability", 1)


@operation("availability, kept")
def kept_availability(visitor, number):
    return visitor.timed(f"/v1/events/{HOT}/availability", number)


@operation("an event, kept")
def event(visitor, number):
    return visitor.timed(f"/v1/events/{LAST}", number)


@operation("events, first page")
def first_events(visitor, number):
    return visitor.timed(f"/v1/events?limit={EVENTS}", number)


@operation("events, last page")
def last_events(visitor, number):
    return visitor.timed(f"/v1/events?limit={EVENTS}&cursor={visitor.last_events}", number)


@operation("events, latest first")
def latest_events(visitor, number):
    return visitor.timed(f"/v1/events?limit={EVENTS}&order=-starts_at", number)


@operation("speakers, first page")
def first_speakers(visitor, number):
    return visitor.timed("/v1/speakers?limit=1", number)


@operation("speakers, last page")
def last_speakers(visitor, number):
    return visitor.timed(f"/v1/speakers?limit=1&cursor={visitor.last_speakers}", number)


@operation("changes, first page")
def first_changes(visitor, number):
    return visitor.timed(f"/v1/changes?limit={PAGE}", number, visitor.token)


@operation("changes, the newest page")
def newest_changes(visitor, number):
    return visitor.timed(f"/v1/changes?limit={PAGE}&cursor={visitor.latest}", number, visitor.token)


@operation("changes, nothing new")
def no_changes(visitor, number):
    path = "/v1/changes?cursor=latest"
    return visitor.timed(path, number, visitor.token)
