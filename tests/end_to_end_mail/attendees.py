"""The people who register, and the definitions of their events."""

from messages import LANGUAGES

NAMES = ['Ōtani & "Søren" <b>', "محمد بن عبد الله", "שרה כהן, ד״ר", "Ñandú " * 33 + "Çé"]
assert max(map(len, NAMES)) == 200
TITLES = {
    "en": "Cities & <i>spaces</i>",
    "es": "Ciudades & <i>espacios</i>: ¿qué?",
    "fr": "Villes & <i>espaces</i> d’outre-mer",
    "ca": "Ciutats & <i>espais</i> col·lectius",
}


def definition(slug, starts, capacity=None, **registration):
    return {
        "slug": slug, "status": "published", "language": "en", "title": TITLES, "starts": starts,
        "time_zone": "Europe/Madrid", "duration_minutes": 62,
        "registration": {"capacity": capacity, "waitlist": True} | registration,
        "join": {"url": "https://meet.example.org/room", "minutes_before": 15},
    }


def address(group, language):
    return f"{group}.{language}@example.net"


def people(group):
    """One person for each language, each with a name that is hard to encode."""
    return [
        {"email": address(group, language), "name": name, "language": language, "privacy_accepted": True}
        for language, name in zip(LANGUAGES, NAMES)
    ]
