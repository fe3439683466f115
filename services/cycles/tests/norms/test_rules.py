"""Norms: the same ledger under each of them, by the day of filing."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmo_cycles.norms.queries import packaged_norms
from nmo_cycles.norms.rules import Component, Credit, Norm, component_of, judge, portal_norm, verdicts

NORMS = [Norm(**row) for row in packaged_norms()]
BY_CODE = {norm.code: norm for norm in NORMS}
EARNED_ON = date(2020, 6, 1)


def ledger(formal, informal, earned_on=EARNED_ON):
    return [
        Credit(Component.FORMAL, Decimal(formal), earned_on),
        Credit(Component.INFORMAL, Decimal(informal), earned_on),
    ]


@pytest.mark.req("CYC-07")
@pytest.mark.parametrize(
    ("filing_on", "codes"),
    [
        (date(2015, 12, 31), []),
        (date(2016, 1, 1), ["portal-250"]),
        (date(2020, 12, 31), ["portal-250"]),
        (date(2021, 1, 1), ["portal-250", "legal-144-40n"]),
        (date(2022, 2, 28), ["portal-250", "legal-144-40n"]),
        (date(2022, 3, 1), ["portal-250", "legal-144-1081n"]),
        (date(2022, 12, 31), ["portal-250", "legal-144-1081n"]),
        (date(2023, 1, 1), ["portal-250", "legal-144-709n"]),
        (date(2026, 11, 21), ["portal-250", "legal-144-709n"]),
        (date(2028, 12, 31), ["portal-250", "legal-144-709n"]),
        (date(2029, 1, 1), ["portal-250"]),
    ],
)
def test_the_day_of_filing_chooses_the_norms(filing_on, codes):
    assert [verdict.norm.code for verdict in verdicts(NORMS, [], filing_on=filing_on)] == codes


@pytest.mark.req("CYC-07")
@pytest.mark.parametrize(
    ("formal", "informal", "filing_on", "satisfied"),
    [
        # 74 hours of programmes in 2021 and 2022, 72 from 2023 on.
        (74, 70, date(2021, 8, 1), True),
        (73, 71, date(2021, 8, 1), False),
        (72, 72, date(2022, 12, 31), False),
        (74, 70, date(2022, 12, 31), True),
        (72, 72, date(2023, 1, 1), True),
        (71, 73, date(2023, 1, 1), False),
        (72, 71, date(2023, 1, 1), False),
        # 144 hours of programmes are enough alone.
        (144, 0, date(2021, 8, 1), True),
        (144, 0, date(2026, 11, 21), True),
        (143, 0, date(2026, 11, 21), False),
        # Events beyond the limit do not count.
        (73, 500, date(2022, 5, 1), False),
        (100, 44, date(2026, 11, 21), True),
        (100, 43, date(2026, 11, 21), False),
        (0, 500, date(2026, 11, 21), False),
    ],
)
def test_the_legal_test_of_144_hours(formal, informal, filing_on, satisfied):
    (legal,) = [
        verdict
        for verdict in verdicts(NORMS, ledger(formal, informal), filing_on=filing_on)
        if verdict.norm.family == "legal"
    ]
    assert legal.satisfied is satisfied


@pytest.mark.req("CYC-07")
@pytest.mark.parametrize(
    ("formal", "informal", "satisfied"),
    [(180, 70, True), (179, 71, False), (181, 69, False), (250, 0, False), (180, 69, False), (200, 90, True)],
)
def test_the_portals_250_need_both_parts(formal, informal, satisfied):
    verdict = judge(BY_CODE["portal-250"], ledger(formal, informal), filing_on=date(2026, 1, 1))
    assert verdict.satisfied is satisfied


@pytest.mark.req("CYC-07")
def test_norms_differ_about_the_same_ledger_and_are_not_merged():
    portal, legal = verdicts(NORMS, ledger(144, 0), filing_on=date(2026, 11, 21))
    assert (portal.satisfied, legal.satisfied) == (False, True)
    assert (portal.counted, portal.norm.total) == (Decimal(144), Decimal(250))
    assert (legal.counted, legal.norm.total) == (Decimal(144), Decimal(144))


@pytest.mark.req("CYC-07")
def test_what_is_earned_after_the_filing_does_not_count():
    later = ledger(144, 0, earned_on=date(2026, 11, 22))
    norm = BY_CODE["legal-144-709n"]
    assert not judge(norm, later, filing_on=date(2026, 11, 21)).satisfied
    assert judge(norm, later, filing_on=date(2026, 11, 22)).satisfied


@pytest.mark.req("CYC-07")
def test_the_packaged_norms_are_the_portals_and_the_orders():
    portal = portal_norm(NORMS, date(2026, 11, 21))
    assert (portal.total, portal.min_formal, portal.min_informal) == (250, 180, 70)
    assert (portal.yearly_total, portal.yearly_formal, portal.yearly_informal) == (50, 36, 14)
    assert portal.min_formal + portal.min_informal == portal.total
    for family in ("portal", "legal"):
        editions = sorted((norm for norm in NORMS if norm.family == family), key=lambda norm: norm.valid_from)
        for earlier, later in pairwise(editions):
            assert earlier.valid_until == later.valid_from


@pytest.mark.parametrize(
    ("formal", "informal", "passed"),
    [
        (124, 0, []),
        (125, 0, [50]),
        (130, 70, [50, 80]),
        (250, 0, [50, 80]),
        (180, 70, [50, 80, 100]),
    ],
)
def test_shares_of_the_norm(formal, informal, passed):
    verdict = judge(BY_CODE["portal-250"], ledger(formal, informal), filing_on=date.max)
    assert [percent for percent in (50, 80, 100) if verdict.passed(percent)] == passed


@pytest.mark.parametrize(
    ("kind", "component"), [("programme", "formal"), ("event", "informal"), ("module", "informal")]
)
def test_kinds_belong_to_components(kind, component):
    assert component_of(kind) == component


zets = st.decimals(0, 400, places=2)


@pytest.mark.req("CYC-07")
@given(zets, zets, zets, st.sampled_from(NORMS))
def test_more_credits_never_spoil_a_norm(formal, informal, more, norm):
    before = judge(norm, ledger(formal, informal), filing_on=date.max)
    for richer in (ledger(formal + more, informal), ledger(formal, informal + more)):
        after = judge(norm, richer, filing_on=date.max)
        assert after.counted >= before.counted
        assert after.satisfied or not before.satisfied
