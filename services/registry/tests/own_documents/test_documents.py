"""Documents added by hand, from the scan to the decision and to the register's own record (FRM-04, FRM-05, FRM-06)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from nmo_contracts.identity import ConsentWithdrawnV1, PersonErasedV1, PersonMatchedV1
from nmo_kit.db import Database
from nmo_registry.consents.consumers import HEEDING
from nmo_registry.frmr.record import stable_id
from nmo_registry.own_documents.commands.forget import sweep_scans
from nmo_registry.own_documents.commands.raise_late import raise_late
from nmo_registry.own_documents.commands.replace import replace_by_register
from nmo_registry.own_documents.consumers import on_person_matched
from nmo_registry.own_documents.people import DocumentOwner
from nmo_registry.reference_books.commands.publish import BOOK_FILES, publish_book
from nmo_testkit import deliver, drain_outbox
from services.registry.tests.own_documents.scan_files import jpeg, pdf, png

OWN = "/api/v1/register/own-documents"
DESK = "/api/v1/support/documents"
EXTRACT: dict[str, Any] = {
    "kind": "accreditation_protocol",
    "specialty_key": "VO-027",
    "series": "",
    "number": "0000000",
    "institution": "Северный медицинский университет",
    "exam_on": "2026-09-14",
    "issued_on": "2026-09-16",
    "data_are_true": True,
    "reports_new_surname": True,
}
SECRET = "Школа № 5, г. Примерный"


class FakePeople:
    """Identity's answer about who sent a document."""

    def __init__(self) -> None:
        self.asked: list[UUID] = []

    async def owner(self, person_id: UUID) -> DocumentOwner | None:
        self.asked.append(person_id)
        return DocumentOwner(full_name="Кузнецова Анна Сергеевна", snils="11223344595")


@dataclass
class World:
    """A person, two employees, and the service between them."""

    client: Any
    tokens: Any
    db: Database
    people: FakePeople
    person_id: UUID = field(default_factory=uuid4)
    spec: UUID | None = None
    employee: UUID = field(default_factory=uuid4)
    other: UUID = field(default_factory=uuid4)

    def own(self, **claims: Any) -> dict[str, str]:
        values = {
            "sub": self.person_id,
            "spec": self.spec,
            "entry": "full" if self.spec else "limited",
            **claims,
        }
        return self.tokens.headers(aud="registry", **values)

    def desk(self, who: UUID | None = None) -> dict[str, str]:
        return self.tokens.headers(aud="registry", sub=who or self.employee, roles=("support",))

    async def scan(self, body: bytes | None = None) -> str:
        headers = {**self.own(), "content-type": "application/octet-stream"}
        answer = await self.client.post("/api/v1/register/scans", content=body or png(), headers=headers)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["scan_id"])

    async def send(self, **changes: Any) -> Any:
        form = {**EXTRACT, "scan_ids": [await self.scan()], **changes}
        return await self.client.post(OWN, json=form, headers=self.own())

    async def sent(self, **changes: Any) -> dict[str, Any]:
        answer = await self.send(**changes)
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def act(
        self, document_id: str, verb: str, who: UUID | None = None, words: str | None = None
    ) -> Any:
        body = {"json": {"text": words}} if words else {}
        return await self.client.post(f"{DESK}/{document_id}/{verb}", headers=self.desk(who), **body)

    async def see(self, document_id: str) -> dict[str, Any]:
        answer = await self.client.get(f"{OWN}/{document_id}", headers=self.own())
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def rows(self, statement: str) -> list[Any]:
        async with self.db.read() as session:
            return list((await session.execute(text(statement), {"person": self.person_id})).all())

    async def told(self) -> list[Any]:
        return [
            event for event in await drain_outbox(self.db) if event.type_name.startswith("registry.document.")
        ]


@pytest_asyncio.fixture(loop_scope="session")
async def world(client: Any, token_factory: Any, registry: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    for source in BOOK_FILES:
        async with registry.db.write() as session:
            await publish_book(session, source)
    people = FakePeople()
    monkeypatch.setattr(client._transport.app.state, "people", people)
    return World(client, token_factory, registry.db, people)


def hours_left(answer: dict[str, Any], since: str) -> float:
    between = datetime.fromisoformat(answer["due_at"]) - datetime.fromisoformat(since)
    return round(between.total_seconds() / 3600, 2)


@pytest.mark.req("FRM-04", "FRM-05", "MAT-05", "POR-05")
async def test_extract_with_zeros_is_sent_and_verified(world: World) -> None:
    sent = await world.sent()

    assert sent["number"].startswith("ДОК-")
    shown = await world.see(sent["document_id"])
    assert (shown["state"], shown["confirmed"], shown["document_number"]) == ("sent", False, "0000000")
    assert shown["specialty_name"] == "Кардиология"
    assert hours_left(shown, shown["created_at"]) == 24
    queue = (await world.client.get(DESK, headers=world.desk())).json()["items"]
    assert [item["number"] for item in queue] == [sent["number"]]
    assert not {"series", "institution", "owner", "person_id", "specialty_name"} & queue[0].keys()
    taken = (await world.act(sent["document_id"], "take")).json()
    assert (taken["owner"]["full_name"], taken["allowed"]) == (
        "Кузнецова Анна Сергеевна",
        ["release", "verify", "ask", "refuse"],
    )
    assert (await world.act(sent["document_id"], "verify")).status_code == 204

    shown = await world.see(sent["document_id"])
    assert (shown["state"], shown["confirmed"], shown["due_at"]) == ("verified", True, None)
    assert [(line["action"], line["role"]) for line in shown["history"]] == [
        ("send", "person"), ("verify", "support"),
    ]  # fmt: skip
    told = await world.told()
    assert [event.type_name for event in told] == ["registry.document.sent.v1", "registry.document.moved.v1"]
    assert told[0].data["document_number"] == "0000000"
    journal = (
        await world.client.get("/api/v1/register/journal", headers=world.own(roles=("person", "specialist")))
    ).json()["items"]
    assert [(line["title"], line["by"]) for line in journal] == [
        ("Ваш документ подтверждён", "Сотрудник поддержки"),
        ("Сотрудник видел ваш документ для проверки", "Сотрудник поддержки"),
        ("Ваш документ взяли на проверку", "Сотрудник поддержки"),
        ("Вы добавили документ, которого нет в регистре", "Вы"),
        ("Вы загрузили скан документа", "Вы"),
    ]


@pytest.mark.req("FRM-06", "POR-03")
async def test_terms_are_24_48_and_24_hours(world: World) -> None:
    document_id = (await world.sent())["document_id"]
    await world.act(document_id, "take")
    assert (await world.act(document_id, "ask", words="Приложите протокол целиком")).status_code == 204
    asked = await world.see(document_id)
    assert (asked["state"], asked["reason"], asked["due_at"]) == ("asked", "Приложите протокол целиком", None)
    assert asked["allowed"] == ["resend", "withdraw"]

    async def resend(**changes: Any) -> Any:
        form = {**EXTRACT, "scan_ids": [await world.scan(pdf())], **changes}
        return await world.client.post(f"{OWN}/{document_id}/resend", json=form, headers=world.own())

    assert (await resend(kind="certificate")).status_code == 422
    assert (await resend()).status_code == 200
    more = await world.see(document_id)
    assert hours_left(more, more["updated_at"]) == 48
    assert [scan["media_type"] for scan in more["scans"]] == ["image/png", "application/pdf"]

    await world.act(document_id, "take")
    await world.act(document_id, "refuse", words="Дата экзамена не та, что в протоколе")
    assert (await resend(exam_on="2026-09-15")).status_code == 200
    corrected = await world.see(document_id)
    assert (hours_left(corrected, corrected["updated_at"]), corrected["exam_on"]) == (24, "2026-09-15")
    assert corrected["reason"] is None
    assert [line["words"] for line in corrected["history"] if line["words"]] == [
        "Приложите протокол целиком", "Дата экзамена не та, что в протоколе",
    ]  # fmt: skip
    assert (await resend()).json()["code"] == "illegal_move"
    versions = [(event.data.get("outcome", "sent"), event.subjectversion) for event in await world.told()]
    assert [name for name, _ in versions] == ["sent", "asked", "sent", "refused", "sent"]
    assert sorted({version for _, version in versions}) == [version for _, version in versions]


@pytest.mark.req("FRM-06", "ROL-04")
async def test_a_missed_term_is_raised_once_and_stands_first(world: World) -> None:
    late = (await world.sent())["document_id"]
    await world.act(late, "take")

    async def raise_after(hours: float) -> int:
        async with world.db.write() as session:
            # The clock of the database, and no other, says what is late.
            shift = text("select set_config('app.clock_offset', :offset, true)")
            await session.execute(shift, {"offset": f"{hours} hours"})
            return await raise_late(session)

    assert [await raise_after(hours) for hours in (23.9, 24.1, 24.2)] == [0, 1, 0]
    row = (await world.rows("select state, level, taken_by, late_at is not null from own_document"))[0]
    assert tuple(row) == ("sent", 2, None, True)
    assert [event.data.get("outcome") for event in await world.told()] == [None, "late"]
    # The term itself stays: what is late is the first of the queue.
    async with world.db.write() as session:
        await session.execute(text("update own_document set due_at = app_now() - interval '1 minute'"))
    await world.sent(specialty_key="VO-002")
    items = (await world.client.get(DESK, headers=world.desk())).json()["items"]
    assert [(item["document_id"] == late, item["late"]) for item in items] == [(True, True), (False, False)]
    assert (await world.client.get(f"{DESK}/counts", headers=world.desk())).json() == {
        "new": 2, "mine": 0, "late": 1,
    }  # fmt: skip


@pytest.mark.req("ROL-04", "AUD-03")
async def test_one_employee_at_a_time_and_never_the_owner(world: World) -> None:
    document_id = (await world.sent())["document_id"]
    scan_id = (await world.see(document_id))["scans"][0]["scan_id"]
    path = f"{DESK}/{document_id}"

    assert (await world.client.get(path, headers=world.desk())).json()["code"] == "take_first"
    assert (await world.act(document_id, "take", who=world.person_id)).json()["code"] == "own_document"
    await world.act(document_id, "take")
    assert (await world.act(document_id, "take", who=world.other)).json()["code"] == "taken_by_another"
    assert (await world.act(document_id, "verify", who=world.other)).json()["code"] == "taken_by_another"
    found = await world.client.get(f"{path}/scans/{scan_id}", headers=world.desk())
    assert (found.content, found.headers["content-type"]) == (png(), "image/png")
    assert found.headers["content-disposition"].startswith("attachment")
    looks = await world.rows(
        "select fields from journal where action = 'support.document.read' and person_id = :person order by id"
    )
    assert [sorted(row.fields) for row in looks] == [["birth_on", "full_name", "snils"], ["scan"]]
    assert (await world.act(document_id, "release")).status_code == 204
    assert (await world.act(document_id, "take", who=world.other)).status_code == 200
    assert (await world.act(document_id, "take")).json()["code"] == "taken_by_another"


@pytest.mark.req("FRM-05", "MAT-05")
@pytest.mark.parametrize(("typed_as", "another"), [("VO-027", "VO-002"), ("VO-002", "VO-097")])
async def test_the_registers_later_record_replaces_it(
    world: World, registry: Any, upstream: Any, typed_as: str, another: str
) -> None:
    """Not in the register at first; then the person is matched, and the register shows the accreditation.

    It may be shown for what the specialty became: VO-002 was renamed, then joined with another one.
    """
    became = text(
        "insert into book_successor (book, key, successor, reason, told_by, told_at) values"
        " ('specialties', 'VO-002', 'NSI-7', 'order', 'admin', now()),"
        " ('specialties', 'NSI-7', 'VO-027', 'order', 'admin', now())"
    )
    if typed_as == "VO-002":
        async with world.db.write() as session:
            await session.execute(became)
    typed = {"specialty_key": typed_as, "exam_on": "2026-06-10", "issued_on": "2026-06-12"}
    document_id = (await world.sent(**typed))["document_id"]
    await world.told()
    await registry.follower.follow()
    spec = stable_id("person", upstream.state.card(key="match")["oid"])

    async def replaced() -> int:
        async with world.db.write() as session:
            return await replace_by_register(session)

    assert await replaced() == 0
    matched = PersonMatchedV1(
        person_id=world.person_id, specialist_id=spec, outcome="exact", matched_at=datetime.fromisoformat("2026-11-22T09:00Z")
    )  # fmt: skip
    await deliver(world.db, on_person_matched, matched, version=1)
    assert [await replaced(), await replaced()] == [1, 0]

    world.spec = spec
    shown = await world.see(document_id)
    documents = (await world.client.get("/api/v1/register/documents", headers=world.own())).json()["items"]
    assert (shown["state"], shown["confirmed"], shown["due_at"]) == ("replaced", True, None)
    assert shown["replaced_by"] == documents[0]["document_id"]
    told = [event.data for event in await world.told()]
    assert len(told) == 1
    assert (told[0]["document_id"], told[0]["replaced_by"]) == (document_id, documents[0]["document_id"])
    assert (told[0]["document_number"], told[0]["exam_on"]) == (documents[0]["number"], "2026-06-15")
    again = await world.send(specialty_key=typed_as, exam_on="2026-06-15", issued_on="2026-06-16")
    assert (again.status_code, again.json()["code"]) == (409, "already_in_register")
    other = {"specialty_key": another, "exam_on": "2026-06-15", "issued_on": "2026-06-16"}
    assert (await world.send(**other)).status_code == 201


@pytest.mark.req("FRM-04", "FRM-05")
@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"kind": "accreditation"}, {"/number"}),
        ({"kind": "certificate", "number": ""}, {"/number"}),
        ({"exam_on": "2031-01-01", "issued_on": "2031-01-02"}, {"/exam_on", "/issued_on"}),
        ({"issued_on": "2026-09-01"}, {"/issued_on"}),
        ({"specialty_key": "VO-999"}, {"/specialty_key"}),
        ({"institution": " ", "scan_ids": []}, {"/institution", "/scan_ids"}),
        ({"kind": "diploma", "number": "12"}, {"/specialty_name"}),
        ({"kind": "additional_education", "number": "12"}, {"/theme", "/hours"}),
        ({"data_are_true": False}, {"/data_are_true"}),
    ],
)
async def test_faults_stand_at_their_fields(world: World, changes: dict[str, Any], fields: set[str]) -> None:
    answer = await world.send(**changes)
    assert answer.status_code == 422, answer.text
    assert {error["pointer"] for error in answer.json()["errors"]} == fields


@pytest.mark.req("FRM-04")
async def test_twice_the_same_and_strange_scans(world: World) -> None:
    sent = await world.sent()
    again = await world.send(number="17")
    assert (again.status_code, again.json()["document_id"]) == (409, sent["document_id"])
    used = (await world.see(sent["document_id"]))["scans"][0]["scan_id"]
    world.person_id, first = uuid4(), world.person_id
    assert (await world.client.get(f"{OWN}/{sent['document_id']}", headers=world.own())).status_code == 404
    refused = await world.client.post(OWN, json={**EXTRACT, "scan_ids": [used]}, headers=world.own())
    assert refused.json()["errors"][0]["pointer"] == "/scan_ids"
    world.person_id = first
    back = await world.client.post(f"{OWN}/{sent['document_id']}/withdraw", headers=world.own())
    assert (back.json()["state"], back.json()["allowed"]) == ("withdrawn", [])
    assert (await world.send()).status_code == 201
    headers = {**world.own(), "content-type": "image/png"}
    spoilt = await world.client.post("/api/v1/register/scans", content=b"MZ not a picture", headers=headers)
    assert spoilt.json()["errors"][0]["code"] == "unknown_kind"


@pytest.mark.req("SSO-05")
async def test_erasure_and_abandoned_scans_leave_nothing(world: World) -> None:
    await world.sent(kind="diploma", number="107", specialty_name="Лечебное дело", institution=SECRET)
    await world.scan(jpeg())
    kept = await world.rows("select details_sealed, content_sealed from own_document d join own_document_scan s on s.document_id = d.id")  # fmt: skip
    assert SECRET.encode() not in bytes(kept[0].details_sealed)
    assert png() not in bytes(kept[0].content_sealed)
    async with world.db.write() as session:
        assert await sweep_scans(session) == 0
        day = text("update own_document_scan set created_at = created_at - interval '25 hours'")
        await session.execute(day)
        assert await sweep_scans(session) == 1

    erased = PersonErasedV1(
        person_id=world.person_id, order_id=uuid4(), erased_at=datetime.fromisoformat("2026-11-22T09:00Z")
    )  # fmt: skip
    await deliver(world.db, HEEDING.handlers()[2], erased, version=1)

    for table in ("own_document", "own_document_scan", "own_document_move"):
        assert await world.rows(f"select 1 from {table}") == []  # noqa: S608 names of this test
    forgotten = [e for e in await drain_outbox(world.db) if e.type_name == "registry.person.forgotten.v1"]
    assert forgotten[0].data["destroyed"] == {
        "own_document": 1,
        "own_document_scan": 1,
        "own_document_move": 1,
    }


@pytest.mark.req("SSO-05")
async def test_nobody_works_on_documents_of_whoever_took_the_consent_back(world: World) -> None:
    document_id = (await world.sent())["document_id"]
    await world.act(document_id, "take")
    withdrawn = ConsentWithdrawnV1(
        person_id=world.person_id,
        purpose="data_transfer",
        withdrawn_at=datetime.fromisoformat("2026-11-22T09:00Z"),
    )
    await deliver(world.db, HEEDING.handlers()[1], withdrawn, version=1)

    assert (await world.act(document_id, "verify")).status_code == 404
    counts = (await world.client.get(f"{DESK}/counts", headers=world.desk())).json()
    assert counts == {"new": 0, "mine": 0, "late": 0}
    form = {**EXTRACT, "scan_ids": [str(uuid4())]}
    refused = await world.client.post(OWN, json=form, headers=world.own())
    assert (refused.status_code, refused.json()["code"]) == (403, "consent_required")
    async with world.db.write() as session:
        await session.execute(text("update own_document set due_at = app_now() - interval '1 hour'"))
        assert await raise_late(session) == 0
