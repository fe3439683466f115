"""The ledger over a real database: append-only, each source once, sums derived."""

import random
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from nmo_cycles.app import build
from nmo_cycles.cycles.queries import cycle_for_update
from nmo_cycles.ledger.commands.credit import Achievement, record_credit
from nmo_cycles.ledger.commands.reverse import reverse_credit
from nmo_cycles.ledger.errors import AlreadyReversed
from nmo_cycles.norms.rules import NOTHING, Component, Credit, earned
from nmo_kit import clock
from nmo_kit.app import Runtime
from nmo_kit.errors import NotFound


def achievement(*, zet="36.00", kind="programme", source=None, days_ago=0):
    return Achievement(
        plan_item_id=None,
        element_id=uuid4(),
        kind=kind,
        title="Программа",
        zet=Decimal(zet),
        earned_on=clock.today() - timedelta(days=days_ago),
        source=source or f"application/{uuid4()}",
    )


async def credit(db, cycle, what):
    async with db.write() as session:
        row = await cycle_for_update(session, UUID(cycle["cycle_id"]))
        return await record_credit(session, row, what, now=clock.now(), today=clock.today())


async def take_back(db, entry):
    async with db.write() as session:
        return await reverse_credit(session, entry.id, reason="Ошибка", actor="test", now=clock.now())


@pytest.mark.req("CYC-09", "APP-08")
async def test_a_source_is_credited_once(db, person, told):
    cycle = await person.open()
    await told()
    first = achievement(source=f"application/{uuid4()}")
    assert await credit(db, cycle, first) is not None
    assert await credit(db, cycle, first) is None
    ((name, data, version),) = await told()
    assert (name, data["zet"], data["total_zet"], version) == ("credit.recorded", "36.00", "36.00", 2)
    assert data["source"] == first.source
    assert (await person.get(f"/{cycle['cycle_id']}"))["total_zet"] == "36.00"


@pytest.mark.req("CYC-09")
@pytest.mark.parametrize(
    "statement",
    [
        "update credit_entry set zet = 500 where id = :id",
        "delete from credit_entry where id = :id",
        "truncate credit_entry cascade",
    ],
)
async def test_the_database_refuses_to_change_the_ledger(db, person, statement):
    entry = await credit(db, await person.open(), achievement())
    with pytest.raises(DBAPIError, match="append-only"):
        async with db.write() as session:
            await session.execute(text(statement), {"id": entry.id} if ":id" in statement else {})


@pytest.mark.req("CYC-09")
async def test_a_correction_is_a_second_negative_entry(db, person, told):
    cycle = await person.open()
    entry = await credit(db, cycle, achievement(zet="72.00", days_ago=3))
    await told()
    reversal = await take_back(db, entry)
    ((name, data, _),) = await told()
    assert (name, data["zet"], data["total_zet"]) == ("credit.reversed", "-72.00", "0.00")
    assert data["reversed_entry_id"] == str(entry.id)
    items = (await person.get(f"/{cycle['cycle_id']}/ledger"))["items"]
    assert [(item["zet"], item["reversed_entry_id"], item["reason"]) for item in items] == [
        ("-72.00", str(entry.id), "Ошибка"),
        ("72.00", None, None),
    ]
    assert items[0]["earned_on"] == items[1]["earned_on"]
    assert (await person.get(f"/{cycle['cycle_id']}"))["total_zet"] == "0.00"
    for wrong in (entry, reversal):
        with pytest.raises(AlreadyReversed):
            await take_back(db, wrong)


async def test_an_operator_takes_a_credit_back_by_command(db, person, capsys):
    cycle = await person.open()
    entry = await credit(db, cycle, achievement())
    runtime = Runtime(settings=None, db=db, tokens=None)
    command = build().commands["reverse-credit"]
    await command(runtime, [str(entry.id), "Результат внесён по ошибке"])
    assert "-36.00" in capsys.readouterr().out
    with pytest.raises(NotFound):
        await command(runtime, [str(uuid4()), "Нет такой записи"])
    with pytest.raises(SystemExit):
        await command(runtime, [])


steps = st.lists(
    st.one_of(
        st.tuples(st.just("credit"), st.integers(0, 7), st.integers(1, 20000)),
        st.tuples(st.just("reverse"), st.integers(0, 7), st.just(0)),
    ),
    max_size=25,
)


@pytest.mark.req("CYC-09")
@given(steps)
def test_the_sum_is_that_of_the_sources_not_taken_back(history):
    """A model of the ledger: whatever is credited, repeated and taken back, in whatever order."""
    entries: dict[str, Credit] = {}
    for verb, source, cents in history:
        key = f"application/{source}" if verb == "credit" else f"reversal/{source}"
        if key in entries:
            continue
        if verb == "credit":
            entries[key] = Credit(Component.FORMAL, Decimal(cents) / 100, clock.today())
        elif (original := entries.get(f"application/{source}")) is not None:
            entries[key] = Credit(original.component, -original.zet, original.earned_on)
    standing = [
        credit.zet
        for key, credit in entries.items()
        if key.startswith("application/") and f"reversal/{key.partition('/')[2]}" not in entries
    ]
    total = earned(entries.values(), Component.FORMAL)
    assert total == sum(standing, NOTHING)
    assert total >= 0


@pytest.mark.req("CYC-09")
@pytest.mark.parametrize("seed", range(4))
async def test_any_history_of_credits_and_corrections_sums_up(db, person, seed):
    """The same over the database: sources repeat, corrections repeat, the sum stays that of what stands."""
    dice = random.Random(seed)
    cycle = await person.open()
    entries, standing = {}, {}
    for _ in range(40):
        source = f"application/{person.person_id}-{dice.randint(1, 12)}"
        if dice.random() < 0.6:
            zet = f"{dice.randint(1, 20000) / 100:.2f}"
            made = await credit(db, cycle, achievement(zet=zet, source=source))
            assert (made is None) == (source in entries)
            if made is not None:
                entries[source] = made
                standing[source] = made.zet
        elif source in entries:
            if source in standing:
                await take_back(db, entries[source])
                del standing[source]
            else:
                with pytest.raises(AlreadyReversed):
                    await take_back(db, entries[source])
    total = sum(standing.values(), NOTHING)
    assert Decimal((await person.get(f"/{cycle['cycle_id']}"))["total_zet"]) == total
    progress = await person.get(f"/{cycle['cycle_id']}/progress")
    assert sum(Decimal(year["zet"]) for year in progress["years"]) == total
    listed = (await person.get(f"/{cycle['cycle_id']}/ledger", limit=200))["items"]
    assert sum(Decimal(item["zet"]) for item in listed) == total


async def test_the_ledger_is_paged_from_the_latest(db, person):
    cycle = await person.open()
    made = [await credit(db, cycle, achievement(zet=f"{n}.00")) for n in range(1, 8)]
    found, cursor = [], None
    while True:
        page = await person.get(
            f"/{cycle['cycle_id']}/ledger", limit=3, **({"cursor": cursor} if cursor else {})
        )
        found += [item["entry_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == [str(entry.id) for entry in reversed(made)]
    wrong = await person.call("GET", f"/{cycle['cycle_id']}/ledger", params={"cursor": "e30"})
    assert wrong.status_code == 422


@pytest.mark.req("CYC-10")
async def test_each_share_of_the_norm_is_told_once(db, person, told):
    cycle = await person.open()
    await told()
    first = await credit(db, cycle, achievement(zet="125.00"))
    await credit(db, cycle, achievement(zet="75.00"))
    await credit(db, cycle, achievement(zet="40.00"))
    await credit(db, cycle, achievement(zet="70.00", kind="event"))
    await take_back(db, first)
    await credit(db, cycle, achievement(zet="200.00"))
    events = await told()
    reached = [data for name, data, _ in events if name == "threshold.reached"]
    assert [data["percent"] for data in reached] == [50, 80, 100]
    assert [data["total_zet"] for data in reached] == ["125.00", "200.00", "310.00"]
    assert {(data["norm_code"], data["target_zet"]) for data in reached} == {("portal-250", "250.00")}
    versions = [version for _, _, version in events]
    assert versions == sorted(set(versions))


@pytest.mark.req("CYC-10")
async def test_one_large_credit_may_pass_several_shares_at_once(db, person, told):
    cycle = await person.open()
    await told()
    await credit(db, cycle, achievement(zet="230.00"))
    assert [data["percent"] for name, data, _ in await told() if name == "threshold.reached"] == [50, 80]
