"""Acts of people and of employees on requests."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy import text

API = "/api/v1/requests"
DESK = "/api/v1/support/requests"


@dataclass
class Support:
    """The world with two employees of support in it."""

    world: Any
    first: UUID = field(default_factory=uuid4)
    second: UUID = field(default_factory=uuid4)

    @property
    def http(self) -> httpx2.AsyncClient:
        client: httpx2.AsyncClient = self.world.http
        return client

    def person(self, person_id: UUID | None = None, **claims: Any) -> dict[str, str]:
        """A signed-in person, by default without anything opened to them."""
        claims = {"roles": ("person",), "entry": "conflict", "consent": False} | claims
        headers: dict[str, str] = self.world.headers(sub=person_id or self.world.person_id, **claims)
        return headers

    def employee(self, who: UUID) -> dict[str, str]:
        headers: dict[str, str] = self.world.headers(sub=who, roles=("person", "support"), entry="full")
        return headers

    async def open(self, person_id: UUID | None = None, **body: Any) -> httpx2.Response:
        words = {"kind": "other", "topic": "Не открывается план", "text": "Нажимаю и ничего не происходит."}
        return await self.http.post(API, json=words | body, headers=self.person(person_id))

    async def opened(self, **body: Any) -> str:
        answer = await self.open(**body)
        assert answer.status_code == 201, answer.text
        found: str = answer.json()["request_id"]
        return found

    async def change(self, **values: Any) -> str:
        """A request to change data."""
        values = values or {"last_name": "Белова"}
        return await self.opened(
            kind="data_change", topic="Смена фамилии", text="Вышла замуж, паспорт новый.", values=values
        )

    async def act(self, who: UUID, request_id: str, what: str, **body: Any) -> httpx2.Response:
        return await self.http.post(
            f"{DESK}/{request_id}/{what}", json=body or None, headers=self.employee(who)
        )

    async def done(self, who: UUID, request_id: str, what: str, **body: Any) -> dict[str, Any]:
        answer = await self.act(who, request_id, what, **body)
        assert answer.status_code in {200, 204}, answer.text
        return answer.json() if answer.content else {}

    async def seen(self, request_id: str) -> dict[str, Any]:
        """As its owner sees it."""
        answer = await self.http.get(f"{API}/{request_id}", headers=self.person())
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def journal(self) -> list[dict[str, Any]]:
        async with self.world.db.read() as session:
            rows = await session.execute(text("select * from journal order by at, id"))
            return [dict(row) for row in rows.mappings()]


@pytest.fixture
def support(world: Any) -> Support:
    return Support(world)
