"""Parses calendars with two independent parsers, and compares the results."""

from datetime import datetime, timezone

import icalendar
import vobject


def instant(value):
    return value.astimezone(timezone.utc)


def read(text):
    """The calendar's method, zones and entries, on which both parsers must agree."""
    assert "\r\n" in text and "\n" not in text.replace("\r\n", ""), "lines that do not end as they should"
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n")), "a line that is not folded"
    one, other = with_icalendar(text), with_vobject(text)
    assert one == other, f"the parsers disagree: {one} {other}"
    return one


def with_icalendar(text):
    calendar = icalendar.Calendar.from_ical(text)
    entries = []
    for entry in calendar.walk("VEVENT"):
        assert not entry.errors, entry.errors
        entries.append({
            "uid": str(entry["UID"]),
            "sequence": int(entry.get("SEQUENCE", 0)),
            "status": str(entry["STATUS"]),
            "summary": str(entry["SUMMARY"]),
            "starts_at": instant(entry.decoded("DTSTART")),
            "ends_at": instant(entry.decoded("DTEND")),
            "attendee": str(entry["ATTENDEE"]) if "ATTENDEE" in entry else None,
            "organiser": str(entry["ORGANIZER"]) if "ORGANIZER" in entry else None,
        })
    zones = {str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")}
    return str(calendar["METHOD"]), zones, entries


def with_vobject(text):
    calendar = vobject.readOne(text)
    entries = []
    for entry in calendar.vevent_list:
        entries.append({
            "uid": entry.uid.value,
            "sequence": int(entry.sequence.value) if hasattr(entry, "sequence") else 0,
            "status": entry.status.value,
            "summary": entry.summary.value,
            "starts_at": instant(entry.dtstart.value),
            "ends_at": instant(entry.dtend.value),
            "attendee": entry.attendee.value if hasattr(entry, "attendee") else None,
            "organiser": entry.organizer.value if hasattr(entry, "organizer") else None,
        })
    zones = {zone.tzid.value for zone in getattr(calendar, "vtimezone_list", [])}
    return calendar.method.value, zones, entries


def spans(event):
    return tuple(datetime.fromisoformat(event[name]) for name in ("starts_at", "ends_at"))


def check(text, method, event, status, uid=None):
    """Checks a calendar's only entry: times, zone, method, status and, if given, UID. Returns the entry."""
    found, zones, (entry,) = read(text)
    assert (found, entry["status"]) == (method, status), (found, entry["status"])
    assert zones == {event["time_zone"]}, zones
    assert (entry["starts_at"], entry["ends_at"]) == spans(event), entry
    assert uid is None or entry["uid"] == uid, entry["uid"]
    return entry
