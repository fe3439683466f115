"""A world for tests: database, application, stand-ins of identity and registry, ready-made events."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest_asyncio

from nmo_applications.app import build
from nmo_applications.documents.store import ObjectStore
from nmo_applications.enrolment.consumers import on_plan_item_added, on_seat_held
from nmo_applications.programmes.consumers import on_element
from nmo_applications.upstreams import Applicant, Employment, RequestPerson
from nmo_contracts.catalog import ElementPublishedV1, SeatHeldV1
from nmo_contracts.cycles import PlanItemAddedV1
from nmo_kit.app import Runtime, create_app
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database
from nmo_kit.http import UpstreamUnavailable
from nmo_kit.principal import Principal
from nmo_testkit import client_for, deliver, settings_for

API = "/api/v1/applications"
ORGANIZATION_ID = uuid4()
GOOD_FORM = {
    "employment": "employed",
    "position": "Врач-кардиолог",
    "workplace_name": "Городская больница № 7",
    "workplace_address": "г. Москва, ул. Примерная, д. 7",
    "region_code": "77",
    "basis": "contract",
    "payer": "legal_entity",
}


class FakeUpstreams:
    """Stand-in of identity and registry: people and employments given by the test, and a switch to be down."""

    def __init__(self) -> None:
        self.people: dict[UUID, Applicant] = {}
        self.jobs: list[Employment] = [
            Employment(
                employer_oid="1.2.643.5.1.13.13.12.2.77.7007",
                employer_name="Городская больница № 7",
                employer_address="г. Москва, ул. Примерная, д. 7",
                region_code="77",
                position="Врач-кардиолог",
                state_budget=True,
            )
        ]
        self.down = False
        self.asked_names = 0
        self.looked_at: list[UUID] = []

    async def applicant(self, person_id: UUID) -> Applicant:
        self._answer()
        return self.people.get(person_id) or Applicant(
            last_name="Кузнецова",
            first_name="Анна",
            patronymic="Сергеевна",
            snils="11223344595",
            full_name="Кузнецова Анна Сергеевна",
            short_name="Кузнецова А. С.",
        )

    async def short_names(self, person_ids: Any) -> dict[UUID, str]:
        self._answer()
        self.asked_names += 1
        return dict.fromkeys(person_ids, "Кузнецова А. С.")

    async def request_person(self, person_id: UUID) -> RequestPerson:
        self._answer()
        self.looked_at.append(person_id)
        return RequestPerson(
            full_name="Кузнецова Анна Сергеевна",
            short_name="Кузнецова А. С.",
            birth_on=date(1984, 3, 17),
            snils="11223344595",
            email="anna@klinika.example.org",
        )

    async def request_names(self, person_ids: Any) -> dict[UUID, str]:
        self._answer()
        self.asked_names += 1
        return dict.fromkeys(person_ids, "Кузнецова А. С.")

    async def employments(self, viewer: Principal) -> list[Employment]:
        self._answer()
        return list(self.jobs) if viewer.specialist_id else []

    def _answer(self) -> None:
        if self.down:
            raise UpstreamUnavailable("identity")


@dataclass
class World:
    db: Database
    http: httpx2.AsyncClient
    upstreams: FakeUpstreams
    tokens: Any
    runtime: Any
    person_id: UUID = field(default_factory=uuid4)
    specialist_id: UUID = field(default_factory=uuid4)
    organization_id: UUID = ORGANIZATION_ID

    @property
    def person(self) -> dict[str, str]:
        return self.tokens.headers(aud="applications", sub=self.person_id, spec=self.specialist_id)

    @property
    def staff(self) -> dict[str, str]:
        return self.tokens.headers(aud="applications", roles=("org_staff",), org=self.organization_id)

    def headers(self, **claims: Any) -> dict[str, str]:
        return self.tokens.headers(aud="applications", **claims)

    async def element(self, *, version: int = 1, **values: Any) -> UUID:
        """A programme that the catalogue told of."""
        card: dict[str, Any] = {
            "element_id": uuid4(),
            "kind": "programme",
            "title": "Неотложная кардиология: острый коронарный синдром на догоспитальном и госпитальном этапах",
            "zet": Decimal("72.00"),
            "workload_hours": 72,
            "form": "full_time",
            "bases": ["budget", "contract", "contract_foms"],
            "starts_on": date(2026, 11, 2),
            "ends_on": date(2026, 11, 14),
            "organization_id": self.organization_id,
            "organization_name": "Северный медицинский университет",
            "specialty_keys": ["VO-027"],
            "place": "г. Москва",
        }
        payload = ElementPublishedV1(**(card | values))
        await deliver(self.db, on_element, payload, version=version)
        return payload.element_id

    async def draft(self, **values: Any) -> dict[str, Any]:
        """A drafted application as its owner sees it; `specialty_name` is what its cycle showed."""
        specialty_name = values.pop("specialty_name", None)
        element_id = values.pop("element_id", None) or await self.element(**values)
        event = PlanItemAddedV1(
            cycle_id=uuid4(),
            person_id=self.person_id,
            plan_item_id=uuid4(),
            element_id=element_id,
            element_kind="programme",
            organization_id=self.organization_id,
            specialty_key="VO-027",
            specialty_name=specialty_name,
        )
        await deliver(self.db, on_plan_item_added, event)
        listed = await self.http.get(
            API, params={"plan_item_id": str(event.plan_item_id)}, headers=self.person
        )
        found: dict[str, Any] = listed.json()["items"][0]
        return found

    async def submitted(self, *, seat: bool = True, **values: Any) -> dict[str, Any]:
        """An application submitted, and by default with a seat held."""
        drafted = await self.draft(**values)
        path = f"{API}/{drafted['application_id']}"
        assert (await self.http.patch(path, json=GOOD_FORM, headers=self.person)).status_code == 200
        answer = await self.http.post(f"{path}/submit", headers=self.person)
        assert answer.status_code == 200, answer.text
        if seat:
            await deliver(
                self.db,
                on_seat_held,
                SeatHeldV1(
                    application_id=drafted["application_id"],
                    element_id=drafted["element"]["element_id"],
                    seats_left=3,
                ),
            )
        return (await self.http.get(path, headers=self.person)).json()

    async def organization_does(self, application: dict[str, Any], what: str, **body: Any) -> httpx2.Response:
        path = f"/api/v1/organization/applications/{application['application_id']}/{what}"
        return await self.http.post(path, json=body, headers=self.staff)

    async def journal_actions(self) -> list[str]:
        from sqlalchemy import text

        async with self.db.read() as session:
            rows = await session.execute(text("select action from journal order by id"))
            return [action for (action,) in rows]


@pytest_asyncio.fixture(loop_scope="session")
async def world(fresh_service_db, token_factory, tmp_path) -> AsyncIterator[World]:
    db = await fresh_service_db("nmo_applications")
    upstreams = FakeUpstreams()
    runtime = Runtime(
        settings=settings_for("postgresql://unused/unused"),
        db=db,
        tokens=None,
        extras={
            "upstreams": upstreams,
            "cipher": FieldCipher(b"k" * 32),
            "files": ObjectStore(tmp_path / "files"),
        },
    )
    app = create_app(build(), runtime)
    async with client_for(app, tokens=token_factory, audience="applications") as http:
        yield World(db=db, http=http, upstreams=upstreams, tokens=token_factory, runtime=runtime)
