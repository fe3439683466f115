"""One number, two accounts: nothing is merged silently, a stronger proof wins (security 2.2)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import text

from nmo_identity.accounts.commands.record_sign_in import record_sign_in
from nmo_identity.accounts.errors import AccountFrozen, SnilsTaken
from nmo_identity.accounts.rules import ProofLevel, claim_verdict, full_name, short_name
from nmo_identity.providers.port import ProvenPerson
from nmo_kit.snils import Snils

NOW = datetime(2026, 5, 10, tzinfo=UTC)


def proven(
    subject: str, *, strong: bool, issuer: str = "http://one/", snils: str | None = "11223344595"
) -> ProvenPerson:
    return ProvenPerson(
        issuer=issuer, subject=subject, confirmed=strong, proves_snils=strong, last_name="Орлова", first_name="Вера",
        patronymic=None, birth_on=date(1990, 1, 2), gender="F", citizenship=None,
        snils=Snils.parse(snils) if snils else None, email=None, phone=None, auth_time=NOW, acr="x",
        provider_session=None, token_hash=b"h", token_expires_at=NOW,
    )  # fmt: skip


async def record(portal: Any, person: ProvenPerson) -> Any:
    async with portal.db.write() as session:
        return await record_sign_in(
            session, person, provider_key="p", cipher=portal.runtime.extras["cipher"], now=NOW
        )


async def test_equal_proof_of_another_account_is_refused(portal: Any) -> None:
    first = await record(portal, proven("1", strong=True))
    with pytest.raises(SnilsTaken):
        await record(portal, proven("2", strong=True))
    with pytest.raises(SnilsTaken):
        await record(portal, proven("1", strong=True, issuer="http://two/"))
    async with portal.db.read() as session:
        assert (await session.execute(text("select count(*) from person"))).scalar_one() == 1
    again = await record(portal, proven("1", strong=True))
    assert (again.person.id, again.is_new, again.changed) == (first.person.id, False, [])


async def test_taken_number_is_told_and_journalled(portal: Any, flow_id: str) -> None:
    await portal.sign_in()
    query = await portal.start(flow_id)
    code = portal.esia.code_for(portal.esia.person(oid=1000400555))
    answer = await portal.finish(flow_id, {"code": code, "state": query["state"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "snils_taken")
    (row,) = await portal.journal("action = 'login.refused'")
    assert row["reason"] == "snils_taken"


async def test_typed_number_reserves_nothing(portal: Any) -> None:
    squatter = await record(portal, proven("1", strong=False))
    assert (squatter.person.holds_snils, squatter.person.snils_level) == (False, ProofLevel.SELF_TYPED)
    owner = await record(portal, proven("2", strong=True))
    assert owner.person.holds_snils
    assert owner.person.id != squatter.person.id
    assert (await record(portal, proven("1", strong=False))).person.id == squatter.person.id


async def test_weaker_holder_is_frozen_by_a_stronger_proof(portal: Any) -> None:
    weak = await record(portal, proven("1", strong=True))
    async with portal.db.write() as session:
        await session.execute(
            text("update person set snils_level = 2 where id = :id"), {"id": weak.person.id}
        )
    strong = await record(portal, proven("2", strong=True))
    assert strong.person.id != weak.person.id
    with pytest.raises(AccountFrozen):
        await record(portal, proven("1", strong=True))
    (row,) = await portal.journal("action = 'account.frozen'")
    assert (row["person_id"], row["reason"]) == (weak.person.id, "stronger_proof")


async def test_changed_number_leaves_the_old_one_free(portal: Any) -> None:
    await record(portal, proven("1", strong=True))
    moved = await record(portal, proven("1", strong=True, snils="12345678964"))
    assert "snils" in moved.changed
    assert (await record(portal, proven("2", strong=True))).person.holds_snils


async def test_proofs_tell_who_proved_what(portal: Any) -> None:
    await record(portal, proven("1", strong=True))
    async with portal.db.read() as session:
        rows = (await session.execute(text("select kind, level, issuer from proof order by kind"))).all()
    assert [(kind, level) for kind, level, _ in rows] == [
        ("birth_date", 3), ("confirmed_account", 3), ("name", 3), ("snils", 3),
    ]  # fmt: skip
    assert {issuer for _, _, issuer in rows} == {"http://one/"}


@pytest.mark.parametrize(
    ("new", "holder", "verdict"),
    [
        (3, None, "take"),
        (3, 2, "take_from_holder"),
        (3, 1, "take_from_holder"),
        (3, 3, "refuse"),
        (2, 3, "refuse"),
    ],
)
def test_verdicts(new: int, holder: int | None, verdict: str) -> None:
    assert claim_verdict(new, holder) == verdict


def test_names() -> None:
    assert full_name("Орлова", "Вера", None) == "Орлова Вера"
    assert short_name("Орлова", "Вера", "Ивановна") == "Орлова В. И."
