"""Parses messages with Python's mail and HTML parsers, and checks their content."""

import email
import email.header
import email.policy
import email.utils
import re
from datetime import datetime
from html.parser import HTMLParser
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

# The beginnings of subjects by kind, in the order of LANGUAGES.
SUBJECTS = {
    "registered": ("You are registered:", "Inscripción confirmada:", "Inscription confirmée :", "Inscripció confirmada:"),
    "waitlisted": ("You are on the waiting list:", "En lista de espera:", "Sur la liste d’attente :", "En llista d’espera:"),
    "promoted": ("You have a seat:", "Ya tiene plaza:", "Vous avez une place :", "Ja teniu plaça:"),
    "cancelled": ("Your registration is cancelled:", "Inscripción cancelada:", "Inscription annulée :", "Inscripció cancel·lada:"),
    "confirm": ("Please confirm your email address:", "Confirme su dirección de correo:", "Confirmez votre adresse e-mail :",
                "Confirmeu la vostra adreça de correu:"),
    "already": ("You are already registered:", "Ya tiene una inscripción:", "Vous avez déjà une inscription :", "Ja teniu una inscripció:"),
    "link": ("Your registration:", "Su inscripción:", "Votre inscription :", "La vostra inscripció:"),
    "reminder": ("Reminder:", "Recordatorio:", "Rappel :", "Recordatori:"),
    "changed": ("Changed:", "Cambios:", "Changements :", "Canvis:"),
    "called_off": ("Cancelled:", "Cancelado:", "Annulé :", "Cancel·lat:"),
    "reinstated": ("Will take place after all:", "Finalmente se celebrará:", "Aura finalement lieu :", "Finalment se celebrarà:"),
    "followed_up": ("Afterwards:", "Después del evento:", "Après l’événement :", "Després de l’esdeveniment:"),
    "registration_reinstated": ("Your registration is valid again:", "Su inscripción vuelve a ser válida:",
                                "Votre inscription est de nouveau valable :", "La vostra inscripció torna a ser vàlida:"),
    "address_changed": ("Your registration has a new email address:", "Su inscripción tiene otra dirección de correo:",
                        "Votre inscription a une nouvelle adresse e-mail :", "La vostra inscripció té una altra adreça de correu:"),
    "address_replaced": ("This email address is no longer used:", "Esta dirección de correo ya no se utiliza:",
                         "Cette adresse e-mail n’est plus utilisée :", "Aquesta adreça de correu ja no s’utilitza:"),
}
LANGUAGES = ("en", "es", "fr", "ca")
# The method of the attached calendar, by kind of message.
METHODS = {"registered": "REQUEST", "promoted": "REQUEST", "changed": "REQUEST", "reinstated": "REQUEST", "cancelled": "CANCEL",
           "called_off": "CANCEL", "registration_reinstated": "REQUEST", "address_changed": "REQUEST"}
ISOLATES = dict.fromkeys([0x2068, 0x2069])


class Page(HTMLParser):
    """Collects the elements, links, images and text of an HTML page."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.links, self.images, self.words, self.language = [], [], [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.elements.append(tag)
        if tag == "a":
            self.links.append(attributes["href"])
        if tag == "img":
            self.images.append((attributes["src"], attributes["alt"]))
        if tag == "html":
            self.language = attributes["lang"]

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


# The elements of the layout; any other element would be injected through a name.
ELEMENTS = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "div", "span", "a", "ul", "li", "img",
            "table", "tr", "td"}


def addressee(raw):
    """The name and the address in `To`. Uses Python's older parser, because the newer one keeps blanks between encoded words,
    which RFC 2047, section 6.2, says to ignore."""
    name, address = email.utils.parseaddr(email.message_from_bytes(raw)["To"].replace("\r\n", ""))
    return str(email.header.make_header(email.header.decode_header(name))), address


class Message:
    """A message. Creating it checks what every message must have."""

    def __init__(self, raw):
        message = email.message_from_bytes(raw, policy=email.policy.default)
        assert not message.defects and all(not p.defects for p in message.walk()), "a mail that is not well-formed"
        assert all(len(line) <= 998 for line in raw.split(b"\r\n")), "a line that is too long"
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["MIME-Version"] == "1.0"
        assert re.fullmatch(r"<[a-z0-9-]+\.events\.example\.org>", message["List-Id"]), message["List-Id"]
        assert re.fullmatch(r"<[0-9a-f-]{36}@example\.org>", message["Message-ID"]), message["Message-ID"]
        assert message["Date"].datetime.tzinfo is not None
        assert message["From"].addresses[0].addr_spec == "events@example.org"
        self.to = addressee(raw)
        self.id, self.subject = message["Message-ID"], message["Subject"]
        self.language = message["Content-Language"]
        self.slug = message["List-Id"][1:].split(".")[0]
        assert message.get_content_type() == "multipart/alternative"
        parts = list(message.iter_parts())
        kinds = [part.get_content_type() for part in parts]
        assert kinds in (["text/plain", "text/html"], ["text/plain", "text/html", "text/calendar"]), kinds
        self.text, self.html = parts[0].get_content(), parts[1].get_content()
        self.page = Page(self.html)
        assert set(self.page.elements) <= ELEMENTS, self.page.elements
        assert self.page.language == self.language
        self.calendar = self.method = None
        if len(parts) == 3:
            self.method = parts[2].get_param("method")
            self.calendar = parts[2].get_payload(decode=True).decode()
        self.links = re.findall(r"https?://\S+", self.text)
        assert self.links == self.page.links, (self.links, self.page.links)
        # The first link leads to the event's page.
        assert self.links.pop(0).endswith(f"/events/{self.slug}?lang={self.language}"), self.page.links

    def link(self):
        """The parameters in the fragment of the link to the page that manages or confirms the registration."""
        (link,) = self.links
        page, fragment = link.split("#")
        assert page.endswith("/confirm" if self.kind == "confirm" else "/registration"), page
        found = {name: values[0] for name, values in parse_qs(fragment, strict_parsing=True).items()}
        assert (found["lang"], found["event"]) == (self.language, self.slug)
        return found

    @property
    def kind(self):
        index = LANGUAGES.index(self.language)
        subject = self.subject.replace("\u00a0", " ")
        kinds = [kind for kind, starts in SUBJECTS.items() if subject.startswith(starts[index] + " ")]
        assert len(kinds) == 1, (subject, kinds)
        return kinds[0]

    def check(self, person, event):
        """Checks the recipient, the language, the title, the logo, and the event's times in its zone and in UTC."""
        assert self.to == (person["name"], person["email"]), self.to
        assert self.language == person["language"]
        title = event["titles"][self.language]
        assert title in self.subject and title in self.text and title in self.page.text, self.subject
        assert self.page.images == [(logo, "Plenaria") for logo in event["logos"]], self.page.images
        for text in (self.text.translate(ISOLATES), self.page.text.translate(ISOLATES)):
            assert person["name"] in " ".join(text.split()), f"{person['name']} is not in {text}"
            assert "&amp;" not in text and "&lt;" not in text and "&#" not in text, text
            for zone in ("UTC", event["time_zone"]):
                start, end = (
                    datetime.fromisoformat(event[name]).astimezone(ZoneInfo(zone)).strftime("%H:%M")
                    for name in ("starts_at", "ends_at")
                )
                assert f"{start}–{end}" in text, f"{start}–{end} is not in {text}"
            assert event["time_zone"] in text and "UTC" in text
