"""Prints a document of OpenAPI 3.0 without what progenitor cannot read: it takes one type for all good answers of an
operation and one for all errors, and bodies of JSON or forms alone. Reads what openapi-down-convert made of openapi/v1.json."""

import json
import sys

BODIES = ("application/json", "application/x-www-form-urlencoded")


def reduced(document):
    document.pop("webhooks", None)
    for path in document["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and "responses" in operation:
                reduce_operation(operation, document)
    for schema in document["components"]["schemas"].values():
        walk(schema)
        # progenitor makes a type of its own for each null, under the same name.
        schema.pop("nullable", None)
    document["components"] = {"schemas": document["components"]["schemas"]}
    return document


def reduce_operation(operation, document):
    operation["parameters"] = [resolved(one, document, "parameters") for one in operation.get("parameters", ())]
    for parameter in operation["parameters"]:
        parameter.pop("example", None)
        parameter.pop("examples", None)
        if "anyOf" in resolved(parameter["schema"], document, "schemas"):
            parameter["schema"] = {"type": "string"}
        walk(parameter["schema"])
    body = operation.get("requestBody")
    if body is not None:
        known = {kind: {"schema": content["schema"]} for kind, content in body["content"].items() if kind in BODIES}
        body["content"] = dict(list(known.items())[:1])
        # progenitor takes no body that may be left out.
        body["required"] = True
        walk(body)
    good = [resolved(answer, document, "responses") for status, answer in operation["responses"].items() if status[0] == "2"]
    schemas = [answer["content"]["application/json"]["schema"] for answer in good
               if "application/json" in answer.get("content", {})]
    distinct = [one for n, one in enumerate(schemas) if one not in schemas[:n]]
    if not distinct:
        answer = {"description": "Done"} if not any(one.get("content") for one in good) else {
            "description": "Bytes", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
    else:
        schema = distinct[0] if len(distinct) == 1 else {"oneOf": distinct}
        answer = {"description": "Done", "content": {"application/json": {"schema": schema}}}
    walk(answer)
    problem = {"$ref": "#/components/schemas/Problem"}
    operation["responses"] = {
        "2XX": answer,
        "default": {"description": "A problem", "content": {"application/json": {"schema": problem}}},
    }
    operation.pop("security", None)


def resolved(value, document, kind):
    while "$ref" in value:
        value = document["components"][kind][value["$ref"].rsplit("/", 1)[1]]
    return {name: part for name, part in value.items() if name not in ("headers", "links")}


TEXT = ("minLength", "maxLength", "pattern", "format")


def walk(value):
    """Leaves out examples, and makes alternatives of several types, which OpenAPI 3.0 does not know."""
    if isinstance(value, dict):
        if isinstance(value.get("type"), list):
            types = value.pop("type")
            rest = {name: value.pop(name) for name in list(value) if name not in ("description", "default")}
            parts = ((kind, TEXT if kind == "string" else rest.keys() - set(TEXT)) for kind in types if kind != "null")
            value["oneOf"] = [{"type": kind} | {n: rest[n] for n in names if n in rest} for kind, names in parts]
            if "null" in types:
                value["nullable"] = True
        for name in ("example", "examples"):
            if not isinstance(value.get(name), dict) or "type" not in value.get(name, {}):
                value.pop(name, None)
        for name in ("oneOf", "anyOf"):
            parts = value.get(name)
            if parts and {"type": "null"} in parts:
                value[name] = [part for part in parts if part != {"type": "null"}]
                value["nullable"] = True
                if len(value[name]) == 1:
                    value["allOf"] = value.pop(name)
        if value.get("not") == {"type": "null"}:
            del value["not"]
        for part in value.values():
            walk(part)
    elif isinstance(value, list):
        for part in value:
            walk(part)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        json.dump(reduced(json.load(file)), sys.stdout)
