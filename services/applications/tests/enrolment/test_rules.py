"""The state machine: its table, and that nothing outside the table ever happens."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from nmo_applications.enrolment import texts
from nmo_applications.enrolment.rules import (
    ACTIONS_OF,
    DELETABLE,
    FINAL,
    MOVES,
    Action,
    Actor,
    IllegalMoveError,
    Seat,
    Status,
    allowed_actions,
    application_number,
    is_possible,
    next_status,
    seat_after,
)

pytestmark = pytest.mark.req("APP-06", "T17")


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize(
    "action", [action for action in Action if action not in {Action.EDIT, Action.DELETE}]
)
def test_every_pair_is_either_in_the_table_or_refused(status, action):
    if (status, action) in MOVES:
        assert next_status(status, action) is MOVES[status, action]
    else:
        with pytest.raises(IllegalMoveError) as refused:
            next_status(status, action)
        assert refused.value.status is status


@pytest.mark.parametrize("status", sorted(FINAL))
def test_nothing_leads_out_of_a_final_status(status):
    assert [action for action in Action if (status, action) in MOVES] == []


def test_every_status_is_reached_and_every_status_has_a_word():
    assert set(MOVES.values()) | {Status.DRAFT} == set(Status)
    assert set(texts.STATUS_TITLES) == set(Status)


def test_sentence_of_a_refused_move_names_the_present_status():
    text = texts.illegal_move_text(Status.ENROLLED, Action.WITHDRAW)
    assert "отозвать" in text
    assert "Вы зачислены" in text


def test_confirmation_waits_for_the_seat():
    assert not is_possible(Status.SUBMITTED, Action.CONFIRM, deleted=False, seat=Seat.PENDING)
    assert is_possible(Status.SUBMITTED, Action.CONFIRM, deleted=False, seat=Seat.HELD)
    assert Action.CONFIRM not in allowed_actions(
        Status.SUBMITTED, Actor.ORGANIZATION, deleted=False, seat=Seat.PENDING
    )


def test_resubmission_keeps_a_held_seat():
    assert seat_after(Action.SUBMIT, Seat.HELD) is Seat.HELD
    assert seat_after(Action.SUBMIT, Seat.NONE) is Seat.PENDING


@pytest.mark.req("APP-01")
@pytest.mark.parametrize(
    ("sequence", "year", "number"),
    [(31524, 2016, "NMO-0031524-2016"), (1, 2026, "NMO-0000001-2026"), (12345678, 2026, "NMO-12345678-2026")],
)
def test_number(sequence, year, number):
    assert application_number(sequence, year) == number


class LifeOfAnApplication(RuleBasedStateMachine):
    """Anybody tries anything in any order."""

    def __init__(self):
        super().__init__()
        self.status = Status.DRAFT
        self.seat = Seat.NONE
        self.deleted = False
        self.seen = [Status.DRAFT]
        self.credits = 0

    @rule(actor=st.sampled_from(list(Actor)), action=st.sampled_from(list(Action)))
    def somebody_acts(self, actor, action):
        offered = action in allowed_actions(self.status, actor, deleted=self.deleted, seat=self.seat)
        possible = is_possible(self.status, action, deleted=self.deleted, seat=self.seat)
        assert offered == (possible and action in ACTIONS_OF[actor])
        if not offered or action is Action.EDIT:
            return
        if action is Action.DELETE:
            self.deleted = True
            return
        self.status = next_status(self.status, action)
        self.seat = seat_after(action, self.seat)
        self.credits += self.status is Status.COMPLETED
        self.seen.append(self.status)

    @rule(answer=st.sampled_from([Seat.HELD, Seat.REFUSED, Seat.RELEASED]))
    def catalogue_answers(self, answer):
        if self.seat is not Seat.NONE:
            self.seat = answer

    @invariant()
    def a_result_needs_enrolment_and_confirmation(self):
        if self.status in {Status.COMPLETED, Status.FAILED}:
            assert self.seen[-3:-1] == [Status.CONFIRMED, Status.ENROLLED]

    @invariant()
    def it_is_credited_at_most_once(self):
        assert self.credits <= 1

    @invariant()
    def what_is_deleted_was_deletable(self):
        assert not self.deleted or self.status in DELETABLE

    @invariant()
    def what_is_deleted_or_final_offers_no_move(self):
        if self.deleted or self.status in FINAL:
            for actor in Actor:
                offered = allowed_actions(self.status, actor, deleted=self.deleted, seat=self.seat)
                assert set(offered) <= {Action.DELETE}


TestLifeOfAnApplication = LifeOfAnApplication.TestCase
