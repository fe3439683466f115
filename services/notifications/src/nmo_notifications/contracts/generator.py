"""Contracts generated from the payload models: nothing about events is written twice."""

from __future__ import annotations

from functools import cache
from typing import Any

from nmo_contracts.base import PREFIX, EventPayload
from nmo_contracts.registry_of_events import EVENT_TYPES, PARTNER_EVENT_TYPES
from nmo_kit.messaging.envelope import NAMESPACE

DIALECT = "https://json-schema.org/draft/2020-12/schema"
CLOUDEVENTS = "application/cloudevents+json"
VERSION = "1.0.0"


@cache
def schema_of(type_name: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of one event's data, public or internal. Raises KeyError for an unknown type."""
    model = PARTNER_EVENT_TYPES.get(type_name) or EVENT_TYPES[type_name]
    schema = model.model_json_schema(mode="serialization")
    return {
        "$schema": DIALECT,
        "$id": f"{NAMESPACE}/contracts/schemas/{type_name}.json",
        **schema,
        "title": type_name,
        "description": (model.__doc__ or "").strip(),
        # Within a major version a producer may add optional fields, and readers pass them over.
        "additionalProperties": True,
    }


def envelope_schema(type_name: str, model: type[EventPayload]) -> dict[str, Any]:
    """JSON Schema of the whole CloudEvents document that carries one public type."""
    plain = {key: value for key, value in schema_of(type_name).items() if key not in {"$schema", "$id"}}
    return {
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject", "time", "subjectversion", "data"],
        "properties": {
            "specversion": {"type": "string", "const": "1.0"},
            "id": {
                "type": "string",
                "format": "uuid",
                "description": "The same on every repetition and replay.",
            },
            "source": {"type": "string", "const": f"{NAMESPACE}/partner"},
            "type": {"type": "string", "const": PREFIX + type_name},
            "subject": {"type": "string", "pattern": f"^{model.subject_kind}/[0-9a-f-]{{36}}$"},
            "subjectversion": {
                "type": "integer",
                "minimum": 0,
                "description": "Grows with every change of the subject; a smaller one is older.",
            },
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": {"type": "string", "const": "application/json"},
            "dataschema": {"type": "string", "format": "uri"},
            "data": plain,
        },
        "additionalProperties": True,
    }


def asyncapi(public_url: str, broker_host: str) -> dict[str, Any]:
    """AsyncAPI 3.0 document of what partners receive by queue and by webhook."""
    messages = {_key(name): _message(name, model) for name, model in PARTNER_EVENT_TYPES.items()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Портал НМФО: события для партнёров",
            "version": VERSION,
            "description": (
                "Тонкие события: идентификаторы, состояния, даты. Доставка не менее одного раза, порядок сохраняется "
                "для каждого subject; повторы узнаются по id, устаревшие — по subjectversion."
            ),
        },
        "defaultContentType": CLOUDEVENTS,
        "servers": {
            "queue": {
                "host": broker_host,
                "protocol": "amqp",
                "protocolVersion": "0-9-1",
                "pathname": "/partners",
                "description": "Очередь партнёра, только чтение.",
            },
            "webhook": {
                "host": "partner.example",
                "protocol": "https",
                "description": "Адрес партнёра; подпись по Standard Webhooks.",
            },
            "feed": {
                "host": public_url.partition("://")[2],
                "protocol": public_url.partition("://")[0],
                "description": "Лента GET /api/v1/partner/events.",
            },
        },
        "channels": {
            "queue": _queue_channel(messages),
            "webhook": {
                "address": "/",
                "servers": [{"$ref": "#/servers/webhook"}],
                "messages": {key: {"$ref": f"#/components/messages/{key}"} for key in messages},
                "bindings": {"http": {}},
            },
        },
        "operations": {
            "receiveFromQueue": {
                "action": "receive",
                "channel": {"$ref": "#/channels/queue"},
                "messages": [{"$ref": f"#/channels/queue/messages/{key}"} for key in messages],
            },
            "receiveWebhook": {
                "action": "receive",
                "channel": {"$ref": "#/channels/webhook"},
                "messages": [{"$ref": f"#/channels/webhook/messages/{key}"} for key in messages],
                "bindings": {"http": {"method": "POST", "bindingVersion": "0.3.0"}},
            },
        },
        "components": {"messages": messages},
    }


def _queue_channel(messages: dict[str, Any]) -> dict[str, Any]:
    return {
        "address": "{client_id}.events",
        "parameters": {"client_id": {"description": "Идентификатор клиента партнёра."}},
        "servers": [{"$ref": "#/servers/queue"}],
        "messages": {key: {"$ref": f"#/components/messages/{key}"} for key in messages},
        "bindings": {
            "amqp": {
                "is": "queue",
                "queue": {"name": "{client_id}.events", "durable": True, "vhost": "partners"},
                "bindingVersion": "0.3.0",
            }
        },
    }


def _message(type_name: str, model: type[EventPayload]) -> dict[str, Any]:
    return {
        "name": type_name,
        "title": type_name,
        "summary": (model.__doc__ or "").strip(),
        "contentType": CLOUDEVENTS,
        "headers": {
            "type": "object",
            "properties": {
                "webhook-id": {"type": "string"},
                "webhook-timestamp": {"type": "string"},
                "webhook-signature": {"type": "string"},
            },
        },
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-07",
            "schema": _inlined(envelope_schema(type_name, model)),
        },
    }


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without `$defs`: definitions of a payload would not be found from within the document."""
    definitions: dict[str, Any] = schema["properties"]["data"].pop("$defs", {})

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            reference = node.get("$ref")
            if isinstance(reference, str) and reference.startswith("#/$defs/"):
                return walk(definitions[reference.removeprefix("#/$defs/")])
            return {key: walk(value) for key, value in node.items()}
        if isinstance(node, list):
            return [walk(item) for item in node]
        return node

    found: dict[str, Any] = walk(schema)
    return found


def _key(type_name: str) -> str:
    """A name that AsyncAPI allows as a key."""
    return type_name.replace(".", "_")
