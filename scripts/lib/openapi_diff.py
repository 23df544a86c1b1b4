"""Finds the changes between two OpenAPI 3.1 documents that break callers of the older one.

No tool in npm, PyPI or crates.io does this for 3.1 without downloading a binary (openapi-diff and similar tools support
3.0 only), so this module implements what is needed.

The comparison of two schemas asks one question: what may the sender send that the receiver rejects? In a request, the
sender is a caller with the old document and the receiver is the new server. In a response, the sender is the new server
and the receiver is a caller with the old document.
"""

import re

REQUEST, RESPONSE = "request", "response"
METHODS = ("get", "put", "post", "patch", "delete", "head", "options", "trace", "query")
# The keywords that restrict a value, and whether a greater number is stricter.
BOUNDS = {
    "maxLength": False, "maximum": False, "exclusiveMaximum": False, "maxItems": False, "maxProperties": False,
    "minLength": True, "minimum": True, "exclusiveMinimum": True, "minItems": True, "minProperties": True,
}


def breaking_changes(old, new):
    """All breaking changes as sentences, sorted."""
    return sorted(set(_Comparison(old, new).run()))


class _Comparison:
    def __init__(self, old, new):
        self.old, self.new = old, new

    def run(self):
        operations = {_key(path, method): found for path, method, found in _operations(self.new)}
        for path, method, (item, operation) in _operations(self.old):
            at = f"{method.upper()} {path}"
            found = operations.get(_key(path, method))
            if found is None:
                yield f"{at}: the operation is gone"
            else:
                yield from self.operation(at, (item, operation), found)

    def operation(self, at, old, new):
        (old_item, old_op), (new_item, new_op) = old, new
        if old_op.get("operationId") != new_op.get("operationId"):
            yield f"{at}: operationId {old_op.get('operationId')} has become {new_op.get('operationId')}"
        yield from self.security(at, old_op, new_op)
        yield from self.parameters(at, old_item, old_op, new_item, new_op)
        yield from self.request_body(at, old_op.get("requestBody"), new_op.get("requestBody"))
        new_responses = new_op.get("responses", {})
        for status, response in old_op.get("responses", {}).items():
            if status not in new_responses:
                yield f"{at}: the answer {status} is gone"
            else:
                there = f"{at} {status}"
                yield from self.response(there, self.of_old(response), self.of_new(new_responses[status]))

    def security(self, at, old, new):
        before = old.get("security", self.old.get("security")) or [{}]
        after = new.get("security", self.new.get("security")) or [{}]
        for way in before:
            if not any(set(other) <= set(way) for other in after):
                yield f"{at}: {' and '.join(way) or 'no token'} is no longer enough"

    def parameters(self, at, old_item, old_op, new_item, new_op):
        before, after = self._parameters(self.of_old, old_item, old_op), self._parameters(self.of_new, new_item, new_op)
        # Path parameters may be renamed, but not reordered.
        for key, new in after.items():
            if key not in before and new.get("required"):
                yield f"{at}: the {new['in']} parameter {new['name']} is new and required"
        for key, old in before.items():
            there = f"{at}: the {old['in']} parameter {old['name']}"
            new = after.get(key)
            if new is None:
                yield f"{there} is gone"
                continue
            if new.get("required") and not old.get("required"):
                yield f"{there} is required now"
            yield from self.rejections(there, old.get("schema", {}), new.get("schema", {}), REQUEST)

    @staticmethod
    def _parameters(resolve, item, operation):
        found, position = {}, 0
        for parameter in map(resolve, item.get("parameters", []) + operation.get("parameters", [])):
            if parameter["in"] == "path":
                name, position = position, position + 1
            else:
                name = parameter["name"].lower() if parameter["in"] == "header" else parameter["name"]
            found[parameter["in"], name] = parameter
        return found

    def request_body(self, at, old, new):
        old, new = self.of_old(old), self.of_new(new)
        if new and new.get("required") and not (old and old.get("required")):
            yield f"{at}: a body is required now"
        if not old:
            return
        after = new.get("content", {}) if new else {}
        for media_type, content in old.get("content", {}).items():
            if media_type not in after:
                yield f"{at}: {media_type} is no longer taken"
            else:
                old_schema, new_schema = content.get("schema", {}), after[media_type].get("schema", {})
                yield from self.rejections(f"{at}: the body", old_schema, new_schema, REQUEST)

    def response(self, at, old, new):
        for name, header in old.get("headers", {}).items():
            new_header = new.get("headers", {}).get(name)
            there = f"{at}: the header {name}"
            if new_header is None:
                yield f"{there} is gone"
                continue
            header, new_header = self.of_old(header), self.of_new(new_header)
            if header.get("required") and not new_header.get("required"):
                yield f"{there} may be missing now"
            yield from self.rejections(there, header.get("schema", {}), new_header.get("schema", {}), RESPONSE)
        for media_type, content in old.get("content", {}).items():
            new_content = new.get("content", {}).get(media_type)
            if new_content is None:
                yield f"{at}: {media_type} is no longer sent"
            else:
                yield from self.rejections(f"{at}: the body", content.get("schema", {}), new_content.get("schema", {}), RESPONSE)

    def rejections(self, at, old, new, direction, seen=()):
        """Yields the ways in which the receiver rejects what the sender may send."""
        pair = (old.get("$ref"), new.get("$ref"))
        if any(pair) and pair in seen:
            return
        seen = (*seen, pair)
        old, new = self.flat(old, self.of_old), self.flat(new, self.of_new)
        old_ways, new_ways = _alternatives(old), _alternatives(new)
        if len(old_ways) > 1 or len(new_ways) > 1:
            yield from self.alternatives(at, old_ways, new_ways, direction, seen)
            return
        sender, receiver = (old, new) if direction == REQUEST else (new, old)
        yield from _types(at, sender, receiver, direction)
        if direction == REQUEST:
            yield from _values(at, sender, receiver)
        yield from self.fields(at, old, new, direction, seen)
        if "items" in old and "items" in new:
            yield from self.rejections(f"{at}[]", old["items"], new["items"], direction, seen)

    def alternatives(self, at, old_ways, new_ways, direction, seen):
        senders, receivers = (old_ways, new_ways) if direction == REQUEST else (new_ways, old_ways)
        for sender in senders:
            pairs = [(sender, r) if direction == REQUEST else (r, sender) for r in receivers]
            if not any(next(self.rejections(at, o, n, direction, seen), None) is None for o, n in pairs):
                yield f"{at}: a form that was {'taken is refused' if direction == REQUEST else 'not sent is sent'} now"

    def fields(self, at, old, new, direction, seen):
        old_fields, new_fields = old.get("properties", {}), new.get("properties", {})
        for name, schema in old_fields.items():
            if name not in new_fields:
                yield f"{at}: {name} is gone"
            else:
                yield from self.rejections(f"{at}.{name}", schema, new_fields[name], direction, seen)
        old_required, new_required = set(old.get("required", [])), set(new.get("required", []))
        if direction == REQUEST:
            for name in sorted(new_required - old_required):
                yield f"{at}: {name} is required now"
            if new.get("additionalProperties") is False and old.get("additionalProperties") is not False and old_fields:
                yield f"{at}: unknown fields are refused now"
        else:
            for name in sorted((old_required - new_required) & set(new_fields)):
                yield f"{at}: {name} may be missing now"

    def flat(self, schema, resolve):
        """A schema with references resolved and `allOf` merged."""
        schema = resolve(schema)
        parts = schema.get("allOf")
        if not parts:
            return schema
        merged = {key: value for key, value in schema.items() if key != "allOf"}
        for part in (self.flat(part, resolve) for part in parts):
            for key, value in part.items():
                if key == "properties":
                    merged[key] = {**merged.get(key, {}), **value}
                elif key == "required":
                    merged[key] = [*merged.get(key, []), *value]
                else:
                    merged.setdefault(key, value)
        return merged

    def of_old(self, value):
        return _resolve(self.old, value)

    def of_new(self, value):
        return _resolve(self.new, value)


def _operations(document):
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                yield path, method, (item, item[method])


def _key(path, method):
    return re.sub(r"\{[^}]*\}", "{}", path), method


def _resolve(document, value):
    while isinstance(value, dict) and "$ref" in value:
        target = document
        for token in value["$ref"].removeprefix("#/").split("/"):
            target = target[token.replace("~1", "/").replace("~0", "~")]
        value = target
    return value


def _alternatives(schema):
    return schema.get("oneOf") or schema.get("anyOf") or [schema]


def _types_of(schema):
    types = schema.get("type")
    if types is None:
        return None
    return {types} if isinstance(types, str) else set(types)


def _types(at, sender, receiver, direction):
    sent, accepted = _types_of(sender), _types_of(receiver)
    if accepted is not None and sent != accepted:
        odd = {"anything"} if sent is None else {t for t in sent if t not in accepted and not (t == "integer" and "number" in accepted)}
        if odd:
            what = "is refused" if direction == REQUEST else "is sent"
            yield f"{at}: {' or '.join(sorted(odd))} {what} now"
    if receiver.get("format") and receiver["format"] != sender.get("format"):
        yield f"{at}: the format {_named(sender.get('format'))} is {_named(receiver['format'])} now" if direction == REQUEST else (
            f"{at}: the format {_named(receiver['format'])} is {_named(sender.get('format'))} now"
        )


def _named(text):
    return text or "(none)"


def _values(at, sender, receiver):
    """Values that are no longer accepted. Responses may gain enum values, because callers must handle unknown ones."""
    accepted = receiver.get("enum", [receiver["const"]] if "const" in receiver else None)
    if accepted is not None:
        sent = sender.get("enum", [sender["const"]] if "const" in sender else None)
        if sent is None:
            yield f"{at}: only {_listed(accepted)} may be sent now"
        elif lost := [value for value in sent if value not in accepted]:
            yield f"{at}: {_listed(lost)} may no longer be sent"
    for name, greater_is_stricter in BOUNDS.items():
        if name in receiver:
            before, after = sender.get(name), receiver[name]
            if before is None and name.startswith("min") and after == 0 and name != "minimum":
                continue
            if before is None or (after > before if greater_is_stricter else after < before):
                yield f"{at}: {name} {_named(before if before is None else str(before))} is {after} now"
    if receiver.get("pattern") and receiver["pattern"] != sender.get("pattern"):
        yield f"{at}: the pattern has changed"


def _listed(values):
    shown = ", ".join(map(str, values[:5]))
    return shown if len(values) <= 5 else f"{shown} and {len(values) - 5} more"
