"""A breaking change of a published event fails here, and so in CI."""

import copy
import json
from pathlib import Path

import pytest

from nmo_notifications.contracts.compatibility import breaking_changes
from nmo_notifications.contracts.publication import all_schemas

pytestmark = pytest.mark.req("PAR-04")
PUBLISHED = json.loads((Path(__file__).parent / "published.json").read_text(encoding="utf-8"))
TYPE = "applications.application.completed.v1"


@pytest.mark.parametrize("type_name", sorted(PUBLISHED))
def test_published_type_is_still_kept(type_name):
    present = all_schemas()
    assert type_name in present, "a published type may not vanish"
    assert breaking_changes(PUBLISHED[type_name], present[type_name]) == []


def test_new_types_are_published():
    """After adding a type: `python -m nmo_notifications contracts > services/notifications/tests/contracts/published.json`."""
    assert set(all_schemas()) == set(PUBLISHED)


def changed(change):
    schema = copy.deepcopy(PUBLISHED[TYPE])
    change(schema)
    return breaking_changes(PUBLISHED[TYPE], schema)


def test_optional_addition_is_allowed():
    def add(schema):
        schema["properties"]["remark"] = {"type": "string"}

    assert changed(add) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda schema: schema["properties"].pop("number"),
        lambda schema: schema["required"].remove("number"),
        lambda schema: schema["properties"]["number"].update(type="integer"),
        lambda schema: schema["properties"]["application_id"].pop("format"),
        lambda schema: schema["properties"].update(number={"anyOf": [{"type": "string"}, {"type": "null"}]}),
    ],
)
def test_breaking_change_is_found(change):
    assert changed(change) != []


def test_wider_enumeration_is_breaking():
    old = {"properties": {"kind": {"enum": ["a", "b"], "type": "string"}}}
    assert breaking_changes(old, {"properties": {"kind": {"enum": ["a"], "type": "string"}}}) == []
    assert breaking_changes(old, {"properties": {"kind": {"enum": ["a", "b", "c"], "type": "string"}}}) != []
    assert breaking_changes(old, {"properties": {"kind": {"type": "string"}}}) != []
