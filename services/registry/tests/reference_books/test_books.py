"""Reference books: public, versioned, published once (FRM-07)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from nmo_registry.reference_books.commands.publish import BOOK_FILES, publish_book
from nmo_registry.reference_books.specialties import Diploma, SpecialtyKeys, carried, level_of
from nmo_registry.seed import seed
from nmo_testkit import drain_outbox


@pytest.mark.req("FRM-07")
async def test_books_are_public_and_versioned(client: Any, registry: Any) -> None:
    await seed(registry.runtime, demo=False)
    await seed(registry.runtime, demo=True)

    specialties = (await client.get("/api/v1/dictionaries/specialties")).json()
    regions = (await client.get("/api/v1/dictionaries/regions")).json()

    assert len(specialties["items"]) == 153
    assert specialties["items"][26]["key"] == "VO-027"
    assert specialties["items"][26]["name"] == "Кардиология"
    assert specialties["version"].startswith("2026-09-01+")
    assert {item["key"]: item["name"] for item in regions["items"]}["77"] == "г. Москва"
    events = await drain_outbox(registry.db)
    assert [event.type_name for event in events] == ["registry.dictionary.published.v1"] * 2


@pytest.mark.req("FRM-07")
async def test_new_version_keeps_the_old_one(registry: Any) -> None:
    book = BOOK_FILES[0]
    async with registry.db.write() as session:
        assert await publish_book(session, book)
    async with registry.db.write() as session:
        assert await publish_book(session, replace(book, edition="2027-03-01"))

    async with registry.db.read() as session:
        rows = await session.execute(text("select version, count(*) from book_entry group by 1 order by 1"))
        assert [count for _, count in rows.all()] == [153, 153]
    assert [event.subjectversion for event in await drain_outbox(registry.db)] == [1, 2]


async def test_unknown_book(client: Any) -> None:
    assert (await client.get("/api/v1/dictionaries/nothing")).status_code == 422
    assert (await client.get("/api/v1/dictionaries/regions")).status_code == 404


@pytest.mark.parametrize(
    ("name", "level", "key"),
    [
        ("Кардиология", None, "VO-027"),
        ("КАРДИОЛОГИЯ ", "VO", "VO-027"),
        ("Сестринское дело", "SPO", "SPO-15"),
        ("Сестринское дело", None, "VO-085"),
        ("Лечебное дело", "SPO", "SPO-02"),
        ("Гистология", "VO", "SPO-12"),
        ("Алхимия", None, "FRMR-77"),
    ],
)
def test_key_of_a_specialty(name: str, level: str | None, key: str) -> None:
    assert carried().of(name, level=level, code="77") == key


KEYS = SpecialtyKeys(
    {"171": "VO-085", "208": "SPO-15", "9": "VO-027"},
    {
        ("VO", "СЕСТРИНСКОЕ ДЕЛО"): "VO-085",
        ("SPO", "СЕСТРИНСКОЕ ДЕЛО"): "SPO-15",
        ("VO", "КАРДИОЛОГИЯ"): "VO-027",
    },
)


@pytest.mark.parametrize(
    ("told", "key"),
    [
        ({}, "VO-085"),
        ({"likely": "SPO"}, "SPO-15"),
        ({"code": "208"}, "SPO-15"),
        ({"code": "208", "likely": "VO"}, "SPO-15"),
        ({"code": "171", "likely": "SPO"}, "VO-085"),
        ({"code": "9", "likely": "SPO"}, "SPO-15"),
        ({"code": "7", "likely": "SPO"}, "SPO-15"),
        ({"code": "171", "level": "SPO"}, "SPO-15"),
        ({"code": "9", "level": "SPO", "nomenclature": True}, "VO-027"),
    ],
)
def test_a_name_of_both_levels_is_told_by_the_code_that_agrees_then_by_the_diploma(
    told: dict[str, Any], key: str
) -> None:
    assert KEYS.of("Сестринское дело", **told) == key


@pytest.mark.parametrize(
    ("diplomas", "day", "level"),
    [
        ([], "2020-01-01", None),
        ([("SPO", "Лечебное дело", "2001-06-20")], "2020-01-01", "SPO"),
        ([("SPO", "Лечебное дело", None)], None, "SPO"),
        (
            [("SPO", "Сестринское дело", "2001-06-20"), ("VO", "Лечебное дело", "2010-06-20")],
            "2020-01-01",
            "SPO",
        ),
        (
            [("SPO", "Лечебное дело", "2001-06-20"), ("VO", "Сестринское  Дело", "2010-06-20")],
            "2020-01-01",
            "VO",
        ),
        ([("SPO", "Акушерство", "2001-06-20"), ("VO", "Педиатрия", "2010-06-20")], "2005-01-01", "SPO"),
        ([("SPO", "Акушерство", "2001-06-20"), ("VO", "Педиатрия", "2010-06-20")], "2020-01-01", "VO"),
        ([("SPO", "Акушерство", "2001-06-20"), ("VO", "Педиатрия", "2010-06-20")], None, "VO"),
        ([("VO", "Педиатрия", "2010-06-20"), ("SPO", "Акушерство", "2001-06-20")], "1999-01-01", "SPO"),
        ([("VO", "Педиатрия", None), ("SPO", "Акушерство", None)], "2020-01-01", None),
    ],
)
def test_the_level_of_a_document_by_the_diplomas_of_its_owner(
    diplomas: list[tuple[str, str, str | None]], day: str | None, level: str | None
) -> None:
    held = [Diploma(one, name, date.fromisoformat(on) if on else None) for one, name, on in diplomas]
    assert level_of("Сестринское дело", date.fromisoformat(day) if day else None, held) == level
