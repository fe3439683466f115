"""P11: three tries a day for a person and for a number, whoever uses it; nothing is learned from a match nobody proved."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from nmo_identity.accounts.tables import Account, Person
from nmo_identity.consents.tables import ConsentEvent
from nmo_identity.matching.commands.match_person import match_person
from nmo_identity.matching.commands.refresh import match_after_consent, refresh_match
from nmo_identity.matching.commands.take_try import next_day, take_try
from nmo_identity.matching.errors import MatchQuotaSpent
from nmo_kit import clock
from nmo_kit.principal import Principal
from nmo_testkit.messages import drain_outbox


async def enter(portal: Any, **person: Any) -> str:
    handle: str = (await portal.sign_in(**person))["session"]["handle"]
    assert (await portal.agree(handle)).status_code == 201
    return handle


@pytest.mark.req("P11", "T06", "MAT-04")
async def test_fourth_press_of_a_day_asks_the_register_no_more(portal: Any) -> None:
    portal.register.says("conflict", patronymic="conflict")
    handle = await enter(portal)
    asked = len(portal.register.asked)
    headers = await portal.headers(handle)
    answers = [await portal.client.post("/api/v1/me/refresh", headers=headers) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert len(portal.register.asked) == asked + 3
    refusal = answers[-1]
    assert refusal.json()["code"] == "match_quota_spent"
    assert 0 < int(refusal.headers["Retry-After"]) <= 24 * 3600
    assert len(await portal.journal("action = 'match.refused' and reason = 'quota'")) == 2


@pytest.mark.req("P11")
async def test_presses_at_once_are_counted_before_they_ask(portal: Any) -> None:
    handle = await enter(portal)
    asked = len(portal.register.asked)
    headers = await portal.headers(handle)
    pressed = (portal.client.post("/api/v1/me/refresh", headers=headers) for _ in range(12))
    found = Counter(answer.status_code for answer in await asyncio.gather(*pressed))
    assert found == {200: 3, 429: 9}
    assert len(portal.register.asked) == asked + 3


@pytest.mark.req("P11")
async def test_tries_come_back_with_the_next_day_in_moscow(portal: Any) -> None:
    person_id = UUID((await portal.me(await enter(portal)))["person_id"])
    now = clock.now()
    for _ in range(3):
        await take_try(portal.db, person_id, now=now)
    with pytest.raises(MatchQuotaSpent):
        await take_try(portal.db, person_id, now=next_day(now) - timedelta(seconds=1))
    await take_try(portal.db, person_id, now=next_day(now))


async def local_person(
    portal: Any, *, snils: str = "97116165616", verified: bool = True, name: str = "Журавская"
) -> Person:
    """Somebody with a password who typed a number; the consent is given."""
    cipher, now = portal.runtime.extras["cipher"], clock.now()
    person = Person(
        last_name=name, first_name="Марина", patronymic="Викторовна", email="typed@example.org", email_verified=verified,
        snils_index=cipher.blind_index(snils), snils_level=1, created_at=now, updated_at=now,
    )  # fmt: skip
    person.birth_sealed = cipher.encrypt("1984-03-17", aad=f"person|birth_sealed|{person.id}")
    person.snils_sealed = cipher.encrypt(snils, aad=f"person|snils_sealed|{person.id}")
    async with portal.db.write() as session:
        session.add(person)
        await session.flush()
        session.add(
            Account(
                person_id=person.id,
                provider_key="local",
                issuer="http://local",
                subject=str(person.id),
                created_at=now,
                last_login_at=now,
            )
        )
        session.add(
            ConsentEvent(
                person_id=person.id,
                purpose="data_transfer",
                kind="granted",
                text_version="t",
                text_hash="h",
                at=now,
                sid="",
            )
        )
    return person


def acting(person: Person) -> Principal:
    return Principal(sub=str(person.id), roles=frozenset({"person"}), client_id="gateway")


@pytest.mark.req("P11", "T06")
async def test_number_is_counted_over_all_accounts_that_type_it(portal: Any) -> None:
    extras, now = portal.runtime.extras, clock.now()
    first, second = await local_person(portal), await local_person(portal)
    for _ in range(3):
        await refresh_match(portal.db, extras["register"], extras["cipher"], by=acting(first), now=now)
    with pytest.raises(MatchQuotaSpent):
        await refresh_match(portal.db, extras["register"], extras["cipher"], by=acting(second), now=now)
    assert len(portal.register.asked) == 3
    other = await local_person(portal, snils="11223344595")
    await refresh_match(portal.db, extras["register"], extras["cipher"], by=acting(other), now=now)


@pytest.mark.req("P11", "T06")
async def test_typed_data_are_not_compared_before_the_address_is_proven(portal: Any) -> None:
    extras = portal.runtime.extras
    person = await local_person(portal, verified=False)
    for ask in (refresh_match, match_after_consent):
        await ask(portal.db, extras["register"], extras["cipher"], by=acting(person), now=clock.now())
    assert portal.register.asked == []
    async with portal.db.read() as session:
        tries = (
            await session.execute(text("select count(*) from match_quota where subject like 'snils/%'"))
        ).scalar_one()
    assert tries <= 1


@pytest.mark.req("P11", "T06", "MAT-07")
@pytest.mark.parametrize("outcome", ["exact", "equivalent", "weak", "conflict", "not_found"])
async def test_match_of_typed_data_tells_nobody_its_outcome(portal: Any, outcome: str) -> None:
    extras = portal.runtime.extras
    portal.register.says(outcome, **({"patronymic": outcome} if outcome in {"weak", "conflict"} else {}))
    person = await local_person(portal)
    await match_person(portal.db, extras["register"], extras["cipher"], person.id, now=clock.now())
    (row,) = await portal.journal("action like 'match.%'")
    assert (row["result"], row["reason"], row["fields"]) == ("kept", None, [])
    assert await drain_outbox(portal.db) == []
    async with portal.db.read() as session:
        kept = (
            await session.execute(
                text("select outcome, shown, specialist_id, fields::text f from match_result")
            )
        ).one()
        found = await session.get(Person, person.id)
        watched = (await session.execute(text("select count(*) from match_watch"))).scalar_one()
    assert (kept.outcome, kept.shown, kept.specialist_id, watched) == (outcome, False, None, 0)
    assert "И***" not in kept.f
    agreed = outcome in {"exact", "equivalent"}
    assert (found.snils_level, found.holds_snils) == ((2, True) if agreed else (1, False))


@pytest.mark.req("P11")
async def test_agreeing_typed_data_take_no_number_from_its_holder(portal: Any) -> None:
    extras = portal.runtime.extras
    await portal.sign_in()
    typed = await local_person(portal)
    await match_person(portal.db, extras["register"], extras["cipher"], typed.id, now=clock.now())
    async with portal.db.read() as session:
        found = await session.get(Person, typed.id)
    assert (found.snils_level, found.holds_snils) == (1, False)


@pytest.mark.req("P11")
async def test_consent_given_anew_is_no_way_around_the_tries(portal: Any) -> None:
    extras, now = portal.runtime.extras, clock.now()
    person = await local_person(portal)
    found = [
        await match_after_consent(portal.db, extras["register"], extras["cipher"], by=acting(person), now=now)
        for _ in range(5)
    ]
    assert found == ["exact"] * 3 + ["postponed"] * 2
    assert len(portal.register.asked) == 3
