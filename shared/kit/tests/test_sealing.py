"""AUD-02, T22: whoever changes the journal past its rules, the database's own superuser included, is found at the spot."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey
from sqlalchemy import text

from nmo_contracts.journal import IdentityJournalSealedV1
from nmo_kit import clock, failpoints, journal
from nmo_kit.db import Database
from nmo_kit.messaging.consumer import handle
from nmo_kit.messaging.envelope import Envelope
from nmo_kit.sealing import sealer as sealing
from nmo_kit.sealing.chain import (
    COLUMNS,
    GENESIS,
    Checkpoint,
    CheckpointRefused,
    SealKeys,
    canonical,
    link,
)
from nmo_kit.sealing.sealer import Sealer
from nmo_kit.sealing.verifier import Verdict, copies_in, copies_of, verify
from nmo_kit.sealing.witness import witness
from nmo_testkit.wait import until

pytestmark = pytest.mark.req("AUD-02", "T22")
SERVICE = "catalog"
Sql = Callable[..., Awaitable[Any]]


def pem() -> str:
    return ECKey.generate_key("P-256").as_pem(private=True).decode()


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "seal.pem"
    file.write_text(pem())
    return file


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    return tmp_path / "copies" / "sample.jsonl"


@pytest_asyncio.fixture(loop_scope="session")
async def db(fresh_service_db: Callable[[str], Awaitable[Database]]) -> Database:
    return await fresh_service_db("nmo_sample")


@pytest.fixture
def sealer(db: Database, key_file: Path, exported: Path) -> Sealer:
    return Sealer(db, SERVICE, SealKeys.read(key_file), exported)


@pytest.fixture
def by_superuser(db: Database) -> Sql:
    """SQL of somebody whom no trigger stops."""

    async def run(statement: str, **values: Any) -> Any:
        async with db.write() as session:
            await session.execute(text("set local session_replication_role = replica"))
            found = await session.execute(text(statement), values)
            return found.all() if found.returns_rows else None

    return run


async def write(db: Database, count: int, *, action: str = "thing.done") -> list[str]:
    ids = []
    for number in range(count):
        async with db.write() as session:
            row_id = await journal.record(
                session,
                actor="test",
                action=action,
                object_=f"thing/{number}",
                person_id=uuid4(),
                fields=["a", "ё"],
            )
            ids.append(str(row_id))
    return ids


def shorten(file: Path, by: int) -> None:
    file.write_bytes(file.read_bytes()[:-by])


async def quiet(db: Database) -> None:
    """Wait until nothing older is in progress: other tests' transactions on the server count too."""

    async def is_over() -> bool:
        async with db.read() as session:
            query = "select coalesce(max(tx), '0') < pg_snapshot_xmin(pg_current_snapshot()) from journal"
            return bool((await session.execute(text(query))).scalar_one())

    await until(is_over, timeout_s=60)


async def seal(db: Database, sealer: Sealer) -> None:
    await quiet(db)
    await sealer.run()


async def verdict(db: Database, key_file: Path, exported: Path, **copies: dict[int, str]) -> Verdict:
    kept = {"the file": copies_in(exported, SERVICE), **copies}
    return await verify(db, SERVICE, SealKeys.read(key_file), kept, retention=timedelta(days=1827))


async def positions(db: Database) -> list[tuple[int, str]]:
    async with db.read() as session:
        found = await session.execute(text("select position, id::text from journal_link order by position"))
        return [(row.position, row.id) for row in found]


@pytest.mark.parametrize("batch", [1000, 3])
async def test_whole_journal_is_whole(
    db: Database, sealer: Sealer, key_file: Path, exported: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(sealing, "BATCH", batch)
    monkeypatch.setattr("nmo_kit.sealing.verifier.PAGE", 4)
    ids = await write(db, 10)
    for _ in range(4):
        await seal(db, sealer)
    assert [row_id for _, row_id in await positions(db)] == ids
    found = await verdict(db, key_file, exported)
    assert (found.findings, found.rows) == ([], 10)
    assert found.copies == found.checkpoints >= 1
    assert "10 rows sealed" in str(found)
    assert str(found).endswith(": whole")


async def test_checkpoint_comes_each_minute_and_names_its_forerunner(
    db: Database, sealer: Sealer, key_file: Path, exported: Path
) -> None:
    for minute in range(3):
        clock.set_offset(minute * 61)
        await write(db, 2)
        await seal(db, sealer)
        await seal(db, sealer)
    clock.set_offset(0)
    keys = SealKeys.read(key_file)
    opened = [keys.open(token) for token in copies_in(exported, SERVICE).values()]
    assert [(one.number, one.position) for one in opened] == [(1, 2), (2, 4), (3, 6)]
    async with db.read() as session:
        events = (await session.execute(text("select routing_key from outbox"))).scalars().all()
    assert events == ["catalog.journal.sealed.v1"] * 3
    assert (await verdict(db, key_file, exported)).is_whole


async def test_row_inserted_early_and_committed_late_takes_its_place(
    db: Database, sealer: Sealer, key_file: Path, exported: Path
) -> None:
    async with db.write() as slow:
        first = await journal.record(slow, actor="t", action="slow", object_="o", person_id=None)
        later = await write(db, 2)
        await sealer.run()
        assert await positions(db) == [], "nothing above a transaction in progress is sealed"
    await seal(db, sealer)
    assert [row_id for _, row_id in await positions(db)] == [str(first), *later]
    assert (await verdict(db, key_file, exported)).is_whole


async def sealed_in_parts(db: Database, sealer: Sealer) -> list[str]:
    """Nine rows, a checkpoint after each three."""
    ids = []
    for minute in range(3):
        clock.set_offset(minute * 61)
        ids += await write(db, 3)
        await seal(db, sealer)
    clock.set_offset(0)
    return ids


CHANGED = (
    "actor",
    "actor_roles",
    "person_id",
    "action",
    "object",
    "result",
    "reason",
    "fields",
    "purpose",
    "tx",
)


@pytest.mark.parametrize("column", CHANGED)
async def test_edited_row_is_named(
    db: Database, sealer: Sealer, key_file: Path, exported: Path, by_superuser: Sql, column: str
) -> None:
    ids = await sealed_in_parts(db, sealer)
    values = {"actor_roles": "'{x}'", "fields": "'{x}'", "person_id": f"'{uuid4()}'", "tx": "'5'"}
    value = values.get(column, "'forged'")
    await by_superuser(f"update journal set {column} = {value} where id = cast(:id as uuid)", id=ids[4])  # noqa: S608
    (finding,) = (await verdict(db, key_file, exported)).findings
    assert ids[4] in finding
    assert "at position 5 is altered" in finding


async def test_deleted_row_is_named(
    db: Database, sealer: Sealer, key_file: Path, exported: Path, by_superuser: Sql
) -> None:
    ids = await sealed_in_parts(db, sealer)
    await by_superuser("delete from journal where id = cast(:id as uuid)", id=ids[1])
    (finding,) = (await verdict(db, key_file, exported)).findings
    assert ids[1] in finding
    assert finding.endswith("at position 2 is removed")


async def test_swapped_rows_are_named(
    db: Database, sealer: Sealer, key_file: Path, exported: Path, by_superuser: Sql
) -> None:
    ids = await sealed_in_parts(db, sealer)
    await by_superuser(
        "update journal a set object = b.object, person_id = b.person_id from journal b"
        " where (a.id, b.id) in ((cast(:x as uuid), cast(:y as uuid)), (cast(:y as uuid), cast(:x as uuid)))",
        x=ids[2],
        y=ids[6],
    )
    findings = (await verdict(db, key_file, exported)).findings
    assert len(findings) == 2
    assert ids[2] in findings[0]
    assert "position 3 is altered" in findings[0]
    assert ids[6] in findings[1]
    assert "position 7 is altered" in findings[1]


async def test_swapped_links_are_named(
    db: Database, sealer: Sealer, key_file: Path, exported: Path, by_superuser: Sql
) -> None:
    await sealed_in_parts(db, sealer)
    await by_superuser("update journal_link set position = -position where position in (4, 5)")
    await by_superuser("update journal_link set position = 9 + position where position in (-4, -5)")
    findings = " ".join((await verdict(db, key_file, exported)).findings)
    assert "position 4" in findings
    assert "position 5" in findings


async def test_row_put_in_behind_the_seal_is_named(
    db: Database, sealer: Sealer, key_file: Path, exported: Path, by_superuser: Sql
) -> None:
    await sealed_in_parts(db, sealer)
    forged = str(uuid4())
    await by_superuser(
        "insert into journal (id, at, tx, actor, action, object, result) select cast(:id as uuid), at, tx, 'x', 'x', 'x', 'ok'"
        " from journal order by tx limit 1",
        id=forged,
    )
    (finding,) = (await verdict(db, key_file, exported)).findings
    assert forged in finding
    assert "inserted behind the seal" in finding


async def cut(by_superuser: Sql, position: int, checkpoint: int) -> None:
    await by_superuser(
        "delete from journal where id in (select id from journal_link where position > :position)",
        position=position,
    )
    await by_superuser("delete from journal_link where position > :position", position=position)
    await by_superuser("delete from journal_checkpoint where number > :number", number=checkpoint)


async def test_tail_cut_off_whole_shows_in_the_copies(
    db: Database, sealer: Sealer, key_file: Path, exported: Path, by_superuser: Sql
) -> None:
    await sealed_in_parts(db, sealer)
    await cut(by_superuser, 6, 2)
    (finding,) = (await verdict(db, key_file, exported)).findings
    assert (
        finding == "the file: checkpoint 3 speaks of position 9, the journal ends at 6: its tail is cut off"
    )
    keys = SealKeys.read(key_file)
    alone = await verify(db, SERVICE, keys, {}, retention=timedelta(days=1827))
    assert alone.is_whole, "without a copy elsewhere nobody would know: that is what copies are for"


async def test_tail_cut_without_its_checkpoint_shows_by_itself(
    db: Database, sealer: Sealer, key_file: Path, exported: Path, by_superuser: Sql
) -> None:
    await sealed_in_parts(db, sealer)
    await cut(by_superuser, 7, 3)
    found = await verdict(db, key_file, exported)
    assert found.findings == ["checkpoint 3 speaks of position 9, the chain ends at 7: its tail is cut off"]


async def rewritten(db: Database, by_superuser: Sql, changed: str) -> None:
    """All links made anew by somebody who knows how, but has no key."""
    await by_superuser("update journal set actor = 'forged' where id = cast(:id as uuid)", id=changed)
    async with db.read() as session:
        columns = ", ".join("j.tx::text as tx" if name == "tx" else f"j.{name}" for name in COLUMNS)
        query = (
            f"select position, {columns} from journal_link l join journal j using (at, id) order by position"  # noqa: S608
        )
        rows = await session.execute(text(query))
    previous = GENESIS
    for row in rows.mappings().all():
        previous = link(previous, row)
        await by_superuser(
            "update journal_link set hash = :hash where position = :position",
            hash=previous,
            position=row["position"],
        )


async def test_chain_written_anew_contradicts_its_checkpoints(
    db: Database, sealer: Sealer, key_file: Path, exported: Path, by_superuser: Sql
) -> None:
    ids = await sealed_in_parts(db, sealer)
    await rewritten(db, by_superuser, ids[4])
    found = await verdict(db, key_file, exported)
    assert found.findings == [
        f"the chain differs from checkpoint {number} at position {number * 3}: it was written anew"
        for number in (2, 3)
    ]


async def test_forged_checkpoint_is_named(
    db: Database, sealer: Sealer, key_file: Path, exported: Path, by_superuser: Sql
) -> None:
    ids = await sealed_in_parts(db, sealer)
    await rewritten(db, by_superuser, ids[8])
    async with db.read() as session:
        head = (await session.execute(text("select hash from journal_link where position = 9"))).scalar_one()
    stranger = SealKeys([ECKey.generate_key("P-256")])
    real = SealKeys.read(key_file).open(copies_in(exported, SERVICE)[3])
    forged = stranger.sign(Checkpoint(SERVICE, 3, 9, head.hex(), real.previous, real.sealed_at))
    await by_superuser("update journal_checkpoint set token = :token where number = 3", token=forged)
    assert (await verdict(db, key_file, exported)).findings == [
        "checkpoint 3 is forged: its signature is not ours",
        "checkpoint 3 is not the one that the file keeps",
    ]


async def test_checkpoint_of_another_place_or_service_is_named(
    db: Database, sealer: Sealer, key_file: Path, exported: Path, by_superuser: Sql
) -> None:
    await sealed_in_parts(db, sealer)
    second = copies_in(exported, SERVICE)[2]
    await by_superuser("update journal_checkpoint set token = :token where number = 3", token=second)
    findings = (await verdict(db, key_file, exported)).findings
    assert findings[0] == "checkpoint 3 is forged: it was signed for ('catalog', 2, 6)"
    await by_superuser("delete from journal_checkpoint where number >= 2")
    findings = (await verdict(db, key_file, exported)).findings
    assert findings == [
        "checkpoint 2 is removed, the file keeps it",
        "checkpoint 3 is removed, the file keeps it",
    ]


async def test_links_taken_out_are_named(
    db: Database, sealer: Sealer, key_file: Path, exported: Path, by_superuser: Sql
) -> None:
    await sealed_in_parts(db, sealer)
    await by_superuser("delete from journal_link where position in (4, 5)")
    findings = (await verdict(db, key_file, exported)).findings
    assert "links 4 to 5 are removed from the chain" in findings
    assert sum("inserted behind the seal" in finding for finding in findings) == 2


async def test_months_past_their_retention_may_be_gone_and_nothing_else(
    db: Database, sealer: Sealer, key_file: Path, exported: Path, by_superuser: Sql
) -> None:
    clock.set_offset(0)
    ids = await write(db, 3)
    await by_superuser(
        "update journal set at = at - interval '6 years' where id = cast(:id as uuid)", id=ids[0]
    )
    await by_superuser(
        "update journal set at = at - interval '4 years' where id = cast(:id as uuid)", id=ids[1]
    )
    await seal(db, sealer)
    await by_superuser("delete from journal where id = any(cast(:ids as uuid[]))", ids=ids[:2])
    (finding,) = (await verdict(db, key_file, exported)).findings
    assert ids[1] in finding


async def test_row_left_unsealed_is_told(db: Database, key_file: Path, exported: Path) -> None:
    await write(db, 1)
    assert (await verdict(db, key_file, exported)).is_whole, "the sealer may still come"
    clock.set_offset(11 * 60)
    try:
        (finding,) = (await verdict(db, key_file, exported)).findings
    finally:
        clock.set_offset(0)
    assert finding.endswith("is not sealed though its time has come")


KILLED = """
import asyncio, sys
from pathlib import Path
from nmo_kit.db import Database
from nmo_kit.sealing.chain import SealKeys
from nmo_kit.sealing.sealer import Sealer
from nmo_testkit.postgres import settings_for
url, key, copies = sys.argv[1:]
asyncio.run(Sealer(Database(settings_for(url)), "catalog", SealKeys.read(Path(key)), Path(copies)).run())
"""


@pytest.mark.parametrize("point", ["journal.seal.linked", "db.before_commit", "journal.seal.sealed"])
async def test_sealer_killed_in_the_middle_skips_nothing(
    db: Database, sealer: Sealer, key_file: Path, exported: Path, point: str
) -> None:
    url = db.engines[0].url.set(drivername="postgresql").render_as_string(hide_password=False)
    ids = await write(db, 5)
    await quiet(db)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, url, str(key_file), str(exported), env={**os.environ, "NMO_FAILPOINT": f"{point}:kill@1"}
    )  # fmt: skip
    assert await process.wait() == -signal.SIGKILL
    ids += await write(db, 2)
    await seal(db, sealer)
    assert [row_id for _, row_id in await positions(db)] == ids
    found = await verdict(db, key_file, exported)
    assert (found.findings, found.copies) == ([], found.checkpoints)


async def test_sealers_side_by_side_make_one_chain(
    db: Database, key_file: Path, exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "BATCH", 2)
    keys = SealKeys.read(key_file)
    ids: list[str] = []

    async def keep_sealing() -> None:
        for _ in range(10):
            await Sealer(db, SERVICE, keys, exported).run()

    async with asyncio.TaskGroup() as group:
        writing = group.create_task(write(db, 20))
        for _ in range(3):
            group.create_task(keep_sealing())
    ids = writing.result()
    await seal(db, Sealer(db, SERVICE, keys, exported))
    assert sorted(row_id for _, row_id in await positions(db)) == sorted(ids)
    assert (await verdict(db, key_file, exported)).is_whole


async def test_broken_line_of_the_copies_is_mended(
    db: Database, sealer: Sealer, key_file: Path, exported: Path
) -> None:
    await sealed_in_parts(db, sealer)
    whole = copies_in(exported, SERVICE)
    shorten(exported, 20)
    assert len(copies_in(exported, SERVICE)) == 2
    await sealer.run()
    assert copies_in(exported, SERVICE) == whole


async def test_witness_keeps_the_first_word(db: Database, capsys: pytest.CaptureFixture[str]) -> None:
    for token in ("first", "second"):
        event = Envelope.of(
            IdentityJournalSealedV1(service="identity", number=1, checkpoint=token), version=1
        )
        assert await handle(db, "notifications.witness", witness("notifications"), event) == "handled"
    async with db.read() as session:
        assert await copies_of(session, "identity") == {1: "first"}


async def test_failing_seal_leaves_nothing_behind(db: Database, sealer: Sealer) -> None:
    await write(db, 2)
    failpoints.configure("journal.seal.linked:raise@1")
    try:
        with pytest.raises(failpoints.FailpointRaisedError):
            await seal(db, sealer)
    finally:
        failpoints.configure("")
    assert await positions(db) == []


@pytest.mark.parametrize(
    "statement",
    [
        "update journal set actor = 'x'",
        "delete from journal",
        "truncate journal",
        "update journal_link set hash = ''",
        "delete from journal_link",
        "truncate journal_link",
        "delete from journal_checkpoint",
        "update journal_checkpoint set token = ''",
        "truncate journal_checkpoint",
        "update journal_witness set token = ''",
        "delete from journal_witness",
        "truncate journal_witness",
    ],
)
async def test_tables_take_nothing_back(db: Database, sealer: Sealer, statement: str) -> None:
    await write(db, 1)
    await seal(db, sealer)
    async with db.write() as session:
        await session.execute(
            text("insert into journal_witness (service, number, token) values ('x', 1, 't')")
        )
    with pytest.raises(Exception, match="append-only"):
        async with db.write() as session:
            await session.execute(text(statement))


def test_keys_can_be_changed(tmp_path: Path) -> None:
    file, old, new = tmp_path / "seal.pem", pem(), pem()
    one = Checkpoint(SERVICE, 1, 1, "00", "", "2026-01-01T00:00:00+00:00")
    file.write_text(old)
    signed = SealKeys.read(file).sign(one)
    file.write_text(new + old)
    keys = SealKeys.read(file)
    assert keys.open(signed) == one
    assert keys.open(keys.sign(one)) == one
    file.write_text(new)
    with pytest.raises(CheckpointRefused):
        SealKeys.read(file).open(signed)
    file.write_text("no key")
    with pytest.raises(ValueError, match="P-256"):
        SealKeys.read(file)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_canonical_text_is_that_of_rfc_8785(value: str) -> None:
    row: dict[str, Any] = {**dict.fromkeys(COLUMNS), "actor": value, "fields": [value]}
    expected = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert canonical(row) == expected
