"""A withdrawn consent is heeded by every service within a minute, through the gateway as people and staff use it."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio

from nmo_local.demo.browser import words
from tests.conftest import Portal
from tests.e2e import steps
from tests.e2e.conftest import Arrive
from tests.e2e.partner_system import PartnerSystem, register
from tests.e2e.people import Person, new_specialist
from tests.e2e.visitor import Visitor

HEED_WITHIN_S = 60.0
ORGANISATION = "organisation_transfer"
EMPLOYER = "employer_transfer"
QUEUE = "/api/v1/organization/applications"
STAFF = "/api/v1/employer/staff"
ASKING, OWN_WORK = "/cabinet/settings/roles/new", "Вы здесь работаете"


@pytest_asyncio.fixture(loop_scope="session")
async def partner(portal: Portal, arrive: Arrive) -> AsyncIterator[PartnerSystem]:
    """A partner that reads its feed."""
    admin = await arrive("admin")
    await admin.enter()
    async with await register(portal, admin) as found:
        await found.sign_in()
        await found.subscribe("pull")
        yield found


async def submitted(portal: Portal, arrive: Arrive) -> tuple[Person, Visitor, steps.Chosen]:
    """A specialist whose application waits for the organisation."""
    person = await new_specialist(portal)
    visitor = await arrive(person.key)
    await visitor.enter()
    cycle = await steps.open_cycle(visitor, portal, person)
    (element, *_) = await steps.search(visitor, portal, person)
    chosen = await steps.choose(visitor, cycle["cycle_id"], element)
    await steps.fill(visitor, chosen)
    await steps.submit(visitor, chosen)
    return person, visitor, chosen


async def seconds_until(heeded: Callable[[], Awaitable[bool]], what: str, since: float) -> float:
    """How long it took from the withdrawal until the service is seen to heed it."""

    async def seen() -> float | None:
        return time.monotonic() - since if await heeded() else None

    return await steps.wait(seen, what)


@pytest.mark.req("SSO-04", "SSO-05", "PAR-05", "P14", "T24")
async def test_every_service_heeds_a_withdrawal_within_a_minute(
    portal: Portal,
    arrive: Arrive,
    staff: Visitor,
    partner: PartnerSystem,
    record_property: Callable[[str, Any], None],
) -> None:
    person, visitor, chosen = await submitted(portal, arrive)
    subject = f"application/{chosen.application_id}"

    async def told() -> bool:
        return any(event["subject"] == subject for event in await partner.whole_feed(limit=500))

    async def informed() -> bool | None:
        return True if await told() else None

    await steps.wait(informed, "the partner's event before the withdrawal")
    seen = await staff.get(f"{QUEUE}/{chosen.application_id}")
    assert person.last_name in seen["applicant"]["full_name"]

    async def refused(path: str) -> bool:
        status, answer = await visitor.ask("GET", path)
        return (status, answer.get("code")) == (403, "consent_required")

    async def hidden() -> bool:
        answer = await staff.get(f"{QUEUE}/{chosen.application_id}")
        return answer["applicant_hidden"] is True and person.last_name not in str(answer)

    async def offered() -> bool:
        return "/consent" in (await visitor.page("/cabinet/plan"))[1]

    status, _ = await visitor.ask("DELETE", "/api/v1/me/consents")
    assert status == 204
    since = time.monotonic()
    signs: dict[str, Callable[[], Awaitable[bool]]] = {
        "gateway": offered,
        "registry": lambda: refused("/api/v1/register/card"),
        "cycles": lambda: refused("/api/v1/cycles"),
        "applications": lambda: refused("/api/v1/applications"),
        "applications, organisation": hidden,
    }
    took = {name: await seconds_until(sign, name, since) for name, sign in signs.items()}

    async def silent() -> bool:
        return not await told()

    took["notifications, partners"] = await seconds_until(silent, "notifications", since)
    for name, seconds in took.items():
        record_property(name, round(seconds, 2))
    assert max(took.values()) < HEED_WITHIN_S, took
    status, _ = await visitor.ask("POST", f"/api/v1/applications/{chosen.application_id}/submit")
    assert status == 403


@pytest.mark.req("SSO-05", "P14", "PAR-05")
async def test_organisation_sees_nothing_of_whoever_took_its_consent_back(
    portal: Portal, arrive: Arrive, staff: Visitor
) -> None:
    person, visitor, chosen = await submitted(portal, arrive)
    status, _ = await visitor.ask("DELETE", f"/api/v1/me/consents?purpose={ORGANISATION}")
    assert status == 204
    path = f"{QUEUE}/{chosen.application_id}"

    async def hidden() -> dict[str, Any] | None:
        answer: dict[str, Any] = await staff.get(path)
        return answer if answer["applicant_hidden"] else None

    answer = await steps.wait(hidden, "the hidden applicant")
    assert answer["applicant"] is None
    assert set(answer["form"].values()) == {None}
    assert person.last_name not in str(answer)
    rows = (await staff.get(f"{QUEUE}?q={chosen.number}"))["items"]
    assert [row["applicant"]["short_name"] for row in rows] == [None]
    status, problem = await staff.ask("POST", f"{path}/confirm", {})
    assert (status, problem["code"]) == (409, "applicant_hidden")
    assert (await visitor.ask("GET", "/api/v1/cycles"))[0] == 200, "the other purposes go on"
    status, problem = await visitor.ask("POST", f"/api/v1/applications/{chosen.application_id}/submit")
    assert (status, problem["code"], problem["purpose"]) == (403, "consent_required", ORGANISATION)
    await visitor.agree()

    async def shown() -> dict[str, Any] | None:
        found: dict[str, Any] = await staff.get(path)
        return None if found["applicant_hidden"] else found

    assert person.last_name in (await steps.wait(shown, "the applicant again"))["applicant"]["full_name"]
    await steps.decide(staff, chosen)
    await steps.credited(visitor, chosen)


async def become_head(portal: Portal, arrive: Arrive) -> tuple[Visitor, str]:
    """Ask on the page to be head of the hospital where one works, be given it; the head, and the hospital's name."""
    person = await new_specialist(portal)
    head, admin = await arrive(person.key), await arrive("admin")
    await head.enter()
    await admin.enter()
    wish = {"role": "head", "reason": "Руковожу больницей, слежу за обучением"}

    async def own_work() -> tuple[str, str] | None:
        _, _, text = await head.submit(ASKING, **wish, q="", find="1")
        return next(((place, name) for place, name, hint in offered(text) if OWN_WORK in hint), None)

    await head.page(ASKING)
    hospital, name = await steps.wait(own_work, "the own hospital offered")
    _, _, text = await head.submit(ASKING, **wish, q="больница 7", find="1")
    assert [place for place, _, _ in offered(text)].count(hospital) == 1, (
        "found by its name too, offered once"
    )
    _, address, text = await head.submit(ASKING, **wish, q="", organization_id=hospital)
    assert address.endswith("done=asked")
    assert name in words(text)
    (asked,) = (await head.get("/api/v1/me/roles"))["requests"]
    desk = words((await admin.page("/admin/users"))[2])
    waiting = desk[desk.index(f"{person.last_name} {person.first_name}") :]
    assert f"Где {name}" in waiting[: waiting.index("Назначить")]
    _, address, text = await admin.submit(f"/admin/users/requests/{asked['request_id']}/grant")
    assert address.endswith("done=granted")
    _, address, _ = await head.submit("/workplace", role="head", organization_id=hospital)
    assert address.endswith("/organisation/people")
    return head, name


def offered(page: str) -> list[tuple[str, str, str]]:
    """Organisations to choose on the page of asking for a role: id, name, what lies under it."""
    choices = page.split('name="organization_id"')[1:]
    return [
        (
            re.search(r'value="([^"]+)"', choice)[1],  # type: ignore[index]
            words(re.search(r"<label[^>]*>(.*?)</label>", choice, re.DOTALL)[1]).strip(),  # type: ignore[index]
            words(choice),
        )
        for choice in choices
    ]


@pytest.mark.req("ROL-02", "ROL-03", "PAR-05", "AUD-03", "P14")
async def test_head_sees_who_agreed_and_loses_whoever_took_it_back(portal: Portal, arrive: Arrive) -> None:
    """All people made here belong to one hospital, one of them becomes its head; the surname is among the first of its list."""
    person = await new_specialist(portal, own={"last_name": "Абакин"})
    visitor = await arrive(person.key)
    account = (await visitor.enter())["person_id"]
    head, hospital = await become_head(portal, arrive)

    async def shown() -> dict[str, Any] | None:
        page = await head.get(f"{STAFF}?limit=50")
        assert page["staff_total"] >= page["shown"] >= len(page["items"])
        return next((item for item in page["items"] if item["person_id"] == account), None)

    seen = await steps.wait(shown, "the person in the list of the employer")
    assert seen["full_name"].startswith(f"{person.last_name} {person.first_name}")
    assert [job["position"] for job in seen["positions"]] == ["Врач-терапевт"]
    assert [paper["specialty_name"] for paper in seen["documents"]] == [person.specialty.name]
    assert person.snils not in str(seen)
    looks = (await visitor.get("/api/v1/register/journal?kind=look"))["items"]
    assert "Руководитель организации" in {look["by"] for look in looks}
    for page in ("/cabinet/settings/disclosures", "/cabinet/journal"):
        assert f"Руководитель организации, {hospital}" in words((await visitor.page(page))[2])

    status, _ = await visitor.ask("DELETE", f"/api/v1/me/consents?purpose={EMPLOYER}")
    assert status == 204
    since = time.monotonic()

    async def hidden() -> bool:
        return await shown() is None

    assert await seconds_until(hidden, "registry, employer", since) < HEED_WITHIN_S
    assert (await visitor.ask("GET", "/api/v1/register/card"))[0] == 200, "the other purposes go on"
    assert (await visitor.ask("GET", STAFF))[0] == 403
