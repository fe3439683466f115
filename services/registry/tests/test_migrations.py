"""The schema that migrations make is the one the models describe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncpg
import pytest
from alembic import command
from sqlalchemy.ext.asyncio import create_async_engine

from nmo_contracts.organizations import medical_organization_id
from nmo_kit import migrate
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import sqlalchemy_url
from nmo_registry import tables
from nmo_registry.specialists.queries import birth_aad


async def test_models_and_schema_agree(databases: Any) -> None:
    url = await databases.of("nmo_registry")
    try:
        assert await migrate.differences(url, tables.METADATA) == []
    finally:
        await databases.drop(url)


@pytest.mark.req("FRM-01")
async def test_people_mirrored_before_keep_their_birth_dates_sealed(
    databases: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await databases.empty("registry")
    try:
        connection = await asyncpg.connect(url)
        try:
            await _to(url, "0001")
            specialist = await connection.fetchval(_PERSON)
            await connection.execute(_BOOKS)
            with pytest.raises(RuntimeError, match="NMO_REGISTRY_FIELD_KEY_FILE"):
                await _to(url, "head")
            key = tmp_path / "field.key"
            key.write_text("ab" * 32)
            monkeypatch.setenv("NMO_REGISTRY_FIELD_KEY_FILE", str(key))
            await _to(url, "head")
            sealed = await connection.fetchval("select birth_sealed from specialist")
            opened = FieldCipher.from_files(key).decrypt(bytes(sealed), aad=birth_aad(specialist))
            assert opened == "1980-02-29"
            # Versions of before are named by values that are read from now on.
            assert await connection.fetchval("select count(distinct edition) from book") == 2
            await _to(url, "0001")
            assert await connection.fetchval("select birth_on::text from specialist") == "1980-02-29"
        finally:
            await connection.close()
    finally:
        await databases.drop(url)


@pytest.mark.req("ROL-02")
async def test_employers_known_before_get_the_id_that_roles_name_them_by(databases: Any) -> None:
    url = await databases.empty("registry")
    try:
        connection = await asyncpg.connect(url)
        try:
            await _to(url, "0014")
            await connection.execute(_EMPLOYER)
            await _to(url, "head")
            known = await connection.fetchrow("select oid, organization_id from employer")
            assert known["organization_id"] == medical_organization_id(known["oid"])
            await connection.execute(_EMPLOYER.replace(".7007", ".7008"))
        finally:
            await connection.close()
    finally:
        await databases.drop(url)


@pytest.mark.req("FRM-01")
async def test_jobs_and_documents_of_before_stand_without_a_department_and_numbers(databases: Any) -> None:
    url = await databases.empty("registry")
    try:
        connection = await asyncpg.connect(url)
        try:
            await _to(url, "0015")
            await connection.execute(_FACTS)
            await _to(url, "0016")
            # The code of before goes on writing while both run.
            await connection.execute(_FACTS)
            jobs = await connection.fetch("select department from employment")
            documents = await connection.fetch(
                "select register_number, protocol_number from admission_document"
            )
            assert [tuple(row) for row in (*jobs, *documents)] == [("",), ("",), ("", ""), ("", "")]
        finally:
            await connection.close()
    finally:
        await databases.drop(url)


_FACTS = """
with person as (
  insert into specialist (id, register_oid, snils_sealed, snils_index, last_name, first_name, birth_sealed, gender,
    citizenship_code, citizenship_name, register_version, version, fetched_at, updated_at)
  select id, id, '', id::text::bytea, 'Осинин', 'Пётр', '', 'male', '643', 'Россия', '1', 1, now(), now()
  from gen_random_uuid() id returning id
), job as (
  insert into employment (id, specialist_id, employer_oid, position, rate, kind)
  select gen_random_uuid(), id, '1.2.3', 'Врач', 1, 'main' from person
)
insert into admission_document (id, specialist_id, kind, specialty_key, specialty_name, series, number, exam_on,
  issued_on, detail)
select gen_random_uuid(), id, 'accreditation', 'VO-027', 'Кардиология', '77', '1', now(), now(), '' from person
"""
_EMPLOYER = """
insert into employer (oid, name, short_name, address, region_code, region_name, state_budget, fetched_at)
values ('1.2.643.5.1.13.13.12.2.77.7007', 'Больница', 'ГБ', '', '77', 'Москва', true, now())
"""
"""As the code of before writes it, which still runs while the schema is new."""
_PERSON = """
insert into specialist (id, register_oid, snils_sealed, snils_index, last_name, first_name, birth_on, gender,
  citizenship_code, citizenship_name, register_version, version, fetched_at, updated_at)
values (gen_random_uuid(), '1', '', '', 'Осинин', 'Пётр', '1980-02-29', 'male', '643', 'Россия', '1', 1, now(), now())
returning id
"""
_BOOKS = """
insert into book (book, version, title, oid, number, published_at)
select 'regions', version, 'Субъекты', '1.2.643', 1, now() from (values ('6.3'), ('6.5')) told (version)
"""


async def _to(url: str, revision: str) -> None:
    """Bring an open database to a revision, up or down."""

    def run(connection: Any) -> None:
        config = migrate.config_for("nmo_registry")
        config.attributes["connection"] = connection
        move = command.downgrade if revision == "0001" and _stands(connection) else command.upgrade
        move(config, revision)

    engine = create_async_engine(sqlalchemy_url(url))
    try:
        async with engine.connect() as connection:
            await connection.run_sync(run)
            await connection.commit()
    finally:
        await engine.dispose()


def _stands(connection: Any) -> bool:
    return bool(connection.dialect.has_table(connection, "specialist"))
