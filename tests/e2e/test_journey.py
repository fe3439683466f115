"""The whole way of one specialist by the API, from sign-in to the ledger."""

from __future__ import annotations

import asyncio
import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import aiohttp
import pypdf
import pytest

from nmo_kit import clock
from nmo_local.demo.browser import words
from tests.conftest import Portal
from tests.e2e import steps
from tests.e2e.conftest import Arrive
from tests.e2e.people import new_specialist
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.e2e
MAIL_S = 5.0


@pytest.mark.req(
    "SSO-01", "SSO-03", "MAT-01", "MAT-07", "CYC-02", "CYC-03", "CYC-05", "CAT-02", "APP-01", "APP-02", "APP-04",
    "APP-05", "APP-06", "APP-08", "CYC-09", "CYC-10", "NOT-01",
)  # fmt: skip
async def test_from_sign_in_to_ledger(portal: Portal, arrive: Arrive, staff: Visitor) -> None:
    person = await new_specialist(portal)
    visitor = await arrive(person.key)

    address, text = await visitor.sign_in()
    assert "/consent" in address
    for category in ("Фамилия, имя, отчество", "Дата рождения", "Согласен"):
        assert category in words(text)
    me = await visitor.get("/api/v1/me")
    assert (me["entry"], me["match"], me["snils_masked"][:3]) == ("unmatched", None, "•••")
    await visitor.agree()

    me = await visitor.get("/api/v1/me")
    assert (me["entry"], me["match"]["outcome"]) == ("full", "exact")
    assert {field["field"] for field in me["match"]["fields"]} == {
        "last_name", "first_name", "patronymic", "birth_on",
    }  # fmt: skip
    assert "specialist" in me["roles"]
    journal = (await visitor.get("/api/v1/me/journal"))["items"]
    (compared,) = [row for row in journal if row["action"] == "match.checked"]
    assert compared["result"] == "exact"
    assert set(compared["fields"]) == {
        "last_name:equal", "first_name:equal", "patronymic:equal", "birth_on:equal",
    }  # fmt: skip

    cycle = await steps.open_cycle(visitor, portal, person)
    _check_terms(cycle, person.accredited_on)
    plan = await visitor.get(f"/api/v1/cycles/{cycle['cycle_id']}/plan")
    assert [(group["target_zet"], group["items"]) for group in plan["groups"]] == [
        ("180.00", []),
        ("70.00", []),
    ]

    (element, *_) = await steps.search(visitor, portal, person)
    chosen = await steps.choose(visitor, cycle["cycle_id"], element)
    assert chosen.number.startswith("NMO-")
    assert (len(chosen.number.split("-")[1]), chosen.number.split("-")[2]) == (7, str(clock.today().year))
    await steps.fill(visitor, chosen)
    submitted = await steps.submit(visitor, chosen)
    assert submitted["status"] == "submitted"
    await _check_document(visitor, chosen, me["last_name"])

    await steps.decide(staff, chosen)
    done = asyncio.get_running_loop().time()
    ledger = await steps.credited(visitor, chosen)
    assert [(entry["zet"], entry["source"]) for entry in ledger] == [
        ("72.00", f"application/{chosen.application_id}")
    ]
    subject = await _letter(portal, person.email, chosen.number)
    assert asyncio.get_running_loop().time() - done < MAIL_S, "the letter came too late"
    assert chosen.number in subject

    progress = await visitor.get(f"/api/v1/cycles/{cycle['cycle_id']}/progress")
    assert progress["total_zet"] == "72.00"
    assert sum(Decimal(year["zet"]) for year in progress["years"]) == steps.ZET
    assert {norm["code"] for norm in progress["norms"]} > {"portal-250"}
    history = (await visitor.get(f"/api/v1/applications/{chosen.application_id}/history"))["items"]
    assert [move["to"] for move in history] == ["draft", "submitted", "confirmed", "enrolled", "completed"]
    inbox = await visitor.get("/api/v1/notifications")
    assert inbox["unread"] >= 1
    assert any(chosen.number in f"{message['title']} {message['body']}" for message in inbox["items"])
    cycle = await visitor.get(f"/api/v1/cycles/{cycle['cycle_id']}")
    assert cycle["status"] == "confirmed"


def _check_terms(cycle: dict[str, Any], exam_on: date) -> None:
    ends_on = exam_on.replace(year=exam_on.year + 5) - timedelta(days=1)
    assert (cycle["starts_on"], cycle["ends_on"]) == (exam_on.isoformat(), ends_on.isoformat())
    assert (cycle["section"], cycle["status"]) == ("accreditation", "unconfirmed")


async def _check_document(visitor: Visitor, chosen: steps.Chosen, last_name: str) -> None:
    path = f"/api/v1/applications/{chosen.application_id}/documents"
    text = "".join(
        page.extract_text()
        for page in pypdf.PdfReader(io.BytesIO(await visitor.download(f"{path}/application.pdf"))).pages
    )
    assert chosen.number in text
    assert last_name in text
    status, problem = await visitor.ask("GET", f"{path}/certificate.pdf")
    assert (status, problem["code"]) == (404, "not_found"), "no certificate on this basis"


async def _letter(portal: Portal, to: str, number: str) -> str:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as client:

        async def arrived() -> str | None:
            async with client.get(f"{portal.address('mailbox')}/api/v1/messages?limit=200") as answer:
                messages = (await answer.json(content_type=None))["messages"]
            mine = [m for m in messages if any(to == box["Address"] for box in m["To"])]
            completed = [
                m
                for m in mine
                if number in m["Subject"] + m.get("Snippet", "") and "заверш" in m["Subject"].lower()
            ]
            return completed[0]["Subject"] if completed else None

        return await steps.wait(arrived, "the letter about the result")
