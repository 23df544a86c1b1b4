"""The measured operations: each sends a number of requests to a server, and yields their durations."""

import itertools
import secrets

from events import HOT, LAST, QUEUE, SEATS

PAGE = 20
# The size of a page of events, of which the empty database has two.
EVENTS = 2

# In the order of measurement and of the report.
OPERATIONS = []


def operation(name):
    def add(function):
        OPERATIONS.append((name, function))
        return function
    return add


class Client:
    """A client of one server, with its registrations and cursors."""

    def __init__(self, server):
        self.server, self.held, self.fresh = server, [], None

    def prepare(self):
        """Before the database is filled: creates registrations, and a cursor remaining the rows that will be filled in, so that
        the last page can be found without reading all pages."""
        for _ in range(10 * PAGE + 1):
            self.register(HOT)
        for _ in range(SEATS):
            self.register(QUEUE)
        token = self.server.token()
        path = f"/v1/events/{HOT}/registrations"
        self.last_page = self.walk(path, PAGE, token)

    def find_positions(self, middle=None):
        """After the database is filled: finds the cursors of the last pages, and a registration in the middle of the waiting list."""
        self.refresh()
        for _ in range(SEATS + 2):
            self.waiting = self.register(QUEUE)
        self.middle = middle or self.waiting["id"]
        self.latest = self.request("/v1/changes?cursor=latest", self.token)["page"]["next_cursor"]
        # Cursors do not depend on the page size.
        self.last_events = self.walk("/v1/events", EVENTS)
        self.last_speakers = self.walk("/v1/speakers", 1)

    def refresh(self):
        """Before each round: gets a new token and the cursor of the last page."""
        self.token = self.server.token()
        self.last_page = self.walk(f"/v1/events/{HOT}/registrations", PAGE, self.token, self.last_page)

    def request(self, path, token=None):
        return self.server.connection.request("GET", path, token=token)

    def walk(self, path, rest, token=None, cursor=None):
        """The cursor remaining which exactly `rest` entries remain."""
        steps = []
        while True:
            page = self.page(path, 100, cursor, token)
            steps.append((cursor, len(page["data"])))
            cursor = page["page"]["next_cursor"]
            if not cursor:
                break
        cursor, remaining = steps.pop()
        if remaining < rest:
            cursor, before = steps.pop()
            remaining += before
        while remaining > rest:
            step = min(remaining - rest, 100)
            cursor = self.page(path, step, cursor, token)["page"]["next_cursor"]
            remaining -= step
        return cursor

    def page(self, path, limit, cursor, token):
        remaining = f"&cursor={cursor}" if cursor else ""
        return self.request(f"{path}?limit={limit}{remaining}", token)

    def register(self, event):
        body = {"email": f"{secrets.token_hex(8)}@example.org", "name": "Ana Pérez", "organisation": "Ajuntament de Barcelona",
                "country": "ES", "privacy_accepted": True}
        return self.server.connection.request("POST", f"/v1/events/{event}/registrations", body)

    def timed(self, path, number, token=None):
        for _ in range(number):
            self.request(path, token)
            yield self.server.connection.duration


@operation("register")
def register(client, number):
    for _ in range(number):
        client.held.append(client.register(HOT))
        yield client.server.connection.duration


@operation("read a registration by its holder")
def read(client, number):
    for held in itertools.islice(itertools.cycle(client.held), number):
        yield from client.timed(f"/v1/registrations/{held['id']}", 1, held["manage_token"])


@operation("cancel by the manage token")
def cancel(client, number):
    for _ in range(min(number, len(client.held))):
        held = client.held.pop()
        client.server.connection.request("POST", f"/v1/registrations/{held['id']}/cancel", token=held["manage_token"])
        yield client.server.connection.duration


@operation("cancel where others wait: the head of the waiting list is seated")
def cancel_and_seat(client, number):
    path = f"/v1/events/{QUEUE}/registrations?status=confirmed&limit={SEATS}"
    for _ in range(min(number, SEATS)):
        # Keeps the registration at the end of the waiting list.
        client.waiting = client.register(QUEUE)
    for seated in client.request(path, client.token)["data"][:number]:
        client.server.connection.request("POST", f"/v1/registrations/{seated['id']}/cancel", token=client.token)
        yield client.server.connection.duration


@operation("place in the waiting list, at its end")
def position(client, number):
    waiting = client.waiting
    return client.timed(f"/v1/registrations/{waiting['id']}", number, waiting["manage_token"])


@operation("place in the waiting list, in the middle, asked by a client")
def middle(client, number):
    return client.timed(f"/v1/registrations/{client.middle}", number, client.token)


@operation("registrations, first page")
def first_page(client, number):
    return client.timed(f"/v1/events/{HOT}/registrations?limit={PAGE}", number, client.token)


@operation("registrations, last page")
def last_page(client, number):
    return client.timed(f"/v1/events/{HOT}/registrations?limit={PAGE}&cursor={client.last_page}", number, client.token)


@operation("registrations, `status=cancelled`")
def cancelled(client, number):
    return client.timed(f"/v1/events/{HOT}/registrations?limit={PAGE}&status=cancelled", number, client.token)


@operation("registrations, `updated_since` the last minutes")
def updated_since(client, number):
    if client.fresh is None:
        client.fresh = client.held[0]["updated_at"] if client.held else client.waiting["updated_at"]
    return client.timed(f"/v1/events/{HOT}/registrations?limit={PAGE}&updated_since={client.fresh}", number, client.token)


@operation("registrations, `email`")
def by_email(client, number):
    email = client.waiting["email"]
    return client.timed(f"/v1/events/{QUEUE}/registrations?limit={PAGE}&email={email}", number, client.token)


@operation("those who wait, first page")
def waiting_list(client, number):
    return client.timed(f"/v1/events/{QUEUE}/registrations?limit={SEATS}&status=waitlisted", number, client.token)


@operation("availability, just changed")
def availability(client, number):
    for _ in range(number):
        # A change of the seats invalidates the process's cached availability.
        client.held.append(client.register(HOT))
        yield from client.timed(f"/v1/events/{HOT}/availability", 1)


@operation("availability, kept")
def cached_availability(client, number):
    return client.timed(f"/v1/events/{HOT}/availability", number)


@operation("an event, kept")
def event(client, number):
    return client.timed(f"/v1/events/{LAST}", number)


@operation("events, first page")
def first_events(client, number):
    return client.timed(f"/v1/events?limit={EVENTS}", number)


@operation("events, last page")
def last_events(client, number):
    return client.timed(f"/v1/events?limit={EVENTS}&cursor={client.last_events}", number)


@operation("events, latest first")
def latest_events(client, number):
    return client.timed(f"/v1/events?limit={EVENTS}&order=-starts_at", number)


@operation("speakers, first page")
def first_speakers(client, number):
    return client.timed("/v1/speakers?limit=1", number)


@operation("speakers, last page")
def last_speakers(client, number):
    return client.timed(f"/v1/speakers?limit=1&cursor={client.last_speakers}", number)


@operation("changes, first page")
def first_changes(client, number):
    return client.timed(f"/v1/changes?limit={PAGE}", number, client.token)


@operation("changes, the newest page")
def newest_changes(client, number):
    return client.timed(f"/v1/changes?limit={PAGE}&cursor={client.latest}", number, client.token)


@operation("changes, nothing new")
def no_changes(client, number):
    path = "/v1/changes?cursor=latest"
    return client.timed(path, number, client.token)
