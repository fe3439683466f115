"""The checker's own tables, written by hand, agree with what the services say: a slip on either side is seen."""

from __future__ import annotations

from collections import defaultdict

import pytest

from nmo_applications.enrolment import rules
from nmo_contracts import acknowledgements
from nmo_contracts.purposes import PURPOSES
from nmo_contracts.registry_of_events import EVENT_TYPES
from nmo_local.system import SERVICES
from nmo_notifications.inbox.consumers import on_cycle_document
from nmo_notifications.partners.rules import project
from tests.chaos.checker import (
    i1_events_have_effects,
    i1_partner_ways,
    i4_histories,
    i5_journal,
    i14_withdrawn,
)
from tests.chaos.checker.i8_read_models import HEEDING
from tests.chaos.checker.queries import TABLES


def test_the_graph_is_the_one_of_the_service() -> None:
    written = {
        (status, action): after
        for action, steps in i4_histories.GRAPH.items()
        for status, after in steps.items()
        if action != "delete"
    }
    assert written == {
        (str(status), str(action)): str(after) for (status, action), after in rules.MOVES.items()
    }
    assert i4_histories.GRAPH["delete"].keys() == {str(status) for status in rules.DELETABLE}


def test_the_roles_are_those_of_the_service() -> None:
    may = {(str(actor), str(action)) for actor, actions in rules.ACTIONS_OF.items() for action in actions}
    written = {(role, action) for action, roles in i4_histories.ROLES.items() for role in roles}
    assert written - {("system", "draft")} == may - {("specialist", "edit")}


@pytest.mark.parametrize("event_type", sorted(EVENT_TYPES))
def test_partners_hear_of_the_same_events(event_type: str) -> None:
    anything = defaultdict(lambda: "00000000-0000-4000-8000-000000000000", organization_id="")
    fact = project(event_type, anything)
    assert i1_partner_ways._PUBLIC.get(event_type) == (fact.type_name if fact else None)


def test_every_judged_event_exists() -> None:
    named = {*i5_journal._OF_EVENTS, *i1_partner_ways._PUBLIC}
    assert named <= EVENT_TYPES.keys()
    last_word = {model.type_name for model in on_cycle_document.models}
    assert last_word == i1_events_have_effects.LAST_WORD
    told = {f"applications.application.{verb}.v1" for verb in i4_histories.TOLD.values()}
    assert told == {name for name in EVENT_TYPES if name.startswith("applications.application.")}


def test_purposes_and_who_heeds_them_are_those_of_the_contracts() -> None:
    names = ("MAIN", "ORGANISATION", "EMPLOYER", "PARTNERS", "SMS")
    assert tuple(getattr(i14_withdrawn, name) for name in names) == PURPOSES
    assert set(HEEDING) == set(acknowledgements.SERVICES)


def test_every_database_is_read() -> None:
    assert TABLES.keys() == {*SERVICES, "gateway"}
