"""PAR-04: one example of each event type, which producers could send and every consumer reads."""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from nmo_contracts.registry_of_events import EVENT_TYPES, PARTNER_EVENT_TYPES
from nmo_kit.messaging.consumer import Handler
from nmo_kit.messaging.envelope import Envelope, parse
from nmo_kit.snils import Snils, SnilsError
from tests.contract.conftest import SERVICES
from tests.contract.update import committed, type_names

EXAMPLES = Path(__file__).with_name("examples")


def _example(type_name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EXAMPLES / f"{type_name}.json").read_text())
    return found


def _handlers() -> list[tuple[str, Handler[Any], str]]:
    """(queue, handler, event type) of every consumer."""
    return [
        (queue.name, handler, model.type_name)
        for service in SERVICES
        for queue in import_module(f"nmo_{service}.topology").QUEUES
        for handler in queue.handlers
        for model in handler.models
    ]


def test_each_type_has_an_example() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.json")} == set(type_names())


@pytest.mark.req("PAR-04")
@pytest.mark.parametrize("type_name", type_names())
def test_example_fits_its_published_schema(type_name: str) -> None:
    schema = committed(type_name)
    assert schema is not None
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert [error.message for error in validator.iter_errors(_example(type_name)["data"])] == []


@pytest.mark.parametrize("type_name", type_names())
def test_example_is_what_the_producer_would_send(type_name: str) -> None:
    model = {**EVENT_TYPES, **PARTNER_EVENT_TYPES}[type_name]
    event = parse(json.dumps(_example(type_name)).encode())
    payload = model.model_validate(event.data)
    again = Envelope.of(payload, version=event.subjectversion, event_id=event.id, time=event.time)
    assert json.loads(again.to_bytes()) == _example(type_name)


@pytest.mark.req("PAR-04")
@pytest.mark.parametrize(
    ("queue", "handler", "type_name"), _handlers(), ids=[f"{queue} {name}" for queue, _, name in _handlers()]
)
def test_consumer_reads_it_and_passes_over_what_is_new(
    queue: str, handler: Handler[Any], type_name: str
) -> None:
    example = _example(type_name)
    example["data"]["added_in_a_later_release"] = {"any": ["thing"]}
    example["newextension"] = "of CloudEvents"
    received = handler.read(parse(json.dumps(example).encode()))
    assert received.data.subject == example["subject"]
    assert queue.split(".", maxsplit=1)[0] != type_name.split(".", maxsplit=1)[0], (
        "a service learns of its own facts without the broker"
    )


@pytest.mark.req("PAR-05")
@pytest.mark.parametrize("type_name", type_names())
def test_no_field_is_made_for_personal_data(type_name: str) -> None:
    schema = committed(type_name)
    assert schema is not None
    names = set(schema["properties"])
    personal = re.compile(
        r"snils|last_name|first_name|patronymic|birth|email|phone|address|passport|full_name"
    )
    assert [name for name in names if personal.search(name)] == []
    for digits in re.findall(r"\d{11}", json.dumps(_example(type_name)["data"])):
        with pytest.raises(SnilsError):
            Snils.parse(digits)


@pytest.mark.req("PAR-05")
@pytest.mark.parametrize("type_name", sorted(PARTNER_EVENT_TYPES))
def test_partners_see_no_internal_id_of_a_person(type_name: str) -> None:
    schema = committed(type_name)
    assert schema is not None
    assert "person_id" not in schema["properties"]
