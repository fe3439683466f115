"""The plan of faults: decided by its seed, and nothing is left out of it."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

import pytest

from nmo_kit import failpoints
from tests.chaos.failpoint_list import ELSEWHERE, EVERYBODY, NAMES, PLACES, RETRIED
from tests.chaos.plan import BROKER, NETWORK, POSTGRES, Planner, Round

ROOT = Path(__file__).resolve().parents[2]
KINDS = {
    "kill",
    "freeze",
    "failpoint",
    "clock.skew",
    "clock.forward",
    *(f"broker.{how}" for how in BROKER),
    *(f"postgres.{how}" for how in POSTGRES),
    *(f"network.{how}" for how in NETWORK),
}
DECK = 45
"""More rounds than the deck has, so that each kind has had its turn."""


def dealt(seed: int, number: int = DECK, *, brisk: bool = False) -> list[Round]:
    return list(islice(Planner(seed, brisk=brisk).rounds(), number))


def test_a_seed_gives_one_plan_and_another_seed_another() -> None:
    assert dealt(7) == dealt(7)
    assert dealt(7, brisk=True) == dealt(7, brisk=True)
    assert dealt(7) != dealt(8)


@pytest.mark.parametrize("seed", range(5))
def test_every_kind_of_fault_comes_whatever_the_seed(seed: int) -> None:
    names = {fault.name for planned in dealt(seed) for fault in planned.faults}
    assert names == KINDS
    targets = {fault.target for planned in dealt(seed) for fault in planned.faults if fault.name == "kill"}
    assert targets >= set(EVERYBODY)


@pytest.mark.parametrize("seed", range(5))
def test_every_failpoint_comes_within_two_decks(seed: int) -> None:
    texts = [
        fault.detail
        for planned in dealt(seed, 2 * DECK)
        for fault in planned.faults
        if fault.name == "failpoint"
    ]
    assert {name for text in texts for name in failpoints.parse(text)} == NAMES


def test_a_short_plan_is_made_of_kills_beside_everything_else() -> None:
    faults = [fault for planned in dealt(1, 14, brisk=True) for fault in planned.faults]
    assert sum(fault.name in {"kill", "postgres.kill_backend"} for fault in faults) >= 100
    assert len({fault.name for fault in faults}) >= 6


def test_the_list_names_every_failpoint_of_the_product() -> None:
    passed = set()
    for folder in ("shared/kit/src", "gateway/src", *(f"services/{name}/src" for name in EVERYBODY[1:])):
        for file in (ROOT / folder).rglob("*.py"):
            passed |= set(re.findall(r"failpoints\.hit(?:_sync)?\(\"([\w.]+)\"\)", file.read_text()))
    assert passed == NAMES | ELSEWHERE
    assert len(NAMES) >= 25


def test_nothing_is_raised_where_a_user_waits() -> None:
    raising = {place.name for place in PLACES if "raise" in place.actions}
    assert raising == {"relay.before_publish", "relay.before_mark", "handler.before_commit"}
    assert set(failpoints.parse(RETRIED)) == {"handler.before_commit", "consumer.before_retry_ack"}
