"""Twelve rules of linking, each as the attack it stands against (security 2.2)."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from nmo_identity.accounts.errors import AccountFrozen, SnilsTaken
from nmo_identity.accounts.tables import Account
from nmo_identity.linking import errors
from nmo_identity.linking.commands.confirm_links import MUST_CONFIRM_LINKS, confirm_links
from nmo_identity.linking.commands.revoke_proofs import revoke_link_proofs
from nmo_identity.local_accounts.commands.expire import expire_unconfirmed
from nmo_identity.login.errors import LoginStateInvalid
from nmo_identity.sessions.errors import StepUpRequired
from nmo_kit.errors import NotFound
from services.identity.tests.linking.world import ATTACKER, PASSWORD, VICTIM, Browser, Human, StandIn, World

pytestmark = pytest.mark.req("P13", "T01")


# --- L1: the key of an identity is (issuer, subject)


@pytest.mark.req("REG-09")
async def test_l01_equal_subject_or_address_at_another_issuer_is_another_person(world: World) -> None:
    """An attacker runs a provider of their own, and gives themselves the victim's subject, number and address there."""
    mine, theirs = Browser(), Browser()
    await world.esia_sign_in(VICTIM, mine)
    evil = StandIn("evil", "Чужой", "https://evil.example.org/", confirmed=False)
    twin = Human("Злоумов", VICTIM.snils, VICTIM.email, VICTIM.subject)
    await world.esia_sign_in(twin, theirs, evil)
    assert await world.person_of(mine) != await world.person_of(theirs)


async def test_l01_changed_address_and_number_leave_the_person_who_they_are(world: World) -> None:
    browser = Browser()
    first = (await world.esia_sign_in(VICTIM, browser)).person_id
    moved = Human("Новофамильная", "97116165616", "new@example.org", VICTIM.subject)
    assert (await world.esia_sign_in(moved, browser)).person_id == first


# --- L2: an equal address or number links nothing; both sides are proven, and freshly


@pytest.mark.parametrize("level", [1, 2])
async def test_l02_equal_number_and_address_are_told_and_never_tied_silently(
    world: World, level: int
) -> None:
    """Classic-federated merge: the account waits with the victim's address until they come by the provider."""
    squat = await world.local(VICTIM.email, snils=VICTIM.snils, level=level)
    browser = Browser()
    signed_in = await world.esia_sign_in(VICTIM, browser)
    assert signed_in.person_id != (await world.account(squat))["person_id"]
    (found,) = (await world.links(browser))["found"]
    assert found == {
        "account_id": squat,
        "email_masked": "v•••@example.org",
        "same": ["snils", "email"],
    }


async def test_l02_nobody_is_told_of_an_account_by_typing_its_number(world: World) -> None:
    """Only what ЕСИА proved is looked for: an unconfirmed identity with a typed number learns nothing."""
    await world.local(VICTIM.email, snils=VICTIM.snils, level=2)
    browser = Browser()
    weak = StandIn("weak", "Слабый", "https://weak.example.org/", confirmed=False)
    await world.esia_sign_in(Human("Злоумов", VICTIM.snils, VICTIM.email, "7"), browser, weak)
    assert (await world.links(browser))["found"] == []


async def test_l02_the_local_side_must_be_recent(world: World) -> None:
    """Somebody sits down at an unlocked computer."""
    browser = Browser()
    await world.sign_in(await world.local("a@example.org"), browser)
    world.now += timedelta(minutes=5, seconds=1)
    with pytest.raises(StepUpRequired):
        await world.start(browser, ATTACKER)


async def test_l02_the_provider_must_have_asked_for_the_password(world: World) -> None:
    """The computer is still signed in at Госуслуги, as somebody else."""
    browser = Browser()
    account = await world.local("a@example.org")
    await world.sign_in(account, browser)
    begun = await world.start(browser, VICTIM, typed=world.now - timedelta(minutes=30))
    with pytest.raises(errors.LinkNotFresh):
        await world.finish(browser, begun)
    assert len((await world.links(browser))["items"]) == 1
    assert [row["reason"] for row in await world.journal("link.refused")] == ["link_not_fresh"]


async def test_l02_joining_needs_the_password_or_the_mailed_code(world: World) -> None:
    squat = await world.local("a@example.org", snils=VICTIM.snils)
    browser = Browser()
    await world.esia_sign_in(VICTIM, browser)
    state = await world.begin_join(browser, squat)
    for _ in range(5):
        with pytest.raises(errors.LinkWrongProof):
            await world.join(browser, state, password="не тот")
    with pytest.raises(errors.LinkTriesSpent):
        await world.join(browser, state, password=PASSWORD)
    assert (await world.account(squat))["person_id"] != await world.person_of(browser)


# --- L3: a proof is bound to user, issuer, subject, flow and browser session


async def test_l03_other_browser_cannot_finish(world: World) -> None:
    """The attacker begins a link and sends the callback's address to the victim, or the other way round."""
    mine = Browser()
    await world.sign_in(await world.local("a@example.org"), mine)
    begun = await world.start(mine, VICTIM)
    with pytest.raises(errors.LinkStateInvalid):
        await world.finish(mine, begun, secret=Browser().secret)


async def test_l03_other_session_of_the_same_person_cannot_finish(world: World) -> None:
    account = await world.local("a@example.org")
    first, second = Browser(), Browser()
    await world.sign_in(account, first)
    await world.sign_in(account, second)
    begun = await world.start(first, VICTIM)
    with pytest.raises(errors.LinkStateInvalid):
        await world.finish(first, begun, session_of=second)
    assert [row["reason"] for row in await world.journal("link.refused")] == [
        "link_state_invalid:other_session"
    ]


async def test_l03_victims_session_does_not_carry_the_attackers_flow(world: World) -> None:
    """The attacker plants their flow in the victim's browser: the victim's own account must not be tied by it."""
    attackers, victims = Browser(), Browser()
    await world.sign_in(await world.local("a@example.org"), attackers)
    await world.sign_in(await world.local(VICTIM.email), victims)
    begun = await world.start(attackers, ATTACKER)
    with pytest.raises(errors.LinkStateInvalid):
        await world.finish(victims, begun, secret=attackers.secret)
    with pytest.raises(errors.LinkStateInvalid):
        await world.finish(attackers, begun, session_of=victims)
    assert await world.rows("select 1 from account where provider_key = 'esia'") == []


async def test_l03_flow_of_one_provider_takes_no_answer_of_another(world: World) -> None:
    browser = Browser()
    await world.sign_in(await world.local("a@example.org"), browser)
    begun = await world.start(browser, ATTACKER)
    with pytest.raises(errors.LinkStateInvalid):
        await world.finish(browser, begun, provider=world.other)


async def test_l03_proof_of_one_account_ties_no_other(world: World) -> None:
    """Two accounts carry the number; the password of the first, given in the flow of the second, ties neither."""
    first = await world.local("a@example.org", snils=VICTIM.snils, password="Первый-Пароль-17-клён")
    second = await world.local("b@example.org", snils=VICTIM.snils, password="Второй-Пароль-71-вяз")
    browser = Browser()
    await world.esia_sign_in(VICTIM, browser)
    state = await world.begin_join(browser, second)
    with pytest.raises(errors.LinkWrongProof):
        await world.join(browser, state, password="Первый-Пароль-17-клён")
    code = await world.mail_code(browser, state)
    assert (await world.letters("link_code"))[-1]["to"] == "b@example.org"
    await world.join(browser, state, code=code)
    mine = await world.person_of(browser)
    assert (await world.account(second))["person_id"] == mine
    assert (await world.account(first))["person_id"] != mine


# --- L4: one proof, one use, ten minutes; revoked by what ends trust


async def test_l04_proof_works_once_even_when_two_finish_at_once(world: World) -> None:
    browser = Browser()
    await world.sign_in(await world.local("a@example.org"), browser)
    begun = await world.start(browser, VICTIM)
    again = Browser(browser.secret, browser.signed_in)
    # The provider would answer both: what refuses the second is the flow.
    begun_again = type(begun)(begun.state, world.esia.code(begun.state, VICTIM, world.now), begun.provider)
    answers = await asyncio.gather(
        world.finish(browser, begun), world.finish(again, begun_again), return_exceptions=True
    )
    refused = [item for item in answers if isinstance(item, BaseException)]
    assert len(refused) == 1
    assert isinstance(refused[0], errors.LinkUsed | errors.LinkStateInvalid)
    assert len(await world.rows("select 1 from account where provider_key = 'esia'")) == 1


async def test_l04_failed_proof_is_used_up_too(world: World) -> None:
    browser = Browser()
    await world.sign_in(await world.local("a@example.org"), browser)
    begun = await world.start(browser, VICTIM, typed=world.now - timedelta(hours=1))
    with pytest.raises(errors.LinkNotFresh):
        await world.finish(browser, begun)
    fresh = type(begun)(begun.state, world.esia.code(begun.state, VICTIM, world.now), begun.provider)
    with pytest.raises(errors.LinkUsed):
        await world.finish(browser, fresh)


@pytest.mark.parametrize(("seconds", "works"), [(-1, True), (0, False)])
async def test_l04_ten_minutes(world: World, seconds: int, *, works: bool) -> None:
    browser = Browser()
    await world.sign_in(await world.local("a@example.org"), browser)
    begun = await world.start(browser, VICTIM)
    world.now += timedelta(minutes=10, seconds=seconds)
    if works:
        await world.finish(browser, begun)
    else:
        with pytest.raises(errors.LinkStateInvalid):
            await world.finish(browser, begun)


@pytest.mark.parametrize("when", ["before the callback", "while the provider answers"])
async def test_l04_recovery_takes_proofs_back(
    world: World, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner recovers the account while a thief's link waits for its callback, or is already being answered."""
    account = await world.local("a@example.org")
    thief = Browser()
    await world.sign_in(account, thief)
    begun = await world.start(thief, ATTACKER)
    person_id = (await world.account(account))["person_id"]

    async def recover(*_: Any, **__: Any) -> None:
        async with world.db.write() as session:
            assert await revoke_link_proofs(session, person_id) == 1

    if when == "before the callback":
        await recover()
    else:
        answer = world.esia.finish

        async def slow(*arguments: Any, **named: Any) -> Any:
            proven = await answer(*arguments, **named)
            await recover()
            return proven

        monkeypatch.setattr(world.esia, "finish", slow)
    with pytest.raises(errors.LinkUsed):
        await world.finish(thief, begun)
    assert await world.rows("select 1 from account where provider_key = 'esia'") == []


async def test_l04_untying_takes_proofs_back(world: World) -> None:
    browser, other = Browser(), Browser()
    account = await world.local("a@example.org")
    await world.sign_in(account, browser)
    await world.link(browser, VICTIM)
    await world.sign_in(account, other)
    begun = await world.start(other, ATTACKER, world.other)
    esia = next(item for item in (await world.links(browser))["items"] if item["provider"] == "esia")
    await world.untie(other, esia["account_id"])
    with pytest.raises(errors.LinkUsed):
        await world.finish(other, begun)


# --- L5: nothing an attacker knows makes a proof


async def test_l05_state_is_pure_chance_and_guesses_open_nothing(world: World) -> None:
    account = await world.local("a@example.org")
    browser = Browser()
    await world.sign_in(account, browser)
    states = [(await world.start(browser, VICTIM)).state for _ in range(3)]
    assert len(set(states)) == 3
    assert {UUID(state).version for state in states} == {4}
    sid = await world.sid(browser)
    for guess in (str(account), str(sid), VICTIM.subject, "", "x" * 36):
        begun = type(await world.start(browser, VICTIM))(guess, "code", world.esia)
        with pytest.raises(errors.LinkStateInvalid):
            await world.finish(browser, begun)


# --- L6: a provider that only ties opens no session


async def test_l06_link_only_provider_opens_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by starting, not by a callback for a flow begun elsewhere, not after it was tied."""
    browser = Browser()
    account = await world.local("a@example.org")
    await world.sign_in(account, browser)
    signed_in = await world.link(browser, VICTIM, world.only)
    assert signed_in.session.account_id == account
    assert {item["provider"] for item in (await world.links(browser))["items"]} == {"local", "only"}
    with pytest.raises(LoginStateInvalid):
        await world.esia_sign_in(VICTIM, Browser(), world.only)
    # A flow from before the setting changed must not help either.
    monkeypatch.setattr(world.only, "link_only", False)
    started = Browser()
    finish = world.only.finish

    async def changed(*arguments: Any, **named: Any) -> Any:
        return await finish(*arguments, **named)

    monkeypatch.setattr(world.only, "finish", changed)
    await world.esia_sign_in(VICTIM, started, world.only)
    monkeypatch.setattr(world.only, "link_only", True)
    with pytest.raises(LoginStateInvalid):
        await world.esia_sign_in(VICTIM, started, world.only)


async def test_l06_link_only_provider_does_not_count_as_a_way_in(world: World) -> None:
    browser = Browser()
    account = await world.local("a@example.org")
    await world.sign_in(account, browser)
    await world.link(browser, VICTIM, world.only)
    with pytest.raises(errors.LastWayIn):
        await world.untie(browser, account)


# --- L7: an account nobody confirmed loses everything by the link


async def test_l07_unconfirmed_account_loses_password_sessions_and_links(world: World) -> None:
    """A stranger registers the victim's address, keeps a session, ties an identity of theirs and waits."""
    account = await world.local(VICTIM.email, state="unverified")
    stranger, victim = Browser(), Browser()
    await world.sign_in(account, stranger)
    assert await world.sign_in(account, victim)
    person = await world.person_of(victim)
    await world.link(victim, VICTIM)
    assert await world.person_of(victim) == person
    assert await world.person_of(stranger) is None
    assert not await world.sign_in(account, stranger)
    assert (await world.account(account))["state"] == "closed"
    assert await world.rows("select 1 from local_credential") == []
    assert [item["provider"] for item in (await world.links(victim))["items"]] == ["esia"]


# --- L9: the last way in stays


@pytest.mark.req("REG-09")
async def test_l09_last_way_in_cannot_be_removed(world: World) -> None:
    browser = Browser()
    account = await world.local("a@example.org")
    await world.sign_in(account, browser)
    with pytest.raises(errors.LastWayIn):
        await world.untie(browser, account)
    await world.link(browser, VICTIM)
    items = (await world.links(browser))["items"]
    assert all(item["removable"] for item in items)
    await world.untie(browser, account)
    (left,) = (await world.links(browser))["items"]
    assert (left["provider"], left["removable"]) == ("esia", False)
    with pytest.raises(errors.LastWayIn):
        await world.untie(browser, left["account_id"])


async def test_l09_two_removals_at_once_leave_one(world: World) -> None:
    first, second = Browser(), Browser()
    account = await world.local("a@example.org")
    await world.sign_in(account, first)
    await world.link(first, VICTIM)
    await world.sign_in(account, second)
    esia = next(item for item in (await world.links(first))["items"] if item["provider"] == "esia")
    answers = await asyncio.gather(
        world.untie(first, account), world.untie(second, esia["account_id"]), return_exceptions=True
    )
    assert [type(item) for item in answers if item is not None] == [errors.LastWayIn]


# --- L10: what belongs to somebody else is refused, and both are told


async def test_l10_identity_tied_elsewhere_is_refused_and_both_owners_are_told(world: World) -> None:
    owner, other = Browser(), Browser()
    mine = await world.local("owner@example.org")
    await world.sign_in(mine, owner)
    await world.link(owner, VICTIM)
    theirs = await world.local("other@example.org")
    await world.sign_in(theirs, other)
    with pytest.raises(errors.LinkTaken):
        await world.link(other, VICTIM)
    persons = {await world.person_of(owner), (await world.account(theirs))["person_id"]}
    letters = await world.letters("link_refused")
    assert {row["to"] for row in letters} == {"owner@example.org", "other@example.org"}
    assert {row["person_id"] for row in await world.journal("link.conflict")} == persons
    assert len((await world.links(owner))["items"]) == 2


async def test_l10_two_used_persons_are_left_to_support(world: World) -> None:
    """Both are the same human's, and both hold data: accounts are joined by nobody but support, on documents."""
    browser, esia = Browser(), Browser()
    account = await world.local("a@example.org", snils=VICTIM.snils)
    await world.agree(account)
    await world.esia_sign_in(VICTIM, esia)
    assert esia.signed_in is not None
    await world.agree(esia.signed_in.session.account_id)
    await world.sign_in(account, browser)
    with pytest.raises(errors.LinkTaken):
        await world.link(browser, VICTIM)
    state = await world.begin_join(esia, account)
    with pytest.raises(errors.LinkTaken):
        await world.join(esia, state, password=PASSWORD)


# --- the domain's twist: the number is the trojan identifier


@pytest.mark.req("T05")
async def test_squatter_on_a_number_is_frozen_and_the_owner_comes_in(world: World) -> None:
    """Registered first with the victim's number, even matched in the register by it: the proof of ЕСИА wins."""
    squat = await world.local("squatter@example.org", snils=VICTIM.snils, level=2)
    attacker, victim = Browser(), Browser()
    assert await world.sign_in(squat, attacker)
    await world.esia_sign_in(VICTIM, victim)
    assert await world.person_of(attacker) is None
    assert not await world.sign_in(squat, attacker)
    (holder,) = await world.rows("select id, snils_level from person where holds_snils")
    assert (holder["id"], holder["snils_level"]) == (await world.person_of(victim), 3)
    assert (await world.letters("account_frozen_stronger_proof"))[0]["to"] == "squatter@example.org"
    # Neither side of the thief opens the frozen account or reaches the victim's.
    with pytest.raises(errors.LinkStateInvalid):
        await world.finish(attacker, await _foreign_flow(world, victim))


async def _foreign_flow(world: World, browser: Browser) -> Any:
    return await world.start(browser, ATTACKER, world.other)


@pytest.mark.req("T05")
async def test_typed_number_reserves_nothing(world: World) -> None:
    typed = await world.local("squatter@example.org", snils=VICTIM.snils, level=1)
    victim = Browser()
    await world.esia_sign_in(VICTIM, victim)
    assert (await world.account(typed))["state"] == "active"
    with pytest.raises(SnilsTaken):
        await world.esia_sign_in(Human("Второй", VICTIM.snils, "x@example.org", "2"), Browser())


@pytest.mark.req("T05", "REG-09")
async def test_proven_number_comes_along_to_the_person_that_was_used(world: World) -> None:
    """Signed in by ЕСИА for the first time, and ties the clinic by which they have worked here so far."""
    used, first = Browser(), Browser()
    await world.esia_sign_in(VICTIM, used, world.other)
    person = await world.person_of(used)
    await world.agree((await world.links(used))["items"][0]["account_id"])
    await world.esia_sign_in(VICTIM, first)
    await world.link(first, VICTIM, world.other)
    assert await world.person_of(first) == person
    (holder,) = await world.rows("select * from person where holds_snils")
    assert (holder["id"], holder["snils_level"], holder["confirmed"]) == (person, 3, True)
    assert holder["snils_index"] == world.index(VICTIM.snils)
    with pytest.raises(SnilsTaken):
        await world.esia_sign_in(Human("Второй", VICTIM.snils, "x@example.org", "2"), Browser())
    kinds = await world.rows("select kind from proof where person_id = :person and level = 3", person=person)
    assert "snils" in {row["kind"] for row in kinds}


async def test_different_proven_numbers_are_two_people(world: World) -> None:
    browser = Browser()
    await world.sign_in(await world.local("a@example.org", snils=ATTACKER.snils, level=2), browser)
    with pytest.raises(errors.LinkOtherPerson):
        await world.link(browser, VICTIM)


async def test_owner_of_a_frozen_account_thaws_it_by_proving_both_sides(world: World) -> None:
    """The doctor had a matched local account and comes by ЕСИА: frozen by their own stronger proof, then joined."""
    account = await world.local("a@example.org", snils=VICTIM.snils, level=2)
    await world.agree(account)
    browser = Browser()
    await world.esia_sign_in(VICTIM, browser)
    assert (await world.account(account))["state"] == "frozen"
    before = (await world.account(account))["person_id"]
    state = await world.begin_join(browser, account)
    await world.join(browser, state, password=PASSWORD)
    assert await world.person_of(browser) == before, "the person that holds data is kept"
    assert (await world.account(account))["state"] == "active"
    (holder,) = await world.rows("select id, snils_level from person where holds_snils")
    assert (holder["id"], holder["snils_level"]) == (before, 3)
    assert {item["provider"] for item in (await world.links(browser))["items"]} == {"local", "esia"}


async def test_frozen_account_by_support_is_not_offered(world: World) -> None:
    account = await world.local("a@example.org", snils=VICTIM.snils)
    async with world.db.write() as session:
        from nmo_identity.accounts.commands.freeze import freeze_account

        row = await session.get(Account, account)
        assert row is not None
        assert await freeze_account(session, row, reason="support", cipher=world.cipher, now=world.now)
    browser = Browser()
    await world.esia_sign_in(VICTIM, browser)
    assert (await world.links(browser))["found"] == []


@pytest.mark.req("P21")
async def test_only_a_password_typed_after_the_freeze_thaws(world: World) -> None:
    from nmo_identity.accounts.commands.freeze import freeze_person

    browser = Browser()
    signed_in = await world.esia_sign_in(VICTIM, browser)
    async with world.db.write() as session:
        await freeze_person(
            session,
            signed_in.person_id,
            reason="risk",
            cipher=world.cipher,
            now=world.now + timedelta(seconds=1),
        )
    assert await world.person_of(browser) is None
    with pytest.raises(AccountFrozen):
        await world.esia_sign_in(VICTIM, browser)
    world.now += timedelta(minutes=1)
    assert (await world.esia_sign_in(VICTIM, browser)).person_id == signed_in.person_id
    assert [row["reason"] for row in await world.journal("account.thawed")] == ["esia"]


# --- L8: recovery asks which ways in are one's own


async def _restricted(world: World, account: UUID, browser: Browser) -> None:
    """A session as the first one after recovery, which owes the look at its ways in."""
    async with world.db.write() as session:
        row = await session.get_one(Account, account, with_for_update=True)
        row.duties = [MUST_CONFIRM_LINKS]
        session.add(row)
    assert await world.sign_in(account, browser)
    assert browser.signed_in is not None
    assert browser.signed_in.session.restrictions == [MUST_CONFIRM_LINKS]


@pytest.mark.parametrize("kept", [False, True])
async def test_l08_recovery_unties_what_the_owner_does_not_know(world: World, *, kept: bool) -> None:
    """A thief tied an identity of theirs while they had the account: without this step it goes on opening it."""
    account = await world.local("owner@example.org")
    thief, owner = Browser(), Browser()
    await world.sign_in(account, thief)
    await world.link(thief, ATTACKER, world.other)
    tied = next(item for item in (await world.links(thief))["items"] if item["provider"] == "clinic")
    await _restricted(world, account, owner)
    async with world.db.write() as session:
        await confirm_links(
            session, [tied["account_id"]] if kept else [], by=await world.principal(owner),
            providers=world.providers, cipher=world.cipher, now=world.now,
        )  # fmt: skip
    providers = {item["provider"] for item in (await world.links(owner))["items"]}
    assert providers == ({"local", "clinic"} if kept else {"local"})
    assert (await world.account(account))["duties"] == []
    assert (await world.person_of(thief) is None) is not kept
    with pytest.raises(NotFound):
        async with world.db.write() as session:
            await confirm_links(
                session, [], by=await world.principal(owner), providers=world.providers,
                cipher=world.cipher, now=world.now,
            )  # fmt: skip


# --- L11: an account nobody confirmed expires and reserves nothing


async def test_l11_unconfirmed_account_is_closed_after_72_hours_and_reserves_nothing(world: World) -> None:
    squat = await world.local(VICTIM.email, state="unverified", snils=VICTIM.snils)
    own = await world.local(VICTIM.email, snils=VICTIM.snils)
    victim = Browser()
    assert await world.sign_in(own, victim), "the address was free"
    world.now += timedelta(hours=72, seconds=-1)
    await expire_unconfirmed(world.db, now=world.now)
    assert (await world.account(squat))["state"] == "unverified"
    world.now += timedelta(seconds=2)
    await expire_unconfirmed(world.db, now=world.now)
    assert (await world.account(squat))["state"] == "closed"
    assert not await world.sign_in(squat, Browser())


# L12, a changed address with its seven days of undo, is proven in tests/contacts.
