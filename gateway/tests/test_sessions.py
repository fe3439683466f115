"""Life of a session over a real database: limits, rotation, ends; the clock is shifted, nothing waits (GWY-02)."""

from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from nmo_gateway.browser_session import tables
from nmo_gateway.browser_session.cache import SessionCache
from nmo_gateway.browser_session.store import NewSession, SessionStore
from nmo_gateway.kept_forms import tables as _kept_tables  # noqa: F401 hangs on the model
from nmo_gateway.runtime import open_gateway
from nmo_kit import clock
from nmo_kit.db import Database
from nmo_kit.migrate import differences
from nmo_testkit.wait import until


def new_session(**values):
    facts = {
        "person_id": uuid4(),
        "sid": str(uuid4()),
        "handle": "handle-" + uuid4().hex,
        "provider": "esia",
        "short_name": "Синицына А. П.",
        "entry": "full",
        "consent": True,
        "roles": frozenset({"specialist"}),
        "previous_login_at": None,
        **values,
    }
    return NewSession(**facts)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def at(module_gateway):
    """Stores whose clock is shifted by so many seconds, over the module's database."""
    opened = []

    def shifted(seconds=0.0, **values):
        settings = module_gateway.settings.model_copy(update={"clock_offset_s": float(seconds), **values})
        database = Database(settings)
        opened.append(database)
        return SessionStore(database, module_gateway.gateway.secrets, SessionCache(0), settings)

    yield shifted
    for database in opened:
        await database.close()


async def test_models_and_migrated_schema_agree(module_gateway):
    url = module_gateway.settings.database_url.get_secret_value()
    assert await differences(url, tables.Model.metadata) == []


@pytest.mark.req("GWY-02", "T11")
async def test_only_digests_and_sealed_values_are_stored(module_gateway, at):
    new = new_session()
    opened = await at().open(new)
    connection = await asyncpg.connect(module_gateway.settings.database_url.get_secret_value())
    try:
        row = await connection.fetchrow(
            "select b::text as whole from browser_session b where session_id = $1", opened.session.session_id
        )
    finally:
        await connection.close()
    secrets = (opened.cookie, new.handle, opened.session.csrf_token)
    assert not [
        secret for secret in secrets if secret in row["whole"] or secret.encode().hex() in row["whole"]
    ]
    assert opened.session.handle == new.handle
    assert new.handle not in repr(opened.session)


@pytest.mark.req("GWY-02", "T11")
@pytest.mark.parametrize(
    ("roles", "seconds", "ended"),
    [
        ({"specialist"}, 30 * 60 - 1, None),
        ({"specialist"}, 30 * 60 + 1, "idle"),
        ({"specialist", "org_staff"}, 15 * 60 - 1, None),
        ({"specialist", "org_staff"}, 15 * 60 + 1, "idle"),
        ({"support"}, 15 * 60 + 1, "idle"),
        ({"specialist"}, 12 * 3600 + 1, "absolute"),
        ({"admin"}, 8 * 3600 + 1, "absolute"),
    ],
)
async def test_session_ends_after_silence(at, roles, seconds, ended):
    opened = await at().open(new_session(roles=frozenset(roles)))
    found = await at(seconds).find(opened.cookie)
    assert (found.ended, found.session is None) == (ended, ended is not None)
    assert (await at().find(opened.cookie)).ended == ended


@pytest.mark.req("GWY-02", "T11")
@pytest.mark.parametrize(("roles", "hours"), [({"specialist"}, 12), ({"org_admin"}, 8)])
async def test_session_in_constant_use_ends_at_the_absolute_limit(at, roles, hours):
    opened = await at().open(new_session(roles=frozenset(roles)))
    for minute in range(10, hours * 60, 10):
        assert (await at_minute(at, minute).find(opened.cookie)).session is not None, minute
    assert (await at_minute(at, hours * 60 + 1).find(opened.cookie)).ended == "absolute"


_stores = {}


def at_minute(at, minute):
    """One store per minute for all cases, so that connections stay few."""
    if minute not in _stores:
        _stores[minute] = at(minute * 60, pool_size=2)
    return _stores[minute]


async def test_own_requests_of_a_page_do_not_keep_the_session_alive(at):
    opened = await at().open(new_session())
    assert (await at(20 * 60).find(opened.cookie, passive=True)).session is not None
    assert (await at(31 * 60).find(opened.cookie)).ended == "idle"


async def test_use_is_written_at_most_once_a_minute(module_gateway, at):
    opened = await at().open(new_session())
    connection = await asyncpg.connect(module_gateway.settings.database_url.get_secret_value())
    try:
        seen = []
        for second in (0, 30, 59, 61, 70):
            await at(second).find(opened.cookie)
            seen.append(
                await connection.fetchval(
                    "select xmin::text from browser_session where session_id = $1", opened.session.session_id
                )
            )
    finally:
        await connection.close()
    assert [seen[0] == other for other in seen[:3]] == [True, True, True]
    assert seen[3] != seen[2]
    assert seen[4] == seen[3]


@pytest.mark.req("GWY-02", "T11")
async def test_sixth_session_ends_the_oldest(at):
    store, person = at(), uuid4()
    opened = [await store.open(new_session(person_id=person)) for _ in range(6)]
    assert [len(one.displaced) for one in opened] == [0, 0, 0, 0, 0, 1]
    assert opened[-1].displaced == [opened[0].session.handle]
    assert (await store.find(opened[0].cookie)).ended == "displaced"
    assert all([(await store.find(one.cookie)).session for one in opened[1:]])
    other = await store.open(new_session())
    assert other.displaced == []


@pytest.mark.req("SSO-08", "GWY-02", "T03", "T11")
async def test_new_id_at_a_change_of_rights_and_ten_seconds_for_the_old_one(at):
    store = at()
    opened = await store.open(new_session(entry="unmatched", consent=False))
    new = await store.rotate(opened.session, opened.cookie, at_once=True)
    assert new not in {None, opened.cookie}
    assert (await at(9).find(opened.cookie)).session.session_id == opened.session.session_id
    assert (await at(9).find(new)).session.session_id == opened.session.session_id
    assert (await at(11).find(opened.cookie)).ended == "reuse"
    assert (await at().find(new)).ended == "reuse"


async def test_regular_rotation_waits_for_the_first_use_of_the_new_id(at):
    opened = await at().open(new_session())
    later = at(16 * 60)
    found = await later.find(opened.cookie)
    assert found.due
    new = await later.rotate(found.session, opened.cookie, at_once=False)
    assert (await at(20 * 60).find(opened.cookie)).session is not None
    assert (await at(20 * 60).find(new)).session is not None
    assert (await at(20 * 60 + 9).find(opened.cookie)).session is not None
    assert (await at(20 * 60 + 11).find(opened.cookie)).ended == "reuse"


async def test_answer_lost_on_the_way_signs_nobody_out(at):
    opened = await at().open(new_session())
    found = await at(16 * 60).find(opened.cookie)
    await at(16 * 60).rotate(found.session, opened.cookie, at_once=False)
    found = await at(32 * 60).find(opened.cookie)
    assert found.session is not None
    assert found.due
    new = await at(32 * 60).rotate(found.session, opened.cookie, at_once=False)
    assert (await at(33 * 60).find(new)).session is not None


async def test_two_requests_rotating_at_once_leave_one_new_id(at):
    opened = await at().open(new_session())
    store = at(16 * 60)
    first = await store.rotate(opened.session, opened.cookie, at_once=True)
    second = await store.rotate(opened.session, "some-third-value", at_once=True)
    assert first is not None
    assert second is None


async def test_staff_role_granted_meanwhile_shortens_the_limits(at):
    opened = await at().open(new_session())
    updated = await at().update_person(
        opened.session, short_name="С", entry="full", consent=True, roles=frozenset({"specialist", "support"})
    )
    assert updated.is_staff
    assert (await at().find(opened.cookie)).due
    assert (await at(16 * 60).find(opened.cookie)).ended == "idle"


@pytest.mark.req("GWY-02", "T11")
async def test_form_token_is_new_at_each_sign_in_and_stays_through_rotation(at):
    store = at()
    first = await store.open(new_session())
    second = await store.open(new_session(person_id=first.session.person_id))
    assert first.session.csrf_token != second.session.csrf_token
    new = await store.rotate(first.session, first.cookie, at_once=True)
    assert (await store.find(new)).session.csrf_token == first.session.csrf_token


async def test_what_is_over_is_removed_a_day_later(module_gateway, at):
    opened = await at().open(new_session())
    await at().end(opened.session.session_id, "logout")
    await at(3600).purge()
    assert (await at().find(opened.cookie)).ended == "logout"
    await at(25 * 3600).purge()
    assert (await at().find(opened.cookie)).ended is None


@pytest.mark.req("GWY-02", "T11")
async def test_end_in_one_process_reaches_the_cache_of_another(run_gateway):
    first, second = await run_gateway(session_cache_s=60.0), await run_gateway(session_cache_s=60.0)

    async def both_listen():
        return first.gateway.cache.listening and second.gateway.cache.listening

    await until(both_listen)
    opened = await first.gateway.store.open(new_session())
    assert (await second.gateway.store.find(opened.cookie)).session is not None
    assert second.gateway.cache.get(opened.session.cookie_hash) is not None
    await first.gateway.store.end(opened.session.session_id, "logout")

    async def dropped():
        return second.gateway.cache.get(opened.session.cookie_hash) is None

    await until(dropped, timeout_s=2.0)
    assert (await second.gateway.store.find(opened.cookie)).ended == "logout"


async def test_cache_is_emptied_when_its_listener_loses_the_database(run_gateway, postgres_admin):
    running = await run_gateway(session_cache_s=60.0)
    cache = running.gateway.cache

    async def listening():
        return cache.listening

    await until(listening)
    opened = await running.gateway.store.open(new_session())
    await running.gateway.store.find(opened.cookie)
    admin = await asyncpg.connect(running.settings.database_url.get_secret_value())
    try:
        await admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and query ilike 'listen %'"
        )

        async def emptied():
            return cache.get(opened.session.cookie_hash) is None

        await until(emptied)
        await until(listening)
    finally:
        await admin.close()


async def test_production_refuses_plain_cookies(module_gateway):
    values = module_gateway.settings.model_dump()
    for change in ({"cookie_secure": False}, {"cookie_secure": True, "public_url": "http://portal.example"}):
        with pytest.raises(ValueError, match="production needs"):
            type(module_gateway.settings).model_validate(
                {
                    **values,
                    "environment": "production",
                    "database_url": "postgresql://u:longenoughpassword@h/d",
                    **change,
                }
            )


async def test_gateway_without_its_signing_key_does_not_start(module_gateway):
    settings = module_gateway.settings.model_copy(update={"signing_key_file": None})
    with pytest.raises(RuntimeError, match="signing_key_file"):
        async with open_gateway(settings):
            pass
    clock.set_offset(0)
