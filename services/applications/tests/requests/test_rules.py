"""The graph of requests: what is not in it is refused; deadlines and numbers."""

from datetime import UTC, datetime, timedelta

import pytest

from nmo_applications.requests.rules import (
    MOVES,
    Action,
    IllegalMoveError,
    Status,
    allowed,
    due,
    next_status,
    request_number,
)

NOW = datetime(2026, 5, 25, 9, tzinfo=UTC)
HOURS = {"first": 24, "documents": 48, "correction": 24}


@pytest.mark.req("SUP-01", "ROL-04")
def test_only_moves_of_the_graph_are_possible() -> None:
    for status in Status:
        for action in Action:
            if (status, action) in MOVES:
                assert next_status(status, action) is MOVES[status, action]
            else:
                with pytest.raises(IllegalMoveError):
                    next_status(status, action)


def test_closed_is_the_end_and_is_reached_from_everywhere() -> None:
    assert not any(status is Status.CLOSED for status, _ in MOVES)
    reached = {Status.CLOSED}
    for _ in Status:
        reached |= {status for (status, _), after in MOVES.items() if after in reached}
    assert reached == set(Status)


@pytest.mark.req("REG-04", "P12")
def test_change_is_carried_out_only_after_a_second_decision() -> None:
    assert [(status, action) for (status, action), after in MOVES.items() if after is Status.APPROVED] == [
        (Status.PROPOSED, Action.APPROVE)
    ]
    assert [status for (status, action) in MOVES if action is Action.APPLIED] == [Status.APPROVED]


@pytest.mark.req("SUP-04")
def test_deadlines_of_the_stages() -> None:
    assert due(HOURS, NOW) == NOW + timedelta(hours=24)
    assert due(HOURS, NOW, replied=True, documents=True) == NOW + timedelta(hours=48)
    assert due(HOURS, NOW, replied=True) == NOW + timedelta(hours=24)


def test_numbers_and_offers() -> None:
    assert request_number(123, 2026) == "ОБР-0000123-2026"
    assert request_number(12_345_678, 2026) == "ОБР-12345678-2026"
    assert allowed(Status.NEW, frozenset({Action.WITHDRAW, Action.REPLY})) == ["reply", "withdraw"]
    assert allowed(Status.CLOSED, frozenset(Action)) == []
