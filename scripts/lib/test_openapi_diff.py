"""Tests the comparison with breaking and harmless changes."""

import copy
import unittest

from openapi_diff import breaking_changes

DOCUMENT = {
    "openapi": "3.1.0",
    "paths": {
        "/v1/things/{thing}": {
            "get": {
                "operationId": "read_thing",
                "security": [{"bearer": []}, {}],
                "parameters": [
                    {"name": "thing", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}},
                    {"$ref": "#/components/parameters/Language"},
                ],
                "responses": {
                    "200": {
                        "description": "The thing",
                        "headers": {"ETag": {"required": True, "schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
                    },
                    "404": {"description": "None"},
                },
            },
            "post": {
                "operationId": "change_thing",
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Change"}}}},
                "responses": {"204": {"description": "Done"}},
            },
        }
    },
    "components": {
        "parameters": {"Language": {"name": "Accept-Language", "in": "header", "schema": {"type": "string"}}},
        "schemas": {
            "Thing": {
                "allOf": [
                    {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "format": "uuid"}}},
                    {
                        "type": "object",
                        "required": ["parts"],
                        "properties": {
                            "note": {"type": ["string", "null"]},
                            "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
                            "state": {"type": "string", "enum": ["new", "old"]},
                        },
                    },
                ]
            },
            "Change": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "maxLength": 100},
                    "kind": {"type": "string", "enum": ["a", "b"]},
                    "value": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
                },
                "additionalProperties": False,
            },
        },
    },
}


def at(document, *path):
    for step in path:
        document = document[step]
    return document


READ = ("paths", "/v1/things/{thing}", "get")
POST = ("paths", "/v1/things/{thing}", "post")
OWN = ("components", "schemas", "Thing", "allOf", 1)
CHANGE = ("components", "schemas", "Change")


def put(path, name, value):
    return lambda document: at(document, *path).__setitem__(name, value)


def remove(path, name):
    return lambda document: at(document, *path).__delitem__(name)


BREAKING = [
    ("the operation is gone", remove(("paths",), "/v1/things/{thing}")),
    ("POST /v1/things/{thing}: the operation is gone", remove(("paths", "/v1/things/{thing}"), "post")),
    ("operationId read_thing has become get_thing", put(READ, "operationId", "get_thing")),
    ("no token is no longer enough", put(READ, "security", [{"bearer": []}])),
    ("the answer 404 is gone", remove((*READ, "responses"), "404")),
    ("application/json is no longer sent", put((*READ, "responses", "200"), "content", {"text/plain": {}})),
    ("the header ETag is gone", put((*READ, "responses", "200"), "headers", {})),
    ("the header ETag may be missing now", put((*READ, "responses", "200", "headers", "ETag"), "required", False)),
    ("the query parameter limit is gone", lambda d: at(d, *READ, "parameters").pop(1)),
    ("the query parameter limit is required now", put((*READ, "parameters", 1), "required", True)),
    ("maximum 100 is 50 now", put((*READ, "parameters", 1, "schema"), "maximum", 50)),
    ("minimum 1 is 2 now", put((*READ, "parameters", 1, "schema"), "minimum", 2)),
    ("the header parameter Accept-Language: the pattern has changed", put(("components", "parameters", "Language", "schema"), "pattern", "^a$")),
    (
        "the query parameter sort is new and required",
        lambda d: at(d, *READ, "parameters").append({"name": "sort", "in": "query", "required": True, "schema": {}}),
    ),
    ("the body: note is gone", remove((*OWN, "properties"), "note")),
    ("parts may be missing now", put(OWN, "required", [])),
    ("the body.note: integer is sent now", put((*OWN, "properties", "note"), "type", ["string", "integer"])),
    ("the body.id: the format uuid is (none) now", put(("components", "schemas", "Thing", "allOf", 0, "properties"), "id", {"type": "string"})),
    ("the body.parts[]: integer is sent now", put((*OWN, "properties", "parts"), "items", {"type": "integer"})),
    ("a body is required now", put((*POST, "requestBody"), "required", True)),
    ("application/json is no longer taken", put((*POST, "requestBody"), "content", {"text/plain": {}})),
    ("the body: kind is required now", put(CHANGE, "required", ["name", "kind"])),
    ("the body: kind is gone", remove((*CHANGE, "properties"), "kind")),
    ("the body.kind: b may no longer be sent", put((*CHANGE, "properties", "kind"), "enum", ["a", "c"])),
    ("the body.name: only x may be sent now", put((*CHANGE, "properties", "name"), "const", "x")),
    ("the body.name: maxLength 100 is 99 now", put((*CHANGE, "properties", "name"), "maxLength", 99)),
    ("the body.name: string is refused now", put((*CHANGE, "properties", "name"), "type", "integer")),
    ("a form that was taken is refused now", put((*CHANGE, "properties"), "value", {"oneOf": [{"type": "string"}, {"type": "null"}]})),
    ("the body.value: a form that was taken is refused now", put((*CHANGE, "properties"), "value", {"type": "string"})),
]

HARMLESS = [
    lambda document: None,
    put(("paths",), "/v1/others", {"get": {"operationId": "other", "responses": {"200": {"description": ""}}}}),
    put((*OWN, "properties"), "more", {"type": "string"}),
    put(OWN, "required", ["parts", "note"]),
    put((*OWN, "properties", "note"), "type", "string"),
    put((*OWN, "properties", "state"), "enum", ["new", "old", "odd"]),
    put((*READ, "responses"), "410", {"description": "Gone"}),
    put((*READ, "parameters", 1, "schema"), "maximum", 200),
    lambda d: at(d, *READ, "parameters").append({"name": "sort", "in": "query", "schema": {"type": "string"}}),
    put((*CHANGE, "properties"), "more", {"type": "string"}),
    put(CHANGE, "required", []),
    put((*CHANGE, "properties", "kind"), "enum", ["a", "b", "c"]),
    put((*CHANGE, "properties", "name"), "type", ["string", "null"]),
    put((*CHANGE, "properties"), "value", {"type": ["string", "integer", "null"]}),
]


def renamed_in_path(document):
    item = document["paths"].pop("/v1/things/{thing}")
    item["get"]["parameters"][0]["name"] = "id"
    document["paths"]["/v1/things/{id}"] = item


class Changes(unittest.TestCase):
    def test_every_breaking_change_is_found(self):
        for expected, plant in BREAKING:
            with self.subTest(expected):
                new = copy.deepcopy(DOCUMENT)
                plant(new)
                found = breaking_changes(DOCUMENT, new)
                self.assertTrue(any(expected in change for change in found), found)

    def test_additions_are_not_breaking(self):
        for number, plant in enumerate([*HARMLESS, renamed_in_path]):
            with self.subTest(number):
                new = copy.deepcopy(DOCUMENT)
                plant(new)
                self.assertEqual(breaking_changes(DOCUMENT, new), [])


if __name__ == "__main__":
    unittest.main()
