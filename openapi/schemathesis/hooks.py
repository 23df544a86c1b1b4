"""What the specification cannot say to Schemathesis: which data are fresh, which belong to an event, whose token opens
what. Changes are made right before a request is sent, so Schemathesis judges the request as it was sent."""

import json
import os
import re
import threading
import uuid

import schemathesis

# scripts/contract says them: the keys of the audiences by the event's id and slug, a registration with its token, a client
# with one, and the id of an event that organisers' operations may change.
AUDIENCES = json.loads(os.environ["CONTRACT_AUDIENCES"])
FIRST = json.loads(os.environ["CONTRACT_REGISTRATION"])
CLIENT = json.loads(os.environ["CONTRACT_CLIENT"])
EVENT = os.environ["CONTRACT_EVENT"]
CREATE = "create_registration"
BATCH = "create_registrations_batch"
UPDATE = "update_registration"
DELETE = "delete_registration"
WEBHOOK_WRITES = ("create_webhook_endpoint", "update_webhook_endpoint")
TAGS = re.compile(r'\*$|(W/)?"')
PUT = "put_definition"
RENAME = "rename_event"
# Registrations' operations for clients alone.
CLIENTS_ONLY = ("record_attendance", "reinstate_registration")
# Operations on one event, for its organisers.
ORGANISERS = re.compile(r"/events/\{event\}/(cancel|definition|preview|reinstate|rename|revisions|statistics)")

# What Schemathesis puts as a definition, as JSON and as YAML: few fields, whose values fit together and mean the same in
# both. That the whole schema and the parser agree is tested with the parser.
_WORDS = {"type": "string", "pattern": "^[A-Z][a-z]{2,9}( [a-z]{3,9}){1,3}$", "maxLength": 60}
DEFINITION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["slug", "language", "title", "starts", "time_zone", "duration_minutes"],
    "properties": {
        "slug": {"type": "string", "pattern": "^[a-z]{3,9}(-[a-z0-9]{3,12}){1,3}$", "maxLength": 80},
        "status": {"enum": ["draft", "published"]},
        "language": {"enum": ["en", "es", "fr", "ca"]},
        "title": {"anyOf": [_WORDS, {"type": "object", "additionalProperties": False, "required": ["en"],
                                     "properties": {"en": _WORDS, "es": _WORDS}}]},
        "summary": {"anyOf": [_WORDS, {"type": "null"}]},
        "topics": {"type": "array", "maxItems": 5, "items": _WORDS},
        "starts": {"enum": ["2099-06-01T10:00", "2099-06-01T11:30:00", "2098-12-31T23:59"]},
        "time_zone": {"enum": ["Etc/UTC", "Europe/Madrid", "America/Sao_Paulo"]},
        "duration_minutes": {"type": "integer", "minimum": 1, "maximum": 600},
        "registration": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "capacity": {"type": ["integer", "null"], "minimum": 1, "maximum": 10000},
                "waitlist": {"type": "boolean"},
            },
        },
    },
}

_lock = threading.Lock()
_tokens = {FIRST["id"]: FIRST["manage_token"]}
_events = {FIRST["id"]: FIRST["event"]["slug"]}
_etags = {}
# The slug that EVENT was given last, and those it had before: whatever is sent to one of them is redirected.
_slug = {EVENT: "contract"}
_former_slugs = set()
# The ids and slugs of events that were put.
_put = set()


@schemathesis.hook
def before_load_schema(context, raw_schema):
    body = raw_schema["paths"]["/v1/events/{event}/definition"]["put"]["requestBody"]
    for content in body["content"].values():
        content["schema"] = DEFINITION
        # The recorded examples are about another event.
        content.pop("example", None)


@schemathesis.auth().apply_to(path_regex=r"^/v1/registrations/").skip_for(path_regex=r"/(attendance|reinstate)$")
class HolderAuth:
    """The registration's own token; for one that does not exist, another's."""

    def get(self, case, context):
        with _lock:
            return _tokens.get((case.path_parameters or {}).get("registration"), FIRST["manage_token"])

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.auth().apply_to(
    path_regex=r"^/v1/(audit$|changes$|definitions$|webhook-endpoints|registrations/.+/(attendance|reinstate)$"
    r"|events/.+/(registrations(/batch|/export)?|messages|attendance|cancel|definition|preview|reinstate|rename)$"
    r"|events/.+/(revisions|statistics))"
).skip_for(operation_id=CREATE)
class ClientAuth:
    """The client's access token."""

    def get(self, case, context):
        return CLIENT["access_token"]

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(context, case, kwargs):
    path = case.path_parameters or {}
    if path.get("event") in _former_slugs or ORGANISERS.search(case.operation.path) and path.get("event") in AUDIENCES:
        # What has moved has one answer, whatever is sent; and other operations need the other events as they are.
        path["event"] = EVENT
    if _id(case) == RENAME and path.get("event") in _put:
        # One event alone is renamed, so that its former slugs are known.
        path["event"] = EVENT
    if case.meta is not None and not case.meta.generation.mode.is_positive:
        return
    if "registration" in path:
        _existing_registration(case, path)
    if ORGANISERS.search(case.operation.path):
        _own_event(case, path)
    if _id(case) == UPDATE:
        if isinstance(case.body, dict):
            # Only organisers' clients change addresses; the token is the holder's.
            case.body.pop("email", None)
        _fit(case.body, AUDIENCES.get(_events.get(path.get("registration")), []))
    if _id(case) == CREATE:
        _fresh_registration(case.body, AUDIENCES.get(path.get("event"), []), is_client=False)
    if _id(case) == BATCH and isinstance(case.body, dict):
        for item in case.body.get("items") or []:
            _fresh_registration(item, AUDIENCES.get(path.get("event"), []), is_client=True)
    if _id(case) == "create_access_token" and isinstance(case.body, dict):
        case.body |= {"client_id": CLIENT["client_id"], "client_secret": CLIENT["client_secret"]}
        case.body.pop("scope", None)
    if _id(case) in WEBHOOK_WRITES and isinstance(case.body, dict) and case.body.get("url") is not None:
        # Only public addresses are taken; nobody answers at this one.
        case.body["url"] = f"https://hooks.example.org/{uuid.uuid4().hex}"
    headers, query = case.headers or {}, case.query or {}
    if "Idempotency-Key" in headers:
        # A key belongs to one body; Schemathesis would send the same one with several.
        headers["Idempotency-Key"] = str(uuid.uuid4())
    if not TAGS.match(headers.get("If-Match", "*")):
        # Values that links make of answers may be no tags at all.
        del headers["If-Match"]
    if "If-None-Match" in headers and _id(case) != PUT and case.formatted_path in _etags:
        headers["If-None-Match"] = _etags[case.formatted_path]
    # Only the server makes cursors, and they are signed.
    query.pop("cursor", None)
    # Nothing happens while it would wait.
    if "wait" in query:
        query["wait"] = 0


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code == 201 and _id(case) == CREATE:
        made = response.json()
        with _lock:
            _tokens[made["id"]] = made["manage_token"]
            _events[made["id"]] = made["event"]["slug"]
    if response.status_code == 200 and _id(case) == BATCH:
        made = [result["registration"] for result in response.json()["results"] if result.get("registration")]
        with _lock:
            _tokens.update((one["id"], one["manage_token"]) for one in made)
    if response.status_code == 201 and _id(case) == PUT:
        _put.update(response.json()["event"].values())
    if response.status_code == 200 and _id(case) == RENAME:
        event = response.json()["event"]
        _former_slugs.update({_slug[event["id"]]} - {event["slug"]})
        _slug[event["id"]] = event["slug"]
    if response.status_code == 204 and _id(case) == DELETE:
        with _lock:
            _tokens.pop((case.path_parameters or {}).get("registration"), None)
    if response.status_code == 200 and "etag" in response.headers:
        _etags[case.formatted_path] = response.headers["etag"][0]


def _id(case):
    return case.operation.definition.raw.get("operationId")


def _existing_registration(case, path):
    """A made-up id names nothing. A few are left as they are: that has an answer too."""
    erased_first = _id(case) == DELETE and path["registration"] == FIRST["id"]
    if erased_first or path["registration"] not in _tokens and hash(path["registration"]) % 5:
        with _lock:
            # The first one stays, for the others to find.
            all_of_them = [one for one in _tokens if _id(case) != DELETE or one != FIRST["id"]]
            if not all_of_them:
                return
            path["registration"] = all_of_them[hash(path["registration"]) % len(all_of_them)]
            # The token was chosen for the made-up id.
            if "Authorization" in (case.headers or {}) and _id(case) not in CLIENTS_ONLY:
                case.headers["Authorization"] = f"Bearer {_tokens[path['registration']]}"


def _own_event(case, path):
    """The event that may be changed; the others keep their names and states. A few made-up names are left as they are:
    they have an answer too."""
    if path["event"] not in (EVENT, _slug[EVENT]) and hash(path["event"]) % 5 == 0:
        return
    path["event"] = EVENT
    # There is a first revision, and hardly any other number that comes up.
    if "revision" in path:
        path["revision"] = 1
    headers = case.headers or {}
    # Half of the tags are right.
    if "If-Match" in headers and hash(headers["If-Match"]) % 2:
        headers["If-Match"] = "*"
    body = case.body
    if not isinstance(body, dict):
        return
    # The tags' form is not enough: the languages must be registered ones.
    if _id(case) == "cancel_event" and isinstance(body.get("reason"), dict):
        case.body = {**body, "reason": dict(zip(("en", "es", "fr"), body["reason"].values()))}
    # A slug is given once, so something new follows the generated one.
    if _id(case) == RENAME and isinstance(body.get("slug"), str):
        case.body = {**body, "slug": f"{body['slug'][:40].rstrip('-')}-{uuid.uuid4().hex[:12]}"}
    if _id(case) == PUT:
        # A new event, whose slug is that of the path.
        path["event"] = f"new-{uuid.uuid4().hex[:12]}"
        case.body = {**body, "slug": path["event"]}
        case.headers = {**headers, "If-None-Match": "*"}
        case.headers.pop("If-Match", None)


def _fresh_registration(body, audiences, is_client):
    """A person who has not registered, with what fits the event."""
    if not isinstance(body, dict):
        return
    if isinstance(body.get("email"), str):
        # The generated address stays, so that all forms are tried, with something new before it.
        local, _, domain = body["email"].rpartition("@")
        body["email"] = f"{uuid.uuid4().hex[:12]}.{local[:40]}".rstrip(".") + f"@{domain}"
    _fit(body, audiences)
    # Only clients may give one, and each once.
    if body.get("external_reference") is not None:
        body["external_reference"] = uuid.uuid4().hex if is_client else None


def _fit(body, audiences):
    """What fits the event."""
    if not isinstance(body, dict):
        return
    if body.get("audience") is not None:
        body["audience"] = audiences[len(body["audience"]) % len(audiences)] if audiences else None
    # The events ask no questions, so there is nothing to answer.
    if body.get("answers"):
        body["answers"] = {}
