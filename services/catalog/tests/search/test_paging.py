"""Keyset pages: complete, without repeats, stable while the catalogue changes; and on indexes."""

import random
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text

from nmo_catalog.search.queries import capped_count, page_statement
from nmo_catalog.search.rules import COUNT_CAP, Criteria, Position
from nmo_catalog.seed import _settle
from nmo_kit import clock
from nmo_kit.db import fetch

ELEMENTS = "/api/v1/catalog/elements"


def many(number, seed):
    dice = random.Random(seed)
    return [
        {
            "title": f"Программа {dice.choice('абвгд')}",
            "zet": Decimal(dice.choice((18, 36, 72))),
            "price_kopecks": dice.choice((0, 100, 200)),
            "starts_on": clock.today() + timedelta(days=dice.randint(0, 5)),
            "organization_id": UUID(int=dice.randint(1, 3)),
        }
        for _ in range(number)
    ]


async def walk(client, *, limit, between=None, **params):
    found, cursor = [], None
    while True:
        query = {**params, "limit": limit} | ({"cursor": cursor} if cursor else {})
        body = (await client.get(ELEMENTS, params=query)).json()
        found += [item["element_id"] for item in body["items"]]
        cursor = body["next_cursor"]
        if cursor is None:
            return found
        assert len(body["items"]) == limit
        if between:
            await between()


@pytest.mark.req("CAT-02")
@pytest.mark.parametrize("sort", ["date", "-date", "zet", "-zet", "title", "-title", "price", "-price"])
async def test_pages_are_the_whole_list_in_its_order(client, publish, sort):
    published = await publish(*many(40, sort))
    whole = await walk(client, limit=100, sort=sort)
    assert len(whole) == len(set(whole)) == len(published)
    for limit in (1, 7, 40):
        assert await walk(client, limit=limit, sort=sort) == whole
    preferred = str(UUID(int=2))
    first = await walk(client, limit=100, sort=sort, preferred=preferred)
    own = {str(element.id) for element in published if element.organization_id == UUID(int=2)}
    assert set(first[: len(own)]) == own
    assert [id_ for id_ in whole if id_ in own] + [id_ for id_ in whole if id_ not in own] == first
    for limit in (3, len(own)):
        assert await walk(client, limit=limit, sort=sort, preferred=preferred) == first


@pytest.mark.req("CAT-02")
async def test_pages_neither_repeat_nor_miss_while_others_publish(client, publish):
    before = await walk(client, limit=100) + [str(e.id) for e in await publish(*many(30, 1))]
    dice = random.Random(2)

    async def publish_more():
        await publish(*many(3, dice.random()))

    seen = await walk(client, limit=4, between=publish_more)
    assert len(seen) == len(set(seen))
    assert set(before) <= set(seen)


async def test_the_count_stops_at_its_cap(db, publish):
    await publish(*[{} for _ in range(1005)])
    async with db.read() as session:
        assert await capped_count(session, Criteria()) == 1000
        assert await capped_count(session, Criteria(words=("кардиология",))) == 1000


async def plan_of(db, criteria, position=None):
    async with db.read() as session:
        few = await capped_count(session, criteria) < COUNT_CAP
    sql, values = page_statement(criteria, position or Position(1), limit=26, few=few)
    async with db.write() as session:
        return "\n".join(row[0] for row in await fetch(session, f"explain {sql}", values))


@pytest.fixture
async def big(db, publish):
    """So many rows that the planner has to choose."""
    (one,) = await publish({"title": "Образец", "specialty_keys": ["VO-113"]})
    copied = (
        "insert into element (id, kind, title, about, zet, workload_hours, form, bases, starts_on, ends_on,"
        " organization_id, region_code, place, price_kopecks, seats_total, has_simulation, has_placement,"
        " uses_distance, state_budget_only, specialty_keys, status, version, published_at, updated_at)"
        " select gen_random_uuid(), kind, 'Программа ' || md5(n::text), 'Описание', 1 + n % 144, 36, form, bases,"
        " starts_on + n % 300, ends_on + n % 300, organization_id, lpad((1 + n % 70)::text, 2, '0'), place, n,"
        " 30, false, false, false, false, array['VO-' || lpad((1 + n % 118)::text, 3, '0')], status, 1,"
        " published_at, updated_at from element, generate_series(1, 12000) n where id = :id"
    )
    async with db.write() as session:
        await session.execute(text(copied), {"id": one.id})
    async with db.write() as session:
        await _settle(session)
    return db


@pytest.mark.req("CAT-02")
async def test_each_way_of_searching_stands_on_its_index(big):
    start = Position(1, (clock.today() + timedelta(days=100), UUID(int=7)))
    week = clock.today() + timedelta(days=7)
    cases = [
        (Criteria(from_on=clock.today()), None, "ix_element_listed"),
        (Criteria(from_on=clock.today()), start, "ix_element_listed"),
        (Criteria(words=("образец",)), None, "ix_element_tsv"),
        (
            Criteria(specialty=("VO-111",), from_on=week, to_on=date(9999, 12, 31)),
            None,
            "ix_element_specialty_keys",
        ),
        (Criteria(region=("33",)), None, "ix_element_region"),
        (Criteria(preferred=UUID(int=2)), Position(0), "ix_element_organization"),
        (Criteria(sort="-zet"), None, "ix_element_zet"),
        (Criteria(sort="title"), None, "ix_element_title"),
        (Criteria(sort="-price"), None, "ix_element_price"),
    ]
    for criteria, position, index in cases:
        plan = await plan_of(big, criteria, position)
        assert index in plan, plan
        assert "Seq Scan on element" not in plan, plan
