"""Which elements fit a cycle."""

from datetime import date

import pytest

from nmo_cycles.plan.rules import Refusal, item_status, refusal

TODAY = date(2026, 11, 21)
ENDS_ON = date(2031, 6, 14)


@pytest.mark.req("CYC-06")
@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, None),
        ({"element_starts_on": None}, None),
        ({"element_starts_on": TODAY}, None),
        ({"element_starts_on": ENDS_ON}, None),
        ({"archived": True}, Refusal.UNAVAILABLE),
        ({"element_keys": ["VO-113"]}, Refusal.OTHER_SPECIALTY),
        ({"element_keys": ["VO-113"], "successors": ["VO-113"]}, None),
        ({"element_starts_on": date(2026, 11, 20)}, Refusal.STARTED),
        ({"element_starts_on": date(2031, 6, 15)}, Refusal.OUTSIDE),
    ],
)
def test_the_first_reason_that_applies(values, reason):
    base = {
        "element_keys": ["VO-097", "VO-027"],
        "element_starts_on": date(2026, 12, 1),
        "archived": False,
        "today": TODAY,
    }
    assert refusal("VO-027", ENDS_ON, **base | values) == reason


@pytest.mark.parametrize(
    ("kind", "application", "result", "status"),
    [
        ("programme", None, False, "application_pending"),
        ("programme", "draft", False, "draft"),
        ("programme", "enrolled", True, "completed"),
        ("event", None, False, "planned"),
        ("module", None, True, "completed"),
    ],
)
def test_the_state_of_an_item_in_one_word(kind, application, result, status):
    assert item_status(kind, application_status=application, has_result=result) == status
