"""The events of both databases, which differ only in their seats."""

HOT, QUEUE, TEMPLATE, LAST = "growth-hot", "growth-queue", "growth-template", "growth-last"
TEMPLATE_START = "2031-08-01T15:00:00"
# The filled-in events start before all of these.
FIRST_START = "2030-01-01 00:00:00"
SEATS = 10


def definition(slug, start, capacity=None, waitlist=False, title="Growth"):
    talks = [{"key": f"talk-{n}", "title": {"en": f"Talk {n}", "es": f"Charla {n}"}, "minutes": 15,
              "speakers": ["template-one" if n % 2 else "template-two"]} for n in range(4)]
    speakers = [{"key": f"template-{n}", "name": f"Speaker {n}", "position": {"en": "Mayor", "es": "Alcaldesa"},
                 "city": "Barcelona", "country": "ES"} for n in ("one", "two")]
    return {
        "slug": slug, "status": "published", "owner": "bench", "language": "en", "title": title,
        "summary": {"en": "How cities and metropolitan areas grow.", "es": "Cómo crecen las ciudades."},
        "topics": ["Growth"], "starts": start, "time_zone": "Etc/UTC",
        "registration": {"capacity": capacity, "waitlist": waitlist},
        "speakers": speakers, "programme": {"sessions": talks},
    }


def all_definitions():
    return [definition(HOT, "2031-07-22T15:00:00"), definition(QUEUE, "2031-07-23T15:00:00", SEATS, True),
            definition(TEMPLATE, TEMPLATE_START), definition(LAST, "2031-08-02T15:00:00")]
