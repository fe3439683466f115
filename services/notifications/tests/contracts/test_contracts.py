"""Published contracts: valid, complete, and true to what is sent."""

import json
from uuid import uuid4

import jsonschema
import pytest
from jsonschema.validators import Draft202012Validator

from nmo_contracts.registry_of_events import EVENT_TYPES, PARTNER_EVENT_TYPES
from nmo_notifications.contracts.generator import asyncapi, envelope_schema, schema_of

pytestmark = pytest.mark.req("PAR-04")

# The parts of AsyncAPI 3.0 that this document uses, after the specification's own schema.
SHAPE = {
    "type": "object",
    "required": ["asyncapi", "info", "channels", "operations", "components", "servers"],
    "additionalProperties": False,
    "properties": {
        "asyncapi": {"const": "3.0.0"},
        "defaultContentType": {"type": "string"},
        "info": {"type": "object", "required": ["title", "version"]},
        "servers": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["host", "protocol"],
                "properties": {"host": {"pattern": "^[^/]+$"}, "pathname": {"pattern": "^/"}},
            },
        },
        "channels": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["address", "messages"],
                "properties": {
                    "servers": {"type": "array", "items": {"type": "object", "required": ["$ref"]}},
                    "messages": {
                        "type": "object",
                        "propertyNames": {"pattern": "^[A-Za-z0-9_-]+$"},
                        "additionalProperties": {"type": "object", "required": ["$ref"]},
                    },
                },
            },
        },
        "operations": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["action", "channel"],
                "properties": {"action": {"enum": ["send", "receive"]}},
            },
        },
        "components": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "propertyNames": {"pattern": "^[A-Za-z0-9._-]+$"},
            },
        },
    },
}


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for item in node:
            yield from references(item)


def resolve(document, reference):
    node = document
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


@pytest.mark.parametrize("type_name", [*EVENT_TYPES, *PARTNER_EVENT_TYPES])
def test_every_event_has_a_valid_schema(type_name):
    schema = schema_of(type_name)
    Draft202012Validator.check_schema(schema)
    assert schema["$id"].endswith(f"/contracts/schemas/{type_name}.json")
    assert schema["additionalProperties"] is True


def test_asyncapi_is_of_the_right_shape_and_refers_to_what_is_there():
    document = asyncapi("http://127.0.0.1:8080", "127.0.0.1:5672")
    jsonschema.validate(document, SHAPE)
    found = list(references(document))
    assert found
    for reference in found:
        assert resolve(document, reference)
    assert {message["name"] for message in document["components"]["messages"].values()} == set(
        PARTNER_EVENT_TYPES
    )
    for message in document["components"]["messages"].values():
        Draft202012Validator.check_schema(message["payload"]["schema"])
    assert set(EVENT_TYPES) & set(json.dumps(document).split('"')) == set(), "internal types stay inside"


async def test_what_is_sent_fits_what_is_published(world):
    await world.consent()
    await world.subscribe("pull")
    await world.project(world.event())
    (event,) = (await world.feed())["events"]
    type_name = event["type"].removeprefix("ru.nmo.")
    jsonschema.validate(event, envelope_schema(type_name, PARTNER_EVENT_TYPES[type_name]))
    assert event["dataschema"].endswith(f"/contracts/schemas/{type_name}.json")


async def test_contracts_are_public(world):
    document = await world.http.get("/contracts/asyncapi.json")
    assert document.json()["asyncapi"] == "3.0.0"
    schema = await world.http.get("/contracts/schemas/partner.credit.recorded.v1.json")
    assert schema.json()["title"] == "partner.credit.recorded.v1"
    missing = await world.http.get(f"/contracts/schemas/{uuid4()}.json")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
