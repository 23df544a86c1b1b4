"""The people who register, and the definitions of their events, with what their organisers write."""

from messages import LANGUAGES

NAMES = ['Ōtani & "Søren" <b>', "محمد بن عبد الله", "שרה כהן, ד״ר", "Ñandú " * 33 + "Çé"]
assert max(map(len, NAMES)) == 200
TITLES = {
    "en": "Cities & <i>spaces</i>",
    "es": "Ciudades & <i>espacios</i>: ¿qué?",
    "fr": "Villes & <i>espaces</i> d’outre-mer",
    "ca": "Ciutats & <i>espais</i> col·lectius",
}
# What the organisers write, by language.
REASONS = {
    "en": "The speaker is <ill>.", "es": "La ponente está <enferma>.", "fr": "L’oratrice est <malade>.", "ca": "La ponent està <malalta>.",
}
FOLLOW_UP_TEXTS = {"en": "See you & yours soon.", "es": "¡Hasta pronto!", "fr": "À bientôt !", "ca": "Fins aviat!"}
LOGO = "https://www.example.org/logo.png?a=1&b=2"
MATERIALS = [
    {"label": "Recording", "url": "https://video.example.org/1?a=1&b=2", "kind": "recording"},
    {"label": "Survey", "url": "https://survey.example.org/1", "kind": "survey"},
]


def definition(slug, starts, capacity=None, **registration):
    return {
        "slug": slug, "status": "published", "owner": "metropolis", "language": "en", "title": TITLES, "starts": starts,
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
