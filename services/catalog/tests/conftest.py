"""A migrated catalogue with a handful of elements, and a client of its API."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import text

from nmo_catalog.app import build
from nmo_catalog.elements.commands.publish import publish_elements
from nmo_catalog.elements.tables import Element
from nmo_catalog.organisations.tables import Organization
from nmo_catalog.reference.queries import load_reference
from nmo_catalog.settings import Settings
from nmo_kit import clock
from nmo_kit.app import Runtime, create_app
from nmo_kit.db import Database
from nmo_testkit import client_for

ORGANIZATIONS = {
    UUID(int=1): "Северный медицинский университет",
    UUID(int=2): "Академия «Вектор»",
    UUID(int=3): "100%_Практика",
}
SHORT_NAMES = {"100%_Практика": "ЦПП-7"}
Publish = Callable[..., Awaitable[list[Element]]]


def make_element(**values: Any) -> Element:
    """A programme of 36 ЗЕТ in cardiology starting in a month, with `values` instead."""
    starts_on = clock.today() + timedelta(days=30)
    base: dict[str, Any] = {
        "id": uuid4(),
        "kind": "programme",
        "title": "Неотложная кардиология",
        "about": "Острый коронарный синдром и нарушения ритма",
        "zet": Decimal("36.00"),
        "workload_hours": 36,
        "form": "full_time",
        "bases": ["contract"],
        "starts_on": starts_on,
        "ends_on": starts_on + timedelta(days=7),
        "organization_id": UUID(int=1),
        "region_code": "78",
        "place": "Санкт-Петербург",
        "price_kopecks": 500_000,
        "seats_total": 30,
        "has_simulation": False,
        "has_placement": False,
        "uses_distance": False,
        "specialty_keys": ["VO-027"],
        "status": "published",
        "published_at": clock.now(),
        "updated_at": clock.now(),
    }
    if values.get("kind") == "module":
        base |= {"starts_on": None, "ends_on": None, "seats_total": None}
    if values.get("starts_on"):
        base["ends_on"] = values["starts_on"] + timedelta(days=7)
    return Element(**(base | values))


async def _load(database: Database) -> None:
    async with database.write() as session:
        for id_, name in ORGANIZATIONS.items():
            session.add(
                Organization(
                    id=id_,
                    name=name,
                    short_name=SHORT_NAMES.get(name, name[:10]),
                    kind="higher_education",
                    region_code="78",
                    address="г. Санкт-Петербург",
                    phone="+7 (000) 000-00-00",
                    email="dpo@example.org",
                    site="https://org.example",
                )
            )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def module_db(service_db: Callable[[str], Awaitable[Database]]) -> Database:
    """A migrated database with reference names."""
    database = await service_db("nmo_catalog")
    async with database.write() as session:
        await load_reference(session)
    return database


@pytest_asyncio.fixture(loop_scope="session")
async def db(module_db: Database) -> Database:
    """A catalogue with reference names and three organisations, without elements and events."""
    async with module_db.write() as session:
        await session.execute(
            text(
                "truncate element, organization, seat_hold, search_word, search_word_state, seed_mark,"
                " outbox, inbox, inbox_subject_version"
            )
        )
    await _load(module_db)
    return module_db


@pytest.fixture
def publish(db: Database) -> Publish:
    """Publishes elements given as dictionaries of values."""

    async def run(*specs: dict[str, Any]) -> list[Element]:
        elements = [make_element(**spec) for spec in specs]
        async with db.write() as session:
            await publish_elements(session, elements, ORGANIZATIONS)
        return elements

    return run


def settings() -> Settings:
    """Settings of a test process."""
    return Settings(environment="test", database_url=SecretStr("postgresql://unused/catalog"))


@pytest_asyncio.fixture(loop_scope="session")
async def client(db: Database) -> AsyncIterator[httpx2.AsyncClient]:
    """A client without a token."""
    app = create_app(build(), Runtime(settings=settings(), db=db, tokens=None))
    async with client_for(app) as opened:
        yield opened
