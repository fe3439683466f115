"""REG-04, P12: what two employees of support approved is carried out once, with evidence, or refused with a reason."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import web
from sqlalchemy import text

from nmo_contracts.applications import ChangeApprovedV1
from nmo_identity.accounts.queries import opened, person
from nmo_identity.changes.consumers import on_change_approved
from nmo_identity.changes.source import ChangeSource
from nmo_kit import clock
from nmo_kit.messaging import Permanent, Transient
from nmo_testkit.messages import deliver, drain_outbox


class Applications:
    """Stand-in of the route that tells the values of approved changes."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.person_id: str = ""
        self.status = 200
        self.asked: list[dict[str, Any]] = []

    async def disclose(self, request: web.Request) -> web.Response:
        assert request.headers["authorization"].startswith("Bearer ")
        self.asked.append(await request.json())
        body = {"person_id": self.person_id, "values": self.values}
        return web.json_response(body, status=self.status)


@pytest.fixture
async def applications(portal: Any, helpers: Any) -> Any:
    stand_in = Applications()
    async with helpers.served([web.post("/internal/changes/disclose", stand_in.disclose)]) as url:
        before = portal.runtime.extras["change_source"]

        async def token(_: str) -> str:
            return "t"

        portal.runtime.extras["change_source"] = source = ChangeSource(url, token)
        yield stand_in
        await source.close()
        portal.runtime.extras["change_source"] = before


def order(person_id: str, **changes: Any) -> ChangeApprovedV1:
    values: dict[str, Any] = {
        "request_id": uuid4(), "number": "ОБР-0000007-2026", "person_id": UUID(person_id), "proposed_by": uuid4(),
        "approved_by": uuid4(), "approved_at": clock.now(),
    }  # fmt: skip
    return ChangeApprovedV1(**(values | changes))


async def carry_out(portal: Any, what: ChangeApprovedV1, version: int = 1) -> str:
    return await deliver(portal.db, on_change_approved, what, version=version, context=portal.runtime)


async def enter(portal: Any) -> tuple[str, str]:
    handle = (await portal.sign_in())["session"]["handle"]
    await portal.agree(handle)
    await drain_outbox(portal.db)
    return handle, (await portal.me(handle))["person_id"]


@pytest.mark.req("REG-04", "P12")
async def test_approved_values_replace_the_present_ones_once(portal: Any, applications: Any) -> None:
    handle, person_id = await enter(portal)
    applications.person_id = person_id
    applications.values = {
        "last_name": "Белова", "patronymic": None, "birth_on": "1984-03-18", "snils": "112-233-445 95",
        "email": "new@klinika.example.org", "first_name": "Марина",
    }  # fmt: skip
    what = order(person_id)
    assert await carry_out(portal, what) == "handled"
    assert applications.asked == [{"request_id": str(what.request_id), "purpose": "apply_change"}]
    me = await portal.me(handle)
    assert (me["last_name"], me["patronymic"], me["birth_on"]) == ("Белова", None, "1984-03-18")
    assert (me["snils"], me["email"]) == ("112-233-445 95", "new@klinika.example.org")
    (row,) = await portal.journal("action = 'person.changed_by_support'")
    changed = ["birth_on", "email", "last_name", "patronymic", "snils"]
    assert (row["object"], sorted(row["fields"]), row["result"]) == (
        "request/ОБР-0000007-2026",
        changed,
        "ok",
    )
    assert row["reason"] == f"proposed:{what.proposed_by} approved:{what.approved_by}"
    told = [(event.type_name, event.data.get("outcome")) for event in await drain_outbox(portal.db)]
    assert told == [
        ("identity.person.changed.v1", None),
        ("identity.change.applied.v1", "applied"),
        ("identity.letter.issued.v1", None),
    ]
    assert await carry_out(portal, what, version=2) == "handled"
    assert await drain_outbox(portal.db) == []
    async with portal.db.read() as session:
        kept = (await session.execute(text("select before_sealed from applied_change"))).scalar_one()
        owed = (await session.execute(text("select count(*) from match_task"))).scalar_one()
    cipher = portal.runtime.extras["cipher"]
    former = cipher.decrypt(bytes(kept), aad=f"applied_change|before_sealed|{what.request_id}")
    assert "Журавская" in former
    assert "1984-03-17" in former
    assert owed == 1, "other data are compared with the register anew"


@pytest.mark.req("REG-04", "P12")
async def test_number_of_another_holder_is_not_given_away(portal: Any, applications: Any) -> None:
    await portal.sign_in(oid=1000400999, snils="112-233-445 95", email="other@klinika.example.org")
    handle, person_id = await enter(portal)
    applications.person_id = person_id
    applications.values = {"snils": "11223344595", "last_name": "Белова"}
    await carry_out(portal, order(person_id))
    me = await portal.me(handle)
    assert (me["snils"], me["last_name"]) == ("971-161-656 16", "Журавская"), "all or nothing"
    ((kind, data),) = [(event.type_name, event.data) for event in await drain_outbox(portal.db)]
    assert (kind, data["outcome"], data["reason_code"]) == (
        "identity.change.applied.v1",
        "refused",
        "snils_taken",
    )
    (row,) = await portal.journal("action = 'person.changed_by_support'")
    assert (row["result"], row["reason"]) == ("refused", "snils_taken")


@pytest.mark.req("REG-04")
@pytest.mark.parametrize(
    ("status", "values", "error"),
    [(503, {}, Transient), (404, {}, Permanent), (200, {"snils": "11223344596"}, Permanent), (200, {"roles": ["admin"]}, Permanent)],
)  # fmt: skip
async def test_unusable_answers_change_nothing(
    portal: Any, applications: Any, status: int, values: dict[str, Any], error: type[Exception]
) -> None:
    handle, person_id = await enter(portal)
    applications.person_id, applications.status, applications.values = person_id, status, values
    with pytest.raises(error) as caught:
        await carry_out(portal, order(person_id))
    assert "11223344596" not in str(caught.value)
    assert (await portal.me(handle))["snils"] == "971-161-656 16"


@pytest.mark.req("REG-04")
async def test_change_of_another_person_is_parked(portal: Any, applications: Any) -> None:
    handle, person_id = await enter(portal)
    applications.person_id, applications.values = str(uuid4()), {"last_name": "Чужая"}
    with pytest.raises(Permanent):
        await carry_out(portal, order(person_id))
    assert (await portal.me(handle))["last_name"] == "Журавская"


@pytest.mark.req("P12")
async def test_one_person_cannot_stand_for_two(portal: Any, applications: Any) -> None:
    _, person_id = await enter(portal)
    applications.person_id, applications.values = person_id, {"last_name": "Белова"}
    employee = uuid4()
    with pytest.raises(Exception, match="ck_applied_change_two_people"):
        await carry_out(portal, order(person_id, proposed_by=employee, approved_by=employee))


@pytest.mark.req("REG-04")
async def test_birth_date_stays_sealed(portal: Any, applications: Any) -> None:
    _, person_id = await enter(portal)
    applications.person_id, applications.values = person_id, {"birth_on": "1984-03-19"}
    await carry_out(portal, order(person_id))
    async with portal.db.read() as session:
        row = await person(session, UUID(person_id))
        assert opened(row, portal.runtime.extras["cipher"]).birth_on == date(1984, 3, 19)
        assert b"1984" not in (row.birth_sealed or b"")
