"""A migrated service with its norms, one specialist with a document in the register, and clients of its API."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
import pytest_asyncio
from pydantic import SecretStr

from nmo_contracts import applications
from nmo_contracts.catalog import ElementPublishedV1
from nmo_contracts.identity import QuestionnaireFilledV1
from nmo_contracts.registry import (
    AccreditationRecordedV1,
    AccreditationRemovedV1,
    EducationRecordedV1,
    EducationRemovedV1,
    SpecialistRemovedV1,
)
from nmo_cycles.app import build
from nmo_cycles.cycles.consumers import (
    on_accreditation_recorded,
    on_accreditation_removed,
    on_specialist_removed,
)
from nmo_cycles.diplomas.consumers import (
    on_education_recorded,
    on_education_removed,
    on_questionnaire_filled,
)
from nmo_cycles.elements.consumers import on_element
from nmo_cycles.outcomes.consumers import (
    on_application_completed,
    on_application_confirmed,
    on_application_moved,
)
from nmo_cycles.seed import load_norms
from nmo_cycles.settings import Settings
from nmo_kit import clock
from nmo_kit.app import Runtime, create_app
from nmo_kit.db import Database
from nmo_testkit import client_for, deliver, drain_outbox
from nmo_testkit.tokens import TokenFactory

CARDIOLOGY = "VO-027"
ORGANIZATION = UUID(int=1)
EXAM_ON = clock.today() - timedelta(days=160)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def db(service_db: Callable[[str], Awaitable[Database]]) -> Database:
    """The service's database for this module; each test works with people of its own."""
    database = await service_db("nmo_cycles")
    await load_norms(database)
    return database


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def anonymous(db: Database, token_factory: TokenFactory) -> AsyncIterator[httpx2.AsyncClient]:
    """A client without a token."""
    settings = Settings(environment="test", database_url=SecretStr("postgresql://unused/cycles"))
    app = create_app(build(), Runtime(settings=settings, db=db, tokens=None))
    async with client_for(app, tokens=token_factory, audience="cycles") as opened:
        yield opened


@dataclass
class Specialist:
    """A person acting through the API and through events about them."""

    db: Database
    client: httpx2.AsyncClient
    tokens: TokenFactory
    person_id: UUID = field(default_factory=uuid4)
    specialist_id: UUID = field(default_factory=uuid4)
    claims: dict[str, Any] = field(default_factory=dict)

    async def call(self, method: str, path: str, **kwargs: Any) -> httpx2.Response:
        """One request with a fresh token."""
        claims = {"sub": self.person_id, "spec": self.specialist_id, **self.claims}
        headers = self.tokens.headers(aud="cycles", **claims) | kwargs.pop("headers", {})
        return await self.client.request(method, f"/api/v1/cycles{path}", headers=headers, **kwargs)

    def newcomer(self) -> "Specialist":
        """Somebody whose diploma the register does not have."""
        return Specialist(self.db, self.client, self.tokens)

    async def fill_questionnaire(self) -> None:
        """Identity tells that the person filled in the questionnaire."""
        told = QuestionnaireFilledV1(person_id=self.person_id, filled_at=clock.now())
        await deliver(self.db, on_questionnaire_filled, told)

    async def graduate(self, *, version: int = 1) -> None:
        """The register tells of the person's diploma; one will do."""
        told = EducationRecordedV1(
            specialist_id=self.specialist_id, document_id=self.specialist_id, level="VO"
        )
        await deliver(self.db, on_education_recorded, told, version=version)

    async def ungraduate(self, *, version: int) -> None:
        """The register no longer shows the diploma."""
        told = EducationRemovedV1(specialist_id=self.specialist_id, document_id=self.specialist_id)
        await deliver(self.db, on_education_removed, told, version=version)

    async def lose(self, document_id: UUID, *, version: int) -> None:
        """The register no longer shows a document."""
        told = AccreditationRemovedV1(specialist_id=self.specialist_id, document_id=document_id)
        await deliver(self.db, on_accreditation_removed, told, version=version)

    async def leave(self, *, version: int) -> None:
        """The person is in the register no more."""
        told = SpecialistRemovedV1(specialist_id=self.specialist_id)
        await deliver(self.db, on_specialist_removed, told, version=version)

    async def get(self, path: str = "", **params: Any) -> Any:
        """Body of a successful GET."""
        answer = await self.call("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def document(self, *, version: int = 1, **values: Any) -> UUID:
        """The register tells of a document; returns its id."""
        base: dict[str, Any] = {
            "specialist_id": self.specialist_id,
            "document_id": uuid4(),
            "kind": "accreditation",
            "specialty_key": CARDIOLOGY,
            "specialty_name": "Кардиология",
            "series": "7726",
            "number": "031904517",
            "exam_on": EXAM_ON,
            "issued_on": EXAM_ON,
            "valid_until": None,
        }
        told = AccreditationRecordedV1(**base | values)
        await deliver(self.db, on_accreditation_recorded, told, version=version)
        return told.document_id

    async def open(self, **values: Any) -> dict[str, Any]:
        """Open a cycle on a fresh document of the register."""
        answer = await self.call("POST", "", json={"document_id": str(await self.document(**values))})
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def choose(self, cycle: dict[str, Any], element_id: UUID) -> httpx2.Response:
        """Put an element into the plan."""
        return await self.call(
            "POST", f"/{cycle['cycle_id']}/plan/items", json={"element_id": str(element_id)}
        )

    async def planned(self, cycle: dict[str, Any], **values: Any) -> dict[str, Any]:
        """A fresh element in the plan."""
        answer = await self.choose(cycle, await publish(self.db, **values))
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body


async def publish(database: Database, *, version: int = 1, **values: Any) -> UUID:
    """The catalogue tells of an element; returns its id."""
    starts_on = clock.today() + timedelta(days=20)
    base: dict[str, Any] = {
        "element_id": uuid4(),
        "kind": "programme",
        "title": "Неотложная кардиология",
        "zet": Decimal("72.00"),
        "workload_hours": 72,
        "form": "full_time",
        "bases": ["budget", "contract"],
        "starts_on": starts_on,
        "ends_on": starts_on + timedelta(days=12),
        "organization_id": ORGANIZATION,
        "organization_name": "Северный медицинский университет",
        "specialty_keys": [CARDIOLOGY],
        "place": "Санкт-Петербург",
    }
    told = ElementPublishedV1(**base | values)
    await deliver(database, on_element, told, version=version)
    return told.element_id


@dataclass
class Application:
    """An application of a plan item, moved by its service's events."""

    db: Database
    item: dict[str, Any]
    cycle: dict[str, Any]
    person_id: UUID
    application_id: UUID = field(default_factory=uuid4)
    number: str = "NMO-0000042-2026"

    def event(self, verb: str, **values: Any) -> Any:
        """The payload of a move."""
        model = getattr(applications, f"Application{verb}V1")
        if verb == "Completed":
            values = {
                "zet": Decimal(self.item["zet"]),
                "completed_on": clock.today(),
                "certificate_number": "У-1",
            } | values
        if verb == "Rejected":
            values = {"reason_code": "organization"} | values
        base: dict[str, Any] = {
            "application_id": self.application_id,
            "number": self.number,
            "person_id": self.person_id,
            "cycle_id": UUID(self.cycle["cycle_id"]),
            "plan_item_id": UUID(self.item["plan_item_id"]),
            "element_id": UUID(self.item["element_id"]),
            "organization_id": ORGANIZATION,
            "occurred_at": clock.now(),
        }
        return model(**base | values)

    async def tell(self, verb: str, version: int, *, event_id: UUID | None = None, **values: Any) -> str:
        """Deliver a move; returns the outcome."""
        special = {"Confirmed": on_application_confirmed, "Completed": on_application_completed}
        handler = special.get(verb, on_application_moved)
        return await deliver(self.db, handler, self.event(verb, **values), version=version, event_id=event_id)


@pytest_asyncio.fixture(loop_scope="session")
async def person(db: Database, anonymous: httpx2.AsyncClient, token_factory: TokenFactory) -> Specialist:
    """A matched specialist with consent."""
    found = Specialist(db, anonymous, token_factory)
    await found.graduate()
    return found


@pytest_asyncio.fixture(loop_scope="session")
async def stranger(db: Database, anonymous: httpx2.AsyncClient, token_factory: TokenFactory) -> Specialist:
    """Another matched specialist."""
    found = Specialist(db, anonymous, token_factory)
    await found.graduate()
    return found


@pytest.fixture
def publish_element(db: Database) -> Callable[..., Awaitable[UUID]]:
    """Publishes elements."""

    async def run(**values: Any) -> UUID:
        return await publish(db, **values)

    return run


@pytest.fixture
def apply(db: Database) -> Callable[..., Application]:
    """Makes the application of a plan item."""

    def make(person: Specialist, cycle: dict[str, Any], item: dict[str, Any]) -> Application:
        return Application(db, item, cycle, person.person_id)

    return make


@pytest.fixture
def told(db: Database) -> Callable[[], Awaitable[list[tuple[str, dict[str, Any], int]]]]:
    """Events since the last call: short name, data, version."""

    async def run() -> list[tuple[str, dict[str, Any], int]]:
        return [
            (event.type_name.removeprefix("cycles.").removesuffix(".v1"), event.data, event.subjectversion)
            for event in await drain_outbox(db)
        ]

    return run
