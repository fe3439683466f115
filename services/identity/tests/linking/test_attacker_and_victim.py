"""Attacker and victim do anything in any order: their accounts are never one, and neither enters the other's (T01, T05).

A short run is part of every test run; `HYPOTHESIS_PROFILE=long` makes 2 000 cases of 60 steps, `NMO_MACHINE_CASES` another
number of them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select
from sqlmodel import col

from nmo_identity.accounts.commands import record_sign_in as recording
from nmo_identity.accounts.commands.freeze import freeze_account
from nmo_identity.accounts.commands.thaw import thaw_account
from nmo_identity.accounts.tables import Account, Person
from nmo_identity.linking import rules
from nmo_identity.linking.commands import consume as consuming
from nmo_identity.linking.commands import join as joining
from nmo_testkit.stateful import DATABASE_CASES, PROFILE, run_machine
from services.identity.tests.linking.actors import Stage, reached
from services.identity.tests.linking.world import START, World

LONG = PROFILE == "long"
CASES = settings(
    DATABASE_CASES,
    max_examples=int(os.environ.get("NMO_MACHINE_CASES", "2000")) if LONG else 60,
    stateful_step_count=60 if LONG else 30,
)
WHO = st.sampled_from([0, 1])
BROWSER = st.tuples(WHO, st.sampled_from([0, 1]))
PROVIDER = st.sampled_from(["esia", "esia", "clinic", "only"])
ANY = st.integers(0, 40)
BY = st.sampled_from(["password", "password", "esia", "as it is", "as it is"])
MANY = 1000
"""With so many cases the rare outcomes must have been reached too."""
_GENERATE = (Phase.generate,)

OPEN = """
select a.*, p.snils_index, p.snils_level, p.holds_snils, p.last_name
from account a join person p on p.id = a.person_id
where a.state <> 'closed' and (a.subject = any(:subjects) or a.id = any(:ids))
"""
SESSIONS = """
select s.sid, s.person_id as of_person, a.person_id, a.state, a.id, a.subject
from auth_session s join account a on a.id = s.account_id
where s.ended_at is null and s.expires_at > :now and (a.subject = any(:subjects) or a.id = any(:ids))
"""


class AttackerAndVictim(RuleBasedStateMachine):
    """Two people with all their browsers, mailboxes and identities."""

    def __init__(self, do: Callable[[Any], Any], world: World) -> None:
        super().__init__()
        self.do, self.world = do, world
        world.now = START
        self.stage = Stage(world)

    def browser(self, which: tuple[int, int]) -> Any:
        return self.stage.actors[which[0]].browsers[which[1]]

    # --- ways in

    @initialize(first=WHO, level=st.sampled_from([1, 2]), number=WHO)
    def somebody_was_first(self, first: int, level: int, number: int) -> None:
        self.register(first, number, level)

    @rule(who=WHO, number=WHO, level=st.sampled_from([1, 1, 2]))
    def register(self, who: int, number: int, level: int) -> None:
        actors = self.stage.actors
        self.do(self.stage.register(actors[who], actors[number], level))

    @rule(where=BROWSER, whose=WHO, which=ANY)
    def sign_in(self, where: tuple[int, int], whose: int, which: int) -> None:
        accounts = self.stage.actors[whose].locals
        if accounts:
            self.do(self.stage.sign_in(self.browser(where), accounts[which % len(accounts)]))

    @rule(where=BROWSER)
    def sign_in_to_own(self, where: tuple[int, int]) -> None:
        accounts = self.stage.actors[where[0]].locals
        if accounts:
            self.do(self.stage.sign_in(self.browser(where), accounts[-1]))

    @rule(where=BROWSER, provider=PROVIDER)
    def sign_in_by_provider(self, where: tuple[int, int], provider: str) -> None:
        self.do(self.stage.esia(self.browser(where), self.world.providers[provider]))

    @rule(where=BROWSER)
    def agree(self, where: tuple[int, int]) -> None:
        browser = self.browser(where)
        if self.do(self.world.person_of(browser)) is not None:
            self.do(self.world.agree(browser.signed_in.session.account_id))

    # --- links, in any order and in crossed browsers

    @rule(where=BROWSER, provider=PROVIDER, typist=WHO, by=BY)
    def begin(self, where: tuple[int, int], provider: str, typist: int, by: str) -> None:
        self.do(
            self.stage.begin(
                self.browser(where), self.world.providers[provider], self.stage.actors[typist], by
            )
        )

    @rule(where=BROWSER, which=ANY)
    def finish_anywhere(self, where: tuple[int, int], which: int) -> None:
        if self.stage.flows:
            flow = self.stage.flows[which % len(self.stage.flows)]
            self.do(self.stage.finish(self.browser(where), flow))

    @rule()
    def finish_the_last(self) -> None:
        if self.stage.flows:
            flow = self.stage.flows[-1]
            self.do(self.stage.finish(flow.browser, flow))

    @rule(where=BROWSER, provider=PROVIDER, by=BY)
    def link_own(self, where: tuple[int, int], provider: str, by: str) -> None:
        """Somebody who means well: begins, types their own password, comes back."""
        self._link(where, provider, where[0], by, where)

    @rule(where=BROWSER, provider=PROVIDER, typist=WHO, by=BY, callback=BROWSER)
    def link_crossed(
        self, where: tuple[int, int], provider: str, typist: int, by: str, callback: tuple[int, int]
    ) -> None:
        """Begun in one browser, the callback comes to another, where somebody is signed in too."""
        self.do(self.stage.ready(self.browser(callback), by))
        self._link(where, provider, typist, by, callback)

    def _link(
        self, where: tuple[int, int], provider: str, typist: int, by: str, callback: tuple[int, int]
    ) -> None:
        flows = len(self.stage.flows)
        self.begin(where, provider, typist, by)
        if len(self.stage.flows) > flows:
            self.do(self.stage.finish(self.browser(callback), self.stage.flows[-1]))
            self.do(self.stage.replay(self.browser(callback), self.stage.flows[-1]))

    @rule(where=BROWSER, by=st.sampled_from(["password", "code"]))
    def join_own(self, where: tuple[int, int], by: str) -> None:
        """Signed in by ЕСИА, told of an account, and shows its password or code; or guesses."""
        joins = len(self.stage.joins)
        self.begin_join(where, "esia")
        for join in self.stage.joins[joins:]:
            self.do(self.stage.finish_join(join.browser, join, by))

    @rule(where=BROWSER, which=ANY)
    def replay(self, where: tuple[int, int], which: int) -> None:
        if self.stage.flows:
            flow = self.stage.flows[which % len(self.stage.flows)]
            self.do(self.stage.replay(self.browser(where), flow))
            self.do(self.stage.replay(flow.browser, flow))

    @rule(where=BROWSER, by=st.sampled_from(["esia", "as it is"]))
    def begin_join(self, where: tuple[int, int], by: str) -> None:
        self.do(self.stage.begin_join(self.browser(where), by))

    @rule(where=BROWSER, which=ANY, by=st.sampled_from(["password", "code"]), here=st.booleans())
    def finish_join(self, where: tuple[int, int], which: int, by: str, *, here: bool) -> None:
        if self.stage.joins:
            join = self.stage.joins[which % len(self.stage.joins)]
            browser = join.browser if here else self.browser(where)
            self.do(self.stage.finish_join(browser, join, by))

    @rule(where=BROWSER, which=ANY, by=BY)
    def untie(self, where: tuple[int, int], which: int, by: str) -> None:
        self.do(self.stage.untie(self.browser(where), which, by))

    # --- what befalls accounts

    @rule(who=WHO, which=ANY, reason=st.sampled_from(["risk", "support"]))
    def freeze(self, who: int, which: int, reason: str) -> None:
        self.do(self._freeze(who, which, reason))

    async def _freeze(self, who: int, which: int, reason: Any) -> None:
        rows = [row for row in await self._open() if self.stage.owner_of(row) is self.stage.actors[who]]
        if rows:
            async with self.world.db.write() as session:
                account = await session.get_one(Account, rows[which % len(rows)]["id"], with_for_update=True)
                done = await freeze_account(
                    session, account, reason=reason, cipher=self.world.cipher, now=self.world.now
                )
            reached["freeze"] += done

    @rule(which=ANY)
    def thaw_by_support(self, which: int) -> None:
        self.do(self._thaw(which))

    async def _thaw(self, which: int) -> None:
        rows = [row for row in await self._open() if row["state"] == "frozen"]
        if rows:
            async with self.world.db.write() as session:
                account = await session.get_one(Account, rows[which % len(rows)]["id"], with_for_update=True)
                await thaw_account(
                    session,
                    account,
                    by="support",
                    proof="NMO-1",
                    cipher=self.world.cipher,
                    now=self.world.now,
                )
            reached["thaw"] += 1

    @rule(minutes=st.sampled_from([1, 4, 6, 6, 7, 11, 60, 60 * 13, 60 * 24 * 4]))
    def time_passes(self, minutes: int) -> None:
        self.world.now += timedelta(minutes=minutes)

    # --- what must hold after each step

    async def _open(self) -> list[dict[str, Any]]:
        return await self.world.rows(OPEN, **self._keys())

    def _keys(self) -> dict[str, Any]:
        return {
            "subjects": [actor.human.subject for actor in self.stage.actors],
            "ids": [item.id for actor in self.stage.actors for item in actor.locals],
        }

    @invariant()
    def nobody_is_with_somebody_elses(self) -> None:
        self.do(self._look())

    async def _look(self) -> None:
        accounts = await self._open()
        sessions = await self.world.rows(SESSIONS, now=self.world.now, **self._keys())
        self._persons_have_one_owner(accounts)
        self._numbers_are_held_by_the_strongest(accounts)
        live = {row["sid"]: row for row in sessions}
        reached["accounts looked at"] += len(accounts)
        reached["sessions looked at"] += len(sessions)
        for row in sessions:
            assert row["state"] in {"active", "unverified"}, "a frozen or closed account has a session"
            assert row["of_person"] == row["person_id"], "a session of a person its account is not of"
        for actor in self.stage.actors:
            for browser in actor.browsers:
                sid = browser.signed_in.session.sid if browser.signed_in else None
                if sid in live:
                    assert self.stage.owner_of(live[sid]) is actor, "somebody is in another's account"

    def _persons_have_one_owner(self, accounts: list[dict[str, Any]]) -> None:
        owners: dict[Any, set[int]] = {}
        for row in accounts:
            owners.setdefault(row["person_id"], set()).add(id(self.stage.owner_of(row)))
        assert all(len(found) == 1 for found in owners.values()), "the accounts of two people are one"

    def _numbers_are_held_by_the_strongest(self, accounts: list[dict[str, Any]]) -> None:
        for row in accounts:
            owner = self.stage.owner_of(row)
            assert owner is not None
            if row["provider_key"] == "esia" and row["level"] == 3:
                assert row["holds_snils"], "whoever proved a number does not hold it"
                assert row["snils_level"] == 3
                assert row["snils_index"] == self.world.index(owner.human.snils)
                assert row["last_name"] == owner.human.name, "data of another person"
            if row["holds_snils"] and row["snils_level"] == 3:
                assert row["snils_index"] == self.world.index(owner.human.snils), (
                    "a stranger holds the number"
                )


NEEDED = {
    "sign in", "sign in by esia", "sign in by clinic", "sign in by only: login_state_invalid", "begin", "begin join",
    "begin: link_other_identity", "finish", "finish: link_state_invalid", "finish: link_taken", "join",
    "join: link_wrong_proof", "join: link_other_person", "untie: last_way_in", "freeze", "thaw",
}  # fmt: skip
RARE = {
    "untie",
    "sign in by esia: account_frozen",
    "begin: step_up_required",
    "finish: link_used",
    "join: link_used",
    "join: link_taken",
}


@pytest.mark.req("P13", "P21", "T01", "T05", "T11", "REG-09")
async def test_no_sequence_joins_them_or_lets_one_into_the_others(world: World) -> None:
    reached.clear()
    await run_machine(lambda do: AttackerAndVictim(do, world), chosen=CASES)
    wanted = NEEDED | (RARE if CASES.max_examples >= MANY else set())
    missing = wanted - set(reached)
    assert not missing, f"never reached: {sorted(missing)} of {dict(reached)}"


def _without_session_check(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consuming, "Presented", _lenient("same_session", "same_account", "same_browser"))


def _without_use_check(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def keeps_working(*_: Any, **__: Any) -> Any:
        class Row:
            outcome = ""

        return Row()

    def never_used(shown: rules.Presented, now: Any) -> tuple[str, str] | None:
        return None if shown.consumed else rules.refusal_of_flow(shown, now)

    monkeypatch.setattr(consuming, "refusal_of_flow", never_used)
    monkeypatch.setattr("nmo_identity.linking.commands.finish.settle_flow", keeps_working)


def _without_proof_of_control(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def believes(*_: Any, **__: Any) -> None:
        """Whoever signed in by ЕСИА with an equal number or address is believed."""

    monkeypatch.setattr(joining, "_show_control", believes)


def _with_silent_links(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first = recording._first_person

    async def joins_equal(session: Any, closed: Any, proven: Any, provider_key: str, now: Any) -> Any:
        person, account = await first(session, closed, proven, provider_key, now)
        if closed is None and proven.snils is not None:
            number = world.index(proven.snils)
            equal = select(Person).where(col(Person.snils_index) == number).limit(1)
            found = (await session.execute(equal)).scalar_one_or_none()
            if found is not None:
                account.person_id = found.id
                return found, account
        return person, account

    monkeypatch.setattr(recording, "_first_person", joins_equal)


def _without_freezing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def keeps(*_: Any, **__: Any) -> list[Any]:
        return []

    monkeypatch.setattr("nmo_identity.accounts.commands.freeze.close", keeps)


def _lenient(*names: str) -> Any:
    def make(**shown: Any) -> rules.Presented:
        return rules.Presented(**{**shown, **dict.fromkeys(names, shown["found"])})

    return make


FAULTS: dict[str, tuple[Callable[[World, pytest.MonkeyPatch], None], str]] = {
    "session and browser are not compared": (_without_session_check, "another browser|two people are one"),
    "a proof is not used up": (_without_use_check, "a used proof worked again"),
    "an equal number is taken for control": (_without_proof_of_control, "without its password or mailbox"),
    "an equal number links silently": (_with_silent_links, "two people are one|in another's account"),
    "a frozen account keeps its sessions": (_without_freezing, "a frozen or closed account has a session"),
}


@pytest.mark.req("T01")
@pytest.mark.parametrize("fault", sorted(FAULTS))
async def test_machine_finds_a_planted_fault(
    world: World, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each control taken away must be missed by the machine, or its silence proves nothing."""
    plant, words = FAULTS[fault]
    plant(world, monkeypatch)
    chosen = settings(
        CASES,
        max_examples=60,
        stateful_step_count=70,
        database=None,
        phases=_GENERATE,
        report_multiple_bugs=False,
    )
    with pytest.raises((AssertionError, ExceptionGroup)) as found:
        await run_machine(lambda do: AttackerAndVictim(do, world), chosen=chosen)
    # What hypothesis cannot repeat, since keys and clocks differ, it wraps; found is found.
    faults = getattr(found.value, "exceptions", [found.value])
    assert any(re.search(words, str(fault)) for fault in faults), faults
