"""State of entry and roles: the whole table."""

from itertools import product
from typing import Any
from uuid import UUID

import pytest

from nmo_identity.login.rules import network
from nmo_identity.standing.rules import chosen_organization, entry_state, is_matched, roles_of

pytestmark = pytest.mark.req("SSO-02", "MAT-01", "ROL-01")
OUTCOMES = (None, "exact", "equivalent", "weak", "conflict", "not_found")


@pytest.mark.parametrize(
    ("staff", "consented", "outcome", "word"),
    list(product((False, True), (False, True), OUTCOMES, (False, True))),
)
def test_unconfirmed_opens_nothing_whatever_else_is_true(
    staff: bool, consented: bool, outcome: Any, word: bool
) -> None:
    found = entry_state(
        confirmed=False, is_staff=staff, consented=consented, outcome=outcome, weak_confirmed=word
    )
    assert found == "unconfirmed"


@pytest.mark.parametrize(
    ("consented", "outcome", "word", "expected"),
    [
        (False, None, False, "unmatched"),
        (False, "exact", False, "unmatched"),
        (True, None, False, "checking"),
        (True, "exact", False, "full"),
        (True, "equivalent", False, "full"),
        (True, "weak", False, "weak"),
        (True, "weak", True, "full"),
        (True, "conflict", False, "conflict"),
        (True, "conflict", True, "conflict"),
        (True, "not_found", True, "limited"),
    ],
)
def test_entry_of_a_confirmed_person(consented: bool, outcome: Any, word: bool, expected: str) -> None:
    found = entry_state(
        confirmed=True, is_staff=False, consented=consented, outcome=outcome, weak_confirmed=word
    )
    assert found == expected
    assert is_matched(consented=consented, outcome=outcome, weak_confirmed=word) is (expected == "full")


def test_roles() -> None:
    one, two = UUID(int=1), UUID(int=2)
    held = [("org_staff", one), ("head", two), ("support", None)]
    assert roles_of(confirmed=True, memberships=[], organization=None, matched=False) == ["specialist"]
    assert roles_of(confirmed=False, memberships=held, organization=one, matched=True) == []
    assert roles_of(confirmed=True, memberships=held, organization=two, matched=False) == ["head", "support"]
    assert roles_of(confirmed=True, memberships=held, organization=one, matched=True) == [
        "org_staff",
        "specialist",
        "support",
    ]
    assert chosen_organization(held, None) == one
    assert chosen_organization(held, two) == two
    assert chosen_organization([], None) is None
    with pytest.raises(ValueError, match="membership"):
        chosen_organization(held, UUID(int=3))


@pytest.mark.parametrize(
    ("address", "expected"),
    [("203.0.113.77", "203.0.113.0/24"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("", ""), ("x", "")],
)
def test_only_the_network_is_kept(address: str, expected: str) -> None:
    assert network(address) == expected
