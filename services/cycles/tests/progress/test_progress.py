"""Progress through the API, and the end of a cycle."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from nmo_cycles.cycles.tables import Cycle
from nmo_cycles.progress.commands.close import close_ended_cycles
from nmo_cycles.worker import timers
from nmo_kit import clock
from nmo_kit.app import Runtime


@pytest.mark.req("CYC-10", "CYC-07")
async def test_progress_of_a_cycle_with_one_programme(person, apply):
    cycle = await person.open()
    item = await person.planned(cycle)
    application = apply(person, cycle, item)
    await application.tell("Confirmed", 3)
    await application.tell("Completed", 5)
    body = await person.get(f"/{cycle['cycle_id']}/progress")
    assert (body["total_zet"], body["target_zet"]) == ("72.00", "250.00")
    assert [year["year"] for year in body["years"]] == [1, 2, 3, 4, 5]
    assert body["years"][0] == {
        "year": 1,
        "from": cycle["starts_on"],
        "to": str(date.fromisoformat(body["years"][1]["from"]) - timedelta(days=1)),
        "zet": "72.00",
        "target_zet": "50.00",
    }
    assert body["years"][-1]["to"] == cycle["ends_on"]
    assert [(part["code"], part["zet"], part["target_zet"]) for part in body["components"]] == [
        ("formal", "72.00", "180.00"),
        ("informal", "0.00", "70.00"),
    ]
    assert body["days_left"] == (date.fromisoformat(cycle["ends_on"]) - clock.today()).days
    assert body["pace_zet_per_month"] == "6.00"
    assert body["forecast"]["on_track"] is True
    portal, legal = body["norms"]
    assert (portal["code"], portal["satisfied"], portal["counted"], portal["required"]) == (
        "portal-250",
        False,
        "72.00",
        "250.00",
    )
    assert (legal["code"], legal["satisfied"], legal["counted"], legal["required"], legal["unit"]) == (
        "legal-144-709n",
        False,
        "72.00",
        "144.00",
        "ч",
    )
    assert "709н" in legal["legal_source"]
    assert legal["parts"][0] == {
        "code": "formal",
        "title": "Программы повышения квалификации",
        "zet": "72.00",
        "counted": "72.00",
        "required": "72.00",
        "limit": None,
        "satisfied": True,
    }
    assert body["next_step"].startswith("Добавьте в план программу")


@pytest.mark.req("CYC-07")
async def test_the_day_of_filing_changes_the_norms_that_judge(person):
    cycle = await person.open()
    path = f"/{cycle['cycle_id']}/progress"
    for filing_on, codes in (
        ("2022-12-31", ["portal-250", "legal-144-1081n"]),
        ("2028-12-31", ["portal-250", "legal-144-709n"]),
        ("2029-01-01", ["portal-250"]),
    ):
        body = await person.get(path, filing_on=filing_on)
        assert [norm["code"] for norm in body["norms"]] == codes
        assert body["filing_on"] == filing_on


async def shift(db, cycle, days):
    """Let the cycle have begun so many days ago."""
    async with db.write() as session:
        row = await session.get_one(Cycle, UUID(cycle["cycle_id"]))
        row.starts_on -= timedelta(days=days)
        row.ends_on -= timedelta(days=days)


@pytest.mark.req("CYC-11")
@pytest.mark.parametrize(("formal", "informal", "completed"), [(180, 70, True), (180, 60, False)])
async def test_an_ended_cycle_is_closed_and_told(db, person, apply, told, formal, informal, completed):
    cycle = await person.open()
    for kind, zet in (("programme", formal), ("event", informal)):
        item = await person.planned(cycle, kind=kind, zet=Decimal(zet))
        await apply(person, cycle, item).tell(
            "Completed", 5, completed_on=clock.today() - timedelta(days=1900)
        )
    await shift(db, cycle, 1900)
    await told()
    (timer,) = timers(Runtime(settings=None, db=db, tokens=None))
    await timer.run()
    (data,) = [data for name, data, _ in await told() if name == "cycle.closed"]
    assert (data["cycle_id"], data["completed"]) == (cycle["cycle_id"], completed)
    assert (await person.get(f"/{cycle['cycle_id']}"))["closed"] is True
    await timer.run()
    assert await told() == []
    assert len((await person.get(f"/{cycle['cycle_id']}/ledger"))["items"]) == 2


async def test_a_running_cycle_is_left_open(db, person):
    cycle = await person.open()
    async with db.write() as session:
        await close_ended_cycles(session, now=clock.now(), today=clock.today())
    assert (await person.get(f"/{cycle['cycle_id']}"))["closed"] is False
