"""A document the register does not show: added by hand, refused with a reason, corrected, verified, told of each time."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from nmo_kit import clock
from nmo_local.demo.browser import words
from tests.conftest import Portal
from tests.e2e.conftest import Arrive
from tests.e2e.people import Person, new_specialist
from tests.e2e.post import letter
from tests.e2e.steps import wait
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.e2e
PAGE, DESK = "/cabinet/documents", "/support/documents"
SCAN = b"%PDF-1.4\n" + b"% a page of a scan\n" * 100_000 + b"startxref\n0\n%%EOF\n"
PROTOCOL = b"%PDF-1.4\nstartxref\n0\n%%EOF\n"
REASON = "Дата экзамена не та, что в протоколе"


def _form(specialty: str, exam: int) -> dict[str, str]:
    """The filled form of an extract; `exam` is how many days ago it was passed."""
    days = [(clock.today() - timedelta(days=ago)).strftime("%d.%m.%Y") for ago in (exam, exam - 2)]
    return {
        "specialty_key": specialty,
        "number": "0000000",
        "institution": "Северный медицинский университет",
        "exam_on": days[0],
        "issued_on": days[1],
        "data_are_true": "1",
        "reports_new_surname": "1",
    }


async def _other_specialty(visitor: Visitor, person: Person) -> str:
    items = (await visitor.get("/api/v1/dictionaries/specialties"))["items"]
    return str(next(item["key"] for item in items if item["key"] != person.specialty.key))


async def _told(portal: Portal, person: Person, number: str, *, known: int) -> str:
    """Words of the newest letter about the document, once there are more of them than `known`."""
    return words(await letter(portal, person.email, number, known=known))


async def _take(employee: Visitor, document_id: str) -> str:
    """Take the document; the words of its page."""
    await employee.page(DESK)
    _, _, text = await employee.submit(f"{DESK}/{document_id}/take")
    assert "Документ взят на проверку" in text
    return words(text)


@pytest.mark.req("FRM-04", "FRM-05", "FRM-06", "POR-03", "ROL-04", "AUD-03", "NOT-01")
async def test_a_document_is_refused_with_a_reason_corrected_and_verified(
    portal: Portal, arrive: Arrive
) -> None:
    person = await new_specialist(portal)
    visitor, employee = await arrive(person.key), await arrive("support")
    await visitor.enter()
    await employee.sign_in()
    specialty = await _other_specialty(visitor, person)

    await visitor.page(f"{PAGE}/new/accreditation_protocol")
    sent = _form(specialty, 40)
    status, address, text = await visitor.submit_scan(f"{PAGE}/new/accreditation_protocol", SCAN, **sent)
    assert (status, "Не подтверждено, ждёт проверки" in text) == (200, True), words(text)
    found = re.search(rf"{PAGE}/([0-9a-f-]{{36}})", address)
    assert found, address
    document_id, number = found.group(1), re.findall(r"ДОК-\d{7}-\d{4}", text)[0]
    assert "сообщим решение" in await _told(portal, person, number, known=0)

    line = await _waiting(employee, document_id)
    assert "owner" not in line, "whose it is stays hidden until it is taken"
    text = await _take(employee, document_id)
    assert person.last_name in text
    _, _, text = await employee.submit(f"{DESK}/{document_id}/write", move="refuse", text=REASON)
    assert "причина отправлена владельцу" in text
    assert "Причина написана" in await _told(portal, person, number, known=1)

    _, _, text = await visitor.page(f"{PAGE}/{document_id}")
    assert REASON in text
    _, _, text = await visitor.page(f"{PAGE}/{document_id}/edit")
    assert all(f'value="{sent[name]}"' in text for name in ("exam_on", "number")), "nothing is typed twice"
    again = _form(specialty, 41)
    _, _, text = await visitor.submit_scan(f"{PAGE}/{document_id}/edit", PROTOCOL, **again)
    assert "Документ отправлен ещё раз" in text, words(text)
    # Awaited here: letters that are sent within one second may cross.
    assert "сообщим решение" in await _told(portal, person, number, known=2)

    text = await _take(employee, document_id)
    assert again["exam_on"] in text
    work = await employee.get(f"/api/v1{DESK}/{document_id}")
    scans = [
        await employee.download(f"/api/v1{DESK}/{document_id}/scans/{item['scan_id']}")
        for item in work["scans"]
    ]
    assert (scans[0] == SCAN, scans[1] == PROTOCOL) == (True, True)
    _, _, text = await employee.submit(f"{DESK}/{document_id}/verify")
    assert "Документ подтверждён" in text

    assert "Отметка" in await _told(portal, person, number, known=3)
    _, _, text = await visitor.page(PAGE)
    assert f"{PAGE}/{document_id}" in text
    assert "Не подтверждено" not in text
    rows = (await visitor.get("/api/v1/me/journal"))["items"]
    assert any(row["action"] == "person.read" for row in rows), "the owner sees who looked"
    assert await _offered(visitor, document_id) == specialty


async def _waiting(employee: Visitor, document_id: str) -> dict[str, Any]:
    """The document's line in the queue."""
    address: str | None = f"/api/v1{DESK}?part=new&limit=100"
    while address:
        page = await employee.get(address)
        for item in page["items"]:
            if item["document_id"] == document_id:
                return dict(item)
        cursor = page["next_cursor"]
        address = cursor and f"/api/v1{DESK}?part=new&limit=100&cursor={cursor}"
    raise AssertionError("the document is not in the queue")


async def _offered(visitor: Visitor, document_id: str) -> str:
    """The specialty of the cycle that the document offers, once cycles have heard of it."""

    async def offer() -> str | None:
        offers = (await visitor.get("/api/v1/cycles/offers"))["items"]
        return next((item["specialty_key"] for item in offers if item["document_id"] == document_id), None)

    return await wait(offer, "a cycle on the document")


@pytest.mark.req("FRM-08", "MAT-06", "SUP-01")
async def test_disputed_data_become_a_request_without_a_word_typed(portal: Portal, arrive: Arrive) -> None:
    person = await new_specialist(portal, card={"patronymic": "Степанович"})
    visitor = await arrive(person.key)
    me = await visitor.enter()
    await visitor.page("/cabinet/comparison/answer?field=patronymic")
    _, _, text = await visitor.submit(
        "/cabinet/comparison/answer", subject="person", field="patronymic", choice="dispute"
    )
    assert "Вы оспорили данные регистра" in text, words(text)

    async def opened() -> dict[str, Any] | None:
        return next(iter((await visitor.get("/api/v1/requests"))["items"]), None)

    line = await wait(opened, "a request about the dispute")
    assert line["kind"] == "verification"
    seen = await visitor.get(f"/api/v1/requests/{line['request_id']}")
    assert seen["reference"] == me["match"]["reference"]
    assert "отчество" in seen["messages"][0]["text"]
