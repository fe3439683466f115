"""PAR-04: the models still produce the published schemas, and a breaking change is refused."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from nmo_notifications.contracts.generator import schema_of
from tests.contract.compatibility import breaking_changes
from tests.contract.update import SCHEMAS, committed, text_of, type_names

Schema = dict[str, Any]
UPDATE = "run `python tests/contract/update.py` and commit what it writes"


@pytest.mark.req("PAR-04")
@pytest.mark.parametrize("type_name", type_names())
def test_model_produces_the_published_schema(type_name: str) -> None:
    assert committed(type_name) is not None, UPDATE
    assert (SCHEMAS / f"{type_name}.json").read_text() == text_of(type_name), UPDATE


@pytest.mark.req("PAR-04")
@pytest.mark.parametrize("type_name", sorted(path.stem for path in SCHEMAS.glob("*.json")))
def test_no_published_type_is_gone_or_broken(type_name: str) -> None:
    published = committed(type_name)
    assert type_name in type_names(), "a published type stays; withdraw it by a decision, with its file"
    assert published is not None
    assert breaking_changes(published, schema_of(type_name)) == []


def _drop(schema: Schema) -> None:
    del schema["properties"]["zet"]
    schema["required"].remove("zet")


def _rename(schema: Schema) -> None:
    schema["properties"]["credits"] = schema["properties"].pop("zet")
    schema["required"] = ["credits" if name == "zet" else name for name in schema["required"]]


def _retype(schema: Schema) -> None:
    schema["properties"]["workload_hours"]["type"] = "string"


def _require(schema: Schema) -> None:
    schema["properties"]["grade"] = {"type": "string"}
    schema["required"].append("grade")


def _make_optional(schema: Schema) -> None:
    schema["required"].remove("title")


def _narrow(schema: Schema) -> None:
    schema["properties"]["kind"]["enum"].remove("module")


def _widen(schema: Schema) -> None:
    schema["properties"]["kind"]["enum"].append("course")


def _forbid_null(schema: Schema) -> None:
    schema["properties"]["starts_on"] = {"type": "string", "format": "date"}


def _change_null(schema: Schema) -> None:
    schema["properties"]["starts_on"]["anyOf"][1] = {"type": "integer"}


def _change_format(schema: Schema) -> None:
    schema["properties"]["element_id"]["format"] = "uri"


def _retype_items(schema: Schema) -> None:
    schema["properties"]["specialty_keys"]["items"] = {"type": "integer"}


def _unlist(schema: Schema) -> None:
    schema["properties"]["specialty_keys"] = {"type": "string"}


@pytest.mark.req("PAR-04")
@pytest.mark.parametrize(
    "change",
    [
        _drop, _rename, _retype, _require, _make_optional, _narrow, _widen, _forbid_null, _change_null,
        _change_format, _retype_items, _unlist,
    ],
)  # fmt: skip
def test_breaking_change_is_found(change: Callable[[Schema], None]) -> None:
    old = schema_of("catalog.element.published.v1")
    new = copy.deepcopy(old)
    change(new)
    assert breaking_changes(old, new)


def test_breaking_change_behind_a_reference_is_found() -> None:
    old: Schema = {
        "$defs": {"Part": {"type": "object", "properties": {"code": {"type": "string"}}}},
        "properties": {"part": {"$ref": "#/$defs/Part"}},
    }
    new = json.loads(json.dumps(old).replace('"code": {"type": "string"}', '"code": {"type": "integer"}'))
    assert breaking_changes(old, new) == ["/part/code: type 'string' became 'integer'"]


def test_optional_addition_and_new_words_are_no_break() -> None:
    old = schema_of("catalog.element.published.v1")
    new = copy.deepcopy(old)
    new["properties"]["language"] = {"type": "string", "default": "ru"}
    new["description"] = "Other words."
    new["properties"]["title"]["title"] = "Name"
    new["properties"]["kind"]["enum"].reverse()
    assert breaking_changes(old, new) == []
