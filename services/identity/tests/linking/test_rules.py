"""What becomes of two proven sides: the whole table of verdicts, and what a proof is bound to."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from nmo_identity.accounts.rules import LIVE, IllegalMoveError, may_overwrite, state_after
from nmo_identity.linking.rules import (
    FLOW_LIFETIME,
    TIES,
    Presented,
    Side,
    is_fresh,
    mask_email,
    may_untie,
    refusal_of_flow,
    verdict_of,
)

NOW = datetime(2026, 5, 10, tzinfo=UTC)
ME = frozenset({"local"})
THEM = frozenset({"esia"})


def side(
    issuers: frozenset[str], *, touched: bool = False, number: bytes | None = None, level: int = 0
) -> Side:
    return Side(issuers, touched, number, level)


@pytest.mark.req("P13")
@pytest.mark.parametrize(
    ("mine", "other", "number", "level", "verdict"),
    [
        (side(ME), None, None, 0, "attach"),
        (side(ME, touched=True, number=b"1", level=2), None, b"1", 3, "attach"),
        (side(ME, number=b"2", level=1), None, b"1", 3, "attach"),
        (side(ME, number=b"2", level=2), None, b"1", 3, "other_person"),
        (side(ME), side(THEM), None, 0, "bring"),
        (side(ME, touched=True), side(THEM), None, 0, "bring"),
        (side(ME), side(THEM, touched=True), None, 0, "go"),
        (side(ME, touched=True), side(THEM, touched=True), None, 0, "taken"),
        (side(ME), side(THEM | {"local"}), None, 0, "taken"),
        (side(ME), side(THEM | {"local"}, touched=True), None, 0, "taken"),
        (side(ME | {"clinic"}), side(THEM, touched=True), None, 0, "taken"),
        (side(ME | THEM), None, None, 0, "other_identity"),
    ],
)
def test_verdicts(mine: Side, other: Side | None, number: bytes | None, level: int, verdict: str) -> None:
    found = verdict_of(mine, other, issuer="esia", same_person=False, number=number, number_level=level)
    assert found == verdict


@pytest.mark.req("T01")
def test_two_used_persons_are_never_joined_whatever_else_is_true() -> None:
    """Every combination: where data hang on both sides, or two proven numbers differ, nothing is tied."""
    sets = (ME, THEM, ME | THEM, ME | {"clinic"})
    tied = 0
    for issuers, others, touched, numbers, levels, issuer in product(
        sets,
        (None, *sets),
        product((False, True), repeat=2),
        product((None, b"1", b"2"), repeat=2),
        product((0, 1, 2, 3), repeat=2),
        ("local", "esia"),
    ):
        mine = Side(issuers, touched[0], numbers[0], levels[0])
        other = None if others is None else Side(others, touched[1], numbers[1], levels[1])
        found = verdict_of(
            mine, other, issuer=issuer, same_person=False, number=numbers[1], number_level=levels[1]
        )
        if found not in TIES:
            continue
        tied += 1
        assert issuer not in issuers
        assert not (other is not None and other.touched and mine.touched)
        assert not (min(levels) >= 2 and numbers[0] != numbers[1])
    assert tied > 100


@pytest.mark.req("P13", "T01")
@pytest.mark.parametrize(
    "missing", ["found", "same_browser", "same_session", "same_account", "same_provider"]
)
def test_proof_needs_everything_it_was_bound_to(missing: str) -> None:
    whole = {
        "found": True, "same_browser": True, "same_session": True, "same_account": True, "same_provider": True,
    }  # fmt: skip
    assert refusal_of_flow(Presented(**whole, consumed=False, expires_at=NOW + timedelta(1)), NOW) is None
    found = refusal_of_flow(
        Presented(**{**whole, missing: False}, consumed=False, expires_at=NOW + timedelta(1)), NOW
    )
    assert found is not None
    assert found[0] == "link_state_invalid"


def test_proof_ends_to_the_second() -> None:
    shown = Presented(
        found=True, same_browser=True, same_session=True, same_account=True, same_provider=True,
        consumed=False, expires_at=NOW + FLOW_LIFETIME,
    )  # fmt: skip
    assert refusal_of_flow(shown, NOW + FLOW_LIFETIME - timedelta(seconds=1)) is None
    assert refusal_of_flow(shown, NOW + FLOW_LIFETIME) == ("link_state_invalid", "flow_expired")


def test_password_typed_before_the_link_began_proves_no_presence() -> None:
    assert is_fresh(NOW, NOW)
    assert is_fresh(NOW - timedelta(seconds=9), NOW)
    assert not is_fresh(NOW - timedelta(seconds=11), NOW)


def test_last_way_stays_and_addresses_are_masked() -> None:
    assert [may_untie(count) for count in (0, 1, 2)] == [False, False, True]
    assert mask_email("maria@klinika.example.org") == "m•••@klinika.example.org"


@pytest.mark.req("P21")
@pytest.mark.parametrize("state", ["unverified", "active", "frozen", "closed"])
@pytest.mark.parametrize("move", ["verify", "expire", "freeze", "thaw", "close"])
def test_states_and_moves(state: str, move: str) -> None:
    """The whole table: nothing leads out of `closed`, only a thaw out of `frozen`, and a thaw verifies nothing."""
    table = {
        ("unverified", "verify"): "active",
        ("unverified", "expire"): "closed",
        ("unverified", "freeze"): "frozen",
        ("active", "freeze"): "frozen",
        ("frozen", "thaw"): "active",
        ("unverified", "close"): "closed",
        ("active", "close"): "closed",
        ("frozen", "close"): "closed",
    }
    if (state, move) in table:
        assert state_after(state, move) == table[state, move]  # type: ignore[arg-type]
    else:
        with pytest.raises(IllegalMoveError):
            state_after(state, move)  # type: ignore[arg-type]
    assert state_after("frozen", "thaw", before="unverified") == "unverified"
    assert {"unverified", "active"} == LIVE


def test_weaker_way_in_overwrites_nothing() -> None:
    assert may_overwrite(3, [0, 1])
    assert may_overwrite(1, [0, 1])
    assert not may_overwrite(1, [3])
