"""A whole small service on a real database: gate, commit before answer, problems, idempotency, journal, migrations."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest
import pytest_asyncio
from fastapi import APIRouter, Body, Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from nmo_kit import clock, errors, journal, migrate, observability
from nmo_kit.app import Runtime, Service, create_app
from nmo_kit.auth import PUBLIC, CurrentPrincipal, Rule, UngatedRouteError, action, decide
from nmo_kit.db import Database, ReadDep, WriteDep, service_registry
from nmo_kit.idempotency import IdempotencyDep
from nmo_kit.messaging.tables import MAINTENANCE_SQL
from nmo_kit.principal import Principal
from nmo_kit.settings import ServiceSettings
from nmo_testkit.clients import client_for
from nmo_testkit.postgres import Databases, settings_for
from nmo_testkit.tokens import TokenFactory

PACKAGE = "nmo_sample"


class Made(BaseModel):
    number: int


class TeapotProblem(errors.Problem):
    status, code, title, detail = 409, "teapot", "Чайник", "Это чайник."


router = APIRouter()


@router.post("/things/{mode}", responses=errors.problems(TeapotProblem))
@action("thing.make")
async def make(mode: str, session: WriteDep, principal: CurrentPrincipal, once: IdempotencyDep) -> Made:
    async def work() -> Made:
        await journal.record(
            session, actor=principal, action="thing.make", object_=mode, person_id=principal.person_id
        )
        if mode == "teapot":
            raise TeapotProblem
        if mode == "fault":
            raise RuntimeError("password=hunter2 select * from people")
        count = (await session.execute(text("select count(*) from journal"))).scalar_one()
        return Made(number="many" if mode == "unserialisable" else count)  # type: ignore[arg-type]

    answer = await once.once(Made, work)
    assert isinstance(answer, Made)
    return answer


@router.get("/count")
@action("thing.count")
async def count(session: ReadDep) -> Made:
    return Made(number=(await session.execute(text("select count(*) from journal"))).scalar_one())


@router.post("/validated")
@action("thing.validate")
async def validate(day: Annotated[int, Body(embed=True, ge=1)]) -> Made:
    return Made(number=day)


POLICY = {
    "thing.make": Rule({"specialist"}, consent=True),
    "thing.count": PUBLIC,
    "thing.validate": PUBLIC,
}
SERVICE = Service(
    name="probe",
    package=PACKAGE,
    settings_class=ServiceSettings,
    metadata=service_registry().metadata,
    routers=[router],
    policy=POLICY,
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def database(databases: Databases) -> AsyncIterator[Database]:
    url = await databases.of(PACKAGE)
    opened = Database(settings_for(url))
    yield opened
    await opened.close()
    await databases.drop(url)


def application(database: Database) -> FastAPI:
    settings = settings_for("postgresql://unused@127.0.0.1/unused")
    return create_app(SERVICE, Runtime(settings=settings, db=database, tokens=None))


@pytest_asyncio.fixture(loop_scope="session")
async def client(database: Database, token_factory: TokenFactory) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_for(application(database), tokens=token_factory, audience="probe") as opened:
        yield opened


async def number(client: httpx2.AsyncClient) -> int:
    return int((await client.get("/count")).json()["number"])


async def test_write_is_there_before_the_answer_and_an_error_leaves_nothing(
    client: httpx2.AsyncClient, token_factory: TokenFactory
) -> None:
    headers = token_factory.headers(aud="probe")
    before = await number(client)
    answer = await client.post("/things/ok", headers=headers)
    assert answer.status_code == 200
    assert await number(client) == before + 1
    for mode, status in (("teapot", 409), ("fault", 500), ("unserialisable", 500)):
        answer = await client.post(f"/things/{mode}", headers=headers)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert "hunter2" not in answer.text
    assert await number(client) == before + 1


async def test_problem_has_all_members(client: httpx2.AsyncClient, token_factory: TokenFactory) -> None:
    answer = await client.post("/things/teapot", headers=token_factory.headers(aud="probe"))
    body = answer.json()
    assert (body["status"], body["code"], body["title"]) == (409, "teapot", "Чайник")
    assert body["type"] == "/problems/teapot"
    assert body["instance"] == "/things/teapot"
    assert body["trace_id"] == answer.headers["x-trace-id"]


async def test_problem_repeats_nothing_that_was_typed_into_the_address_or_names_of_fields() -> None:
    known = "01890a5d-ac96-774b-bcce-b302099a8057"
    typed = ("Свиристелькин", "11223344595", "a.b@example.org", "Pass-Word")
    for word in typed:
        body = json.loads(errors.render(errors.NotFound(), instance=f"/api/v1/cycles/{word}/plan").body)
        assert body["instance"] == "/api/v1/cycles/…/plan"
        found = errors.from_validation(
            RequestValidationError([{"loc": ("body", word, 0), "type": "extra_forbidden", "msg": ""}])
        )
        assert [item.pointer for item in found.field_errors] == ["/…/0"]
    body = json.loads(errors.render(errors.NotFound(), instance=f"/api/v1/cycles/{known}").body)
    assert body["instance"] == f"/api/v1/cycles/{known}"


@pytest.mark.req("GWY-01")
async def test_trace_of_the_caller_goes_on(client: httpx2.AsyncClient) -> None:
    observability.set_up("probe", settings_for("postgresql://unused@127.0.0.1/unused"))
    trace = "0af7651916cd43dd8448eb211c80319c"
    answer = await client.get("/count", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    assert answer.headers["x-trace-id"] == trace


async def test_too_large_body_is_a_problem_however_it_is_sent(client: httpx2.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(300):
            yield b"x" * 1000

    for content in (b"x" * 300_000, pieces()):
        answer = await client.post("/validated", content=content)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert answer.json()["trace_id"] == answer.headers["x-trace-id"]


async def test_field_errors_have_pointers_and_russian_sentences(client: httpx2.AsyncClient) -> None:
    for body, pointer in (({}, "/day"), ({"day": "x"}, "/day"), ({"day": 0}, "/day")):
        answer = await client.post("/validated", json=body)
        assert answer.status_code == 422
        (field,) = answer.json()["errors"]
        assert field["pointer"] == pointer
        assert any("а" <= char <= "я" for char in field["message"])
    assert (
        await client.post("/validated", content=b"{", headers={"content-type": "application/json"})
    ).status_code == 422
    assert (await client.get("/validated")).json()["code"] == "method_not_allowed"
    assert (await client.get("/nowhere")).json()["code"] == "not_found"


async def test_idempotency_key_does_the_work_once_even_side_by_side(
    client: httpx2.AsyncClient, token_factory: TokenFactory
) -> None:
    headers = {**token_factory.headers(aud="probe", sub=uuid4()), "Idempotency-Key": "k-1"}
    before = await number(client)
    answers = await asyncio.gather(*(client.post("/things/ok", headers=headers) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert await number(client) == before + 1
    other = await client.post("/things/other", headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


REFUSALS: list[tuple[dict[str, Any] | None, int, str]] = [
    (None, 401, "unauthenticated"),
    ({"aud": "other"}, 401, "token_refused"),
    ({"aud": "probe", "roles": ["partner"]}, 403, "forbidden"),
    ({"aud": "probe", "consent": False}, 403, "consent_required"),
    ({"aud": "probe", "entry": "unmatched", "consent": False}, 403, "consent_required"),
    ({"aud": "probe", "entry": "conflict"}, 403, "entry_restricted"),
    ({"aud": "probe", "entry": "unconfirmed", "consent": False}, 403, "entry_restricted"),
    ({"aud": "probe", "entry": "invented"}, 401, "token_refused"),
]


@pytest.mark.req("ROL-01", "SSO-02", "SSO-04")
@pytest.mark.parametrize(("claims", "status", "code"), REFUSALS)
async def test_gate_denies_by_default(
    client: httpx2.AsyncClient,
    token_factory: TokenFactory,
    claims: dict[str, Any] | None,
    status: int,
    code: str,
) -> None:
    headers = {} if claims is None else token_factory.headers(**claims)
    answer = await client.post("/things/ok", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await client.post("/things/ok", headers={"authorization": "Basic eDp5"})).status_code == 401


def test_unknown_action_is_denied() -> None:
    assert isinstance(
        decide(Principal(sub="x", roles=frozenset({"admin"}), entry="full"), None), errors.Forbidden
    )


def _service_with(**changes: Any) -> Service:
    values = {name: getattr(SERVICE, name) for name in ("name", "package", "settings_class", "metadata")}
    return Service(**{**values, "routers": [router], "policy": POLICY, **changes})


@pytest.mark.req("ROL-01")
def test_route_without_action_or_rule_stops_the_start(database: Database) -> None:
    bare = APIRouter()

    @bare.get("/bare")
    async def bare_route() -> Made:
        return Made(number=1)

    runtime = Runtime(settings=settings_for("postgresql://u@127.0.0.1/u"), db=database, tokens=None)
    nested = APIRouter(prefix="/deep")
    nested.include_router(bare)
    for routers, policy in (
        ([router, bare], POLICY),
        ([router, nested], POLICY),
        ([router], {"thing.make": POLICY["thing.make"], "thing.count": PUBLIC}),
        ([router], {**POLICY, "thing.unused": PUBLIC}),
    ):
        with pytest.raises(UngatedRouteError):
            create_app(_service_with(routers=routers, policy=policy), runtime)


async def test_health_needs_the_newest_schema(client: httpx2.AsyncClient, database: Database) -> None:
    assert (await client.get("/livez")).status_code == 200
    assert (await client.get("/readyz")).status_code == 200
    async with database.write() as session:
        await session.execute(text("update alembic_version set version_num = '0000'"))
    assert (await client.get("/readyz")).status_code == 503
    async with database.write() as session:
        await session.execute(
            text("update alembic_version set version_num = :head"),
            {"head": migrate.head_revision(PACKAGE)},
        )
    assert b"http_requests_total" in (await client.get("/metrics")).content


async def test_every_route_declares_its_problems(client: httpx2.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert {"401", "403", "429", "503"} <= set(operation["responses"]), path
    assert "ProblemBody" in document["components"]["schemas"]


@pytest.mark.req("AUD-02")
async def test_journal_cannot_be_rewritten(database: Database) -> None:
    async with database.write() as session:
        await journal.record(
            session, actor="worker.test", action="a", object_="o", person_id=None, fields=["x"]
        )
    for statement in ("update journal set action = 'b'", "delete from journal", "truncate journal"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with database.write() as session:
                await session.execute(text(statement))


async def test_upkeep_makes_months_of_the_journal_and_forgets_old_keys(database: Database) -> None:
    ahead = "select to_char(now() at time zone 'UTC' + interval '3 months', '\"journal_\"YYYY_MM')"
    async with database.write() as session:
        last = (await session.execute(text(ahead))).scalar_one()
        await session.execute(text(f"drop table if exists {last}"))
        await session.execute(
            text(
                "insert into idempotency_key (caller, key, request_digest, created_at) values "
                "('a', 'old', '', app_now() - interval '8 days'), ('a', 'new', '', app_now())"
            )
        )
    for statement in MAINTENANCE_SQL:
        async with database.write() as session:
            await session.execute(text(statement))
    async with database.write() as session:
        assert (await session.execute(text("select to_regclass(:name)::text"), {"name": last})).scalar_one()
        keys = (
            await session.execute(text("delete from idempotency_key where caller = 'a' returning key"))
        ).all()
    assert [key for (key,) in keys] == ["new"]


async def test_read_session_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError, match="read-only"):
        async with database.read() as session:
            await session.execute(
                text("insert into idempotency_key (caller, key, request_digest) values ('a', 'b', '')")
            )


@pytest.mark.req("CYC-11")
async def test_both_clocks_move_together(databases: Databases) -> None:
    url = await databases.of(PACKAGE)
    shifted = Database(settings_for(url, clock_offset_s=5 * 365 * 86400))
    clock.set_offset(5 * 365 * 86400)
    try:
        assert abs((await shifted.ping() - clock.now()).total_seconds()) < 5
        assert clock.today().year >= 2031
    finally:
        clock.set_offset(0)
        await shifted.close()
        await databases.drop(url)


async def test_migrations_run_twice_at_once_and_wait_no_longer_than_the_lock_time_out(
    databases: Databases,
) -> None:
    url = await databases.empty("migrate")
    try:
        revisions = await asyncio.gather(*(migrate.upgrade(url, PACKAGE) for _ in range(3)))
        assert set(revisions) == {migrate.head_revision(PACKAGE)}
        assert await migrate.differences(url, SERVICE.metadata) == []
        connection = await asyncpg.connect(url)
        try:
            names = {
                row[0] for row in await connection.fetch("select relname from pg_class where relkind = 'p'")
            }
        finally:
            await connection.close()
        assert {"outbox", "inbox", "journal"} <= names
    finally:
        await databases.drop(url)


def test_dependency_is_function_scoped() -> None:
    # A default-scope dependency would commit after the answer (ADR 0002).
    (marker,) = WriteDep.__metadata__  # type: ignore[attr-defined]
    assert isinstance(marker, type(Depends()))
    assert marker.scope == "function"
