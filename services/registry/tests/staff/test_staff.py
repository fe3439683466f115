"""Staff of one's own organisation: who is shown, what of them, and who finds the look in their journal (ROL-02, PAR-05)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count, permutations
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from nmo_contracts.identity import PersonMatchedV1, PersonMismatchedV1
from nmo_contracts.organizations import medical_organization_id
from nmo_contracts.purposes import EMPLOYER, MAIN
from nmo_kit import clock, consents
from nmo_registry.frmr.record import stable_id
from nmo_registry.staff.consumers import on_matched, on_mismatched
from nmo_sandbox.frmr import card_parts as part
from nmo_sandbox.frmr import synthetic
from nmo_testkit import deliver

PATH = "/api/v1/employer/staff"
HERE, ELSEWHERE = "1.2.643.5.1.13.13.12.2.77.9001", "1.2.643.5.1.13.13.12.2.77.9002"
LONG_AGO = date(2015, 9, 1)


@dataclass
class Hospital:
    """The register, the mirror, and a head who asks."""

    client: Any
    tokens: Any
    registry: Any
    upstream: Any
    numbers: Any

    async def hire(
        self, last_name: str, jobs: Iterable[dict[str, Any]], *, granted: dict[str, bool] | None = None
    ) -> UUID:
        """A person of the register with these jobs, an account of theirs and its answers; the account."""
        number = next(self.numbers)
        snils = synthetic.snils_of(number)
        oid = f"2025.{number:07d}"
        card = part.person(oid, snils, last_name, "Пётр", "Ильич", born=date(1980, 1, 2), female=False)
        card["personCards"] = [
            part.job(
                f"{number}{place:03d}", job["at"], "Врач", begin=LONG_AGO, end=job.get("end"),
                kind=job.get("kind", "Основное"), rate=job.get("rate", "1"),
            )
            for place, job in enumerate(jobs)
        ]  # fmt: skip
        today = clock.today()
        card["educationCert"] = [
            part.certificate(
                f"{number}11", "Кардиология", number=f"{number}", exam=LONG_AGO, issued=LONG_AGO,
                end=today - timedelta(days=1),
            )
        ]  # fmt: skip
        card["personAccreditation"] = [
            part.accreditation(f"{number}21", "Терапия", number=f"{number}", passed=LONG_AGO, protocol=LONG_AGO, end=today)
        ]  # fmt: skip
        self.upstream.state.put_card(card)
        person_id = uuid4()
        await self.link(person_id, oid)
        async with self.registry.db.write() as session:
            for purpose, answer in (granted or {MAIN: True, EMPLOYER: True}).items():
                await consents.note(session, person_id, purpose, granted=answer, at=clock.now())
        return person_id

    async def link(self, person_id: UUID, oid: str) -> None:
        word = PersonMatchedV1(
            person_id=person_id,
            specialist_id=stable_id("person", oid),
            outcome="exact",
            matched_at=clock.now(),
        )
        await deliver(self.registry.db, on_matched, word)

    async def ask(self, at: str = HERE, role: str = "head", **query: Any) -> Any:
        claims = {"roles": {"person", role}, "org": medical_organization_id(at), "spec": None}
        return await self.client.get(
            PATH, params=query, headers=self.tokens.headers(aud="registry", **claims)
        )

    async def names(self, **query: Any) -> list[str]:
        answer = await self.ask(**query)
        assert answer.status_code == 200, answer.text
        return [item["full_name"].split()[0] for item in answer.json()["items"]]

    async def looks(self, person_id: UUID) -> list[dict[str, Any]]:
        headers = self.tokens.headers(aud="registry", sub=person_id, roles={"person"})
        answer = await self.client.get("/api/v1/register/journal", params={"kind": "look"}, headers=headers)
        found: list[dict[str, Any]] = answer.json()["items"]
        return found


@pytest_asyncio.fixture(loop_scope="session")
async def hospital(client: Any, token_factory: Any, registry: Any, upstream: Any) -> Hospital:
    return Hospital(client, token_factory, registry, upstream, count(700))


@pytest.mark.req("ROL-02", "PAR-05", "AUD-03", "P14")
async def test_head_sees_those_who_work_here_now_and_agreed(hospital: Hospital) -> None:
    today = clock.today()
    here, elsewhere = {"at": HERE}, {"at": ELSEWHERE}
    past = {"at": HERE, "end": today - timedelta(days=1)}
    part_time = {"at": HERE, "kind": "Внутреннее совместительство", "rate": "0.5"}
    agreed = await hospital.hire("Агреев", [here, part_time, past, elsewhere])
    silent = await hospital.hire("Большов", [here], granted={MAIN: True})
    await hospital.hire("Валенков", [here], granted={MAIN: True, EMPLOYER: False})
    await hospital.hire("Громов", [here], granted={MAIN: False, EMPLOYER: True})
    foreign = await hospital.hire("Дальний", [elsewhere])
    await hospital.hire("Ершов", [past])
    await hospital.hire("Жданов", [here])
    mistaken = await hospital.hire("Зимин", [here])
    await hospital.hire("Ильин", [{"at": HERE, "end": today}])
    await hospital.registry.follower.follow()
    hospital.upstream.state.remove_card(hospital.upstream.state.card(oid="2025.0000706"))
    await hospital.registry.follower.follow(force=True)
    word = PersonMismatchedV1(
        person_id=mistaken, outcome="conflict", fields=["last_name"], matched_at=clock.now()
    )
    await deliver(hospital.registry.db, on_mismatched, word)

    answer = await hospital.ask()

    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    page = answer.json()
    assert (page["staff_total"], page["shown"], page["next_cursor"]) == (6, 2, None)
    first, last = page["items"]
    assert (first["person_id"], first["full_name"]) == (str(agreed), "Агреев Пётр Ильич")
    assert last["full_name"] == "Ильин Пётр Ильич"
    assert sorted((job["position"], job["kind"], job["rate"]) for job in first["positions"]) == [
        ("Врач", "internal", "0.50"),
        ("Врач", "main", "1.00"),
    ]
    assert first["documents"] == [
        {"kind": "accreditation", "specialty_name": "Терапия", "valid_until": today.isoformat()}
    ]
    assert datetime.fromisoformat(first["fetched_at"]) <= clock.now()
    assert set(first) == {"person_id", "full_name", "positions", "documents", "fetched_at"}
    assert await hospital.names(at=ELSEWHERE, role="hr") == ["Агреев", "Дальний"]

    (there, look) = await hospital.looks(agreed)
    assert (look["by"], look["organization_id"]) == (
        "Руководитель организации",
        str(medical_organization_id(HERE)),
    )
    assert look["title"] == "Ваш работодатель видел ваши сведения в списке сотрудников"
    assert set(look["fields"]) >= {"full_name", "position", "specialty_name", "valid_until"}
    assert there["by"] == "Сотрудник кадровой службы"
    assert len(await hospital.looks(foreign)) == 1, "seen at their own place only"
    assert await hospital.looks(silent) == await hospital.looks(mistaken) == []


@pytest.mark.req("ROL-02", "PAR-05", "P14")
async def test_withdrawal_hides_at_once_and_a_part_left_out_tells_its_age(hospital: Hospital) -> None:
    person = await hospital.hire("Агреев", [{"at": HERE}])
    await hospital.registry.follower.follow()
    assert await hospital.names() == ["Агреев"]
    card = hospital.upstream.state.card(oid="2025.0000700")
    del card["personAccreditation"]
    hospital.upstream.state.put_card(card | {"firstName": "Павел"})
    async with hospital.registry.db.read() as session:
        given = (
            await session.execute(text("select fetched_at from specialist where last_name = 'Агреев'"))
        ).scalar_one()
    await hospital.registry.follower.follow(force=True)
    (shown,) = (await hospital.ask()).json()["items"]
    assert (shown["full_name"], datetime.fromisoformat(shown["fetched_at"])) == ("Агреев Павел Ильич", given)

    for purpose in (EMPLOYER, MAIN):
        for granted, names in ((False, []), (True, ["Агреев"])):
            async with hospital.registry.db.write() as session:
                await consents.note(session, person, purpose, granted=granted, at=clock.now())
            assert await hospital.names() == names


@pytest.mark.req("ROL-02", "PAR-05", "T15")
async def test_pages_go_on_by_name_and_their_mark_tells_nobody_anything(hospital: Hospital) -> None:
    surnames = ["Агреев", "Борин", "Борин", "Ванин", "Гусев"]
    people = [await hospital.hire(name, [{"at": HERE}]) for name in reversed(surnames)]
    await hospital.registry.follower.follow()
    seen: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = (await hospital.ask(limit=2, **({"cursor": cursor} if cursor else {}))).json()
        assert (page["staff_total"], page["shown"]) == (5, 5)
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = page["next_cursor"]
    assert [item["full_name"].split()[0] for item in seen] == surnames
    assert {item["person_id"] for item in seen} == {str(one) for one in people}
    assert [len(await hospital.looks(one)) for one in people] == [1] * 5

    assert cursor is not None
    for wrong, at in ((cursor, ELSEWHERE), (cursor[:-4] + "AAAA", HERE), ("ключ", HERE), ("", HERE)):
        refused = await hospital.ask(at=at, cursor=wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_fields"), wrong
    assert (await hospital.ask(limit=51)).status_code == 422
    assert (await hospital.ask(role="specialist")).status_code == 403
    nowhere = hospital.tokens.headers(aud="registry", roles={"person", "head"}, spec=None)
    assert (await hospital.client.get(PATH, headers=nowhere)).status_code == 403
    unknown = (await hospital.ask(at="1.2.3")).json()
    assert unknown == {"items": [], "next_cursor": None, "staff_total": 0, "shown": 0}


@pytest.mark.req("ROL-02")
async def test_the_later_word_about_an_account_counts_in_any_order(registry: Any) -> None:
    one, other = uuid4(), uuid4()
    begun = datetime(2026, 11, 1, tzinfo=UTC)

    def words(person: UUID) -> list[tuple[Any, Any]]:
        def matched(specialist: UUID, minute: int) -> Any:
            moment = begun + timedelta(minutes=minute)
            return PersonMatchedV1(
                person_id=person, specialist_id=specialist, outcome="exact", matched_at=moment
            )

        lost = PersonMismatchedV1(
            person_id=person,
            outcome="conflict",
            fields=["last_name"],
            matched_at=begun + timedelta(minutes=2),
        )
        return [(on_matched, matched(one, 1)), (on_mismatched, lost), (on_matched, matched(other, 3))]

    async def link(person: UUID) -> UUID | None:
        statement = text("select specialist_id from person_record where person_id = :person")
        async with registry.db.read() as session:
            found: UUID | None = (await session.execute(statement, {"person": person})).scalar_one()
        return found

    for order in permutations(range(3)):
        person = uuid4()
        for place in (*order, order[0]):
            handler, word = words(person)[place]
            await deliver(registry.db, handler, word)
        assert await link(person) == other, order
    for order in permutations(range(2)):
        person = uuid4()
        for place in order:
            handler, word = words(person)[place]
            await deliver(registry.db, handler, word)
        assert await link(person) is None, "an older match does not bring the link back"
