"""The events of a round."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """What a definition says of the seats. `share`: how often people choose the event."""
    capacity: int | None = None
    waitlist: bool = False
    email_confirmation: bool = False
    # Whether organisers raise and lower the capacity.
    moving: bool = False
    share: int = 1


EVENTS = {
    "open": Event(share=20),
    "queue": Event(40, waitlist=True, share=30),
    "tight": Event(25, share=12),
    "moving": Event(30, waitlist=True, moving=True, share=25),
    "mailed": Event(20, waitlist=True, email_confirmation=True, share=13),
}
# The capacities that organisers choose from.
CAPACITIES = range(10, 61)


def definition(slug, capacity=None):
    event = EVENTS[slug]
    seats = capacity or event.capacity
    registration = {"waitlist": event.waitlist, "email_confirmation": event.email_confirmation} | ({"capacity": seats} if seats else {})
    return {"slug": slug, "status": "published", "owner": "chaos", "language": "en", "title": slug.title(),
            "starts": "2090-01-01T10:00", "time_zone": "Etc/UTC", "duration_minutes": 60, "registration": registration}
