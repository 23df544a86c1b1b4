"""The journey through the pages for people, with nothing but links and forms: what a browser without JavaScript can do.

Forms are read with Python's HTML parser and sent with the values that they have, so that nothing is known here that is
not on the page.
"""

from html.parser import HTMLParser
from urllib.parse import urlencode

from attendees import definition, people

FORM_TYPE = "application/x-www-form-urlencoded"
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


class Form:
    def __init__(self, attributes):
        self.id, self.method = attributes.get("id"), attributes.get("method", "get")
        self.action, self.fields, self.boxes = attributes.get("action", ""), [], {}


class Document(HTMLParser):
    """The forms of a page, the attributes of elements with an id, and its text."""

    def __init__(self, response):
        super().__init__(convert_charrefs=True)
        self.response, self.forms, self.ids, self.words = response, [], {}, []
        self.textarea, self.language, self.has_script = None, None, False
        self.feed(response.text)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attributes):
        attributes = {name: value or "" for name, value in attributes}
        if "id" in attributes:
            assert attributes["id"] not in self.ids, f"the id {attributes['id']} is there twice"
            self.ids[attributes["id"]] = attributes
        if tag == "html":
            self.language = attributes["lang"]
        elif tag == "form":
            self.forms.append(Form(attributes))
        elif tag in ("input", "textarea", "select", "button") and self.forms and attributes.get("name"):
            self.add_field(tag, attributes)

    def add_field(self, tag, attributes):
        form, name, value = self.forms[-1], attributes["name"], attributes.get("value", "")
        if tag == "button":
            return
        if attributes.get("type") in ("checkbox", "radio"):
            form.boxes.setdefault(name, []).append(value)
            if "checked" not in attributes:
                return
        form.fields.append((name, value))
        if tag == "textarea":
            self.textarea = form

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.textarea = None

    def handle_data(self, data):
        self.words.append(data)
        if self.textarea:
            name, value = self.textarea.fields[-1]
            # HTML ignores the first line break.
            self.textarea.fields[-1] = (name, value + (data if value else data.removeprefix("\n")))

    def form(self, action=None, id=None):
        found = [form for form in self.forms if (action is None or form.action.split("?")[0] == action) and id in (None, form.id)]
        assert len(found) == 1, f"{len(found)} forms {action or id} in {self.response.text}"
        return found[0]

    def state(self):
        return self.ids.get("state", {}).get("data-state")

    def status(self):
        return self.ids.get("registration", {}).get("data-status")


class Visitor:
    """A browser without JavaScript, in one language."""

    def __init__(self, program, language):
        self.program, self.language = program, language

    def open(self, path, status=200):
        response = self.program.get(path, Accept=BROWSER, Accept_Language=self.language)
        return self.read(response.expect(status))

    def send(self, form, status=200, check=(), **values):
        """Sends a form with other values in some of its fields; `check` are the names of boxes to check."""
        assert form.method == "post", form.action
        names = {name for name, _ in form.fields} | set(form.boxes)
        assert set(values) <= names and set(check) <= set(form.boxes), f"{sorted(values)} {check} in {sorted(names)}"
        fields = [(name, values.get(name, value)) for name, value in form.fields]
        fields += [(name, form.boxes[name][0]) for name in check]
        headers = {"Accept": BROWSER, "Accept_Language": self.language, "Content_Type": FORM_TYPE}
        return self.read(self.program.post(form.action, urlencode(fields), **headers).expect(status))

    def read(self, response):
        if not response.headers["Content-Type"].startswith("text/html"):
            return response
        page = Document(response)
        assert page.language == self.language, (page.language, self.language)
        assert response.headers.get("Set-Cookie") is None
        return page


def private_link(message):
    """The link of a message that has a token."""
    (link,) = (link for link in message.links if "#" in link)
    return link


def walk(journey):
    """Registering, the registration's page, changing, cancelling and erasing, in each language."""
    event = journey.publish(definition("walked", "2031-05-01T15:00", capacity=10))
    for person in people("walked"):
        register(journey.program, person, event)
    messages = journey.expect(event, registered="walked")
    for person in people("walked"):
        change_and_cancel(journey.program, person, private_link(messages[person["language"]]))
    journey.expect(event, cancelled="walked")
    for person in people("walked"):
        erase(journey.program, person, private_link(messages[person["language"]]))
    confirm(journey)


def register(program, person, event):
    visitor = Visitor(program, person["language"])
    page = visitor.open("/")
    assert event["titles"][person["language"]] in page.text, page.text
    page = visitor.open(f"/events/{event['slug']}")
    assert page.state() == "open", page.state()
    # Errors are all said at once, and nothing that was entered is lost.
    page = visitor.send(page.form(id="registration-form"), 422, name=person["name"], email="nobody")
    assert {"error-summary", "error-email", "error-privacy_accepted"} <= set(page.ids) and "error-name" not in page.ids
    form = page.form(id="registration-form")
    assert dict(form.fields)["name"] == person["name"], form.fields
    page = visitor.send(form, 201, check=["privacy_accepted"], email=person["email"])
    assert page.state() == "registered", page.response.text
    page = visitor.send(page.form("/registration"))
    assert page.status() == "confirmed" and person["name"] in page.text, page.response.text
    assert page.response.headers["Cache-Control"] == "no-store"


def change_and_cancel(program, person, link):
    visitor = Visitor(program, person["language"])
    page = visitor.send(visitor.open("/registration").form(id="link-form"), link=link)
    assert page.status() == "confirmed", page.response.text
    calendar = visitor.send(page.form("/registration/calendar"))
    assert calendar.text.startswith("BEGIN:VCALENDAR") and calendar.headers["Cache-Control"] == "no-store"
    page = visitor.send(page.form("/registration/edit"))
    page = visitor.send(page.form(id="edit-form"), city="Badalona", country="ES")
    assert page.status() == "confirmed" and "Badalona" in page.text and person["name"] in page.text, page.response.text
    page = visitor.send(page.form("/registration/cancel"))
    assert page.status() is None, "asking changes nothing"
    page = visitor.send(page.form("/registration/cancelled"), reason="Ill & <tired>")
    assert page.status() == "cancelled" and "Ill & <tired>" in page.text, page.response.text


def erase(program, person, link):
    visitor = Visitor(program, person["language"])
    page = visitor.send(visitor.open("/registration").form(id="link-form"), link=link)
    page = visitor.send(page.form("/registration/erase"))
    page = visitor.send(page.form("/registration/erased"))
    assert page.status() == "erased" and person["name"] not in page.text, page.response.text
    page = visitor.send(visitor.open("/registration").form(id="link-form"), 404, link=link)
    assert person["name"] not in page.text


def confirm(journey):
    """An address is confirmed by a button, and not by opening the link."""
    event = journey.publish(definition("walked-confirming", "2031-06-01T15:00", email_confirmation=True))
    for person in people("confirmed"):
        visitor = Visitor(journey.program, person["language"])
        form = visitor.open(f"/events/{event['slug']}").form(id="registration-form")
        fields = {"name": person["name"], "email": person["email"]}
        assert visitor.send(form, 202, check=["privacy_accepted"], **fields).state() == "confirmation_sent"
    messages = journey.expect(event, confirm="confirmed")
    for person in people("confirmed"):
        visitor = Visitor(journey.program, person["language"])
        link = private_link(messages[person["language"]])
        visitor.open(link[link.index("/confirm") :].split("#")[0])
        page = visitor.send(visitor.open("/confirm").form(id="link-form"), 201, link=link)
        assert page.status() == "confirmed", page.response.text
    journey.expect(event, registered="confirmed")
