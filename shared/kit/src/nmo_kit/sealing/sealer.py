"""The sealer: a timer of every worker that chains committed rows, signs where it stands and tells others (security D8)."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import structlog
from sqlalchemy import text

from nmo_contracts.journal import BY_SERVICE
from nmo_kit import clock, failpoints
from nmo_kit.db import Database, WriteSession
from nmo_kit.messaging import outbox
from nmo_kit.sealing.chain import COLUMNS, GENESIS, Checkpoint, SealKeys, digest_of, link

logger = structlog.get_logger(__name__)
BATCH = 1_000
CHECKPOINT_S = 60.0
_LOCK = text("select pg_try_advisory_xact_lock(hashtext('nmo.journal.seal'))")
_LAST = text("select position, tx::text as tx, id, hash from journal_link order by position desc limit 1")
# A row inserted earlier but committed later still lies above every transaction that is over: none is passed over.
_ROWS = text(
    f"""
    select {", ".join("tx::text as tx" if name == "tx" else name for name in COLUMNS)} from journal
    where journal.tx < pg_snapshot_xmin(pg_current_snapshot())
      and (journal.tx, journal.id) > (cast(cast(:tx as text) as xid8), cast(:id as uuid))
    order by journal.tx, journal.id limit {BATCH}
    """  # noqa: S608 names of the table's own columns
)
_LINK = text(
    "insert into journal_link (position, at, id, tx, hash)"
    " values (:position, :at, :id, cast(cast(:tx as text) as xid8), :hash)"
)
_LAST_CHECKPOINT = text(
    "select number, position, sealed_at, token from journal_checkpoint order by number desc limit 1"
)
_CHECKPOINT = text(
    "insert into journal_checkpoint (number, position, sealed_at, token) values (:number, :position, :sealed_at, :token)"
)
_UNTOLD = text("select number, token from journal_checkpoint where number > :number order by number")
_FIRST = {"position": 0, "tx": "0", "id": "00000000-0000-0000-0000-000000000000", "hash": GENESIS}


class Sealer:
    """Seals the journal of one service; several at once take turns by a lock."""

    def __init__(self, database: Database, service: str, keys: SealKeys, export_file: Path | None) -> None:
        """`export_file` is the copy of checkpoints outside the database, a line each."""
        self._database, self._service, self._keys, self._file = database, service, keys, export_file

    async def run(self) -> None:
        """Seal all rows whose transactions are over; sign and export a checkpoint when one is due."""
        while await self._seal() == BATCH:
            pass
        if self._file is not None:
            await self._export(self._file)

    async def _seal(self) -> int:
        """One batch in one transaction: number of rows sealed."""
        async with self._database.write() as session:
            if not (await session.execute(_LOCK)).scalar_one():
                return 0
            last: Mapping[Any, Any] = (await session.execute(_LAST)).mappings().one_or_none() or _FIRST
            rows = (await session.execute(_ROWS, {"tx": last["tx"], "id": last["id"]})).mappings().all()
            links = _chained(last, rows)
            if links:
                await session.execute(_LINK, links)
                await failpoints.hit("journal.seal.linked")
            await self._sign(session, links[-1] if links else last)
        await failpoints.hit("journal.seal.sealed")
        return len(rows)

    async def _sign(self, session: WriteSession, head: Mapping[Any, Any]) -> None:
        before = (await session.execute(_LAST_CHECKPOINT)).mappings().one_or_none()
        now = clock.now()
        if not _is_due(before, head["position"], now):
            return
        checkpoint = Checkpoint(
            service=self._service,
            number=before["number"] + 1 if before else 1,
            position=head["position"],
            hash=head["hash"].hex(),
            previous=digest_of(before["token"]) if before else "",
            sealed_at=now.isoformat(),
        )
        token = self._keys.sign(checkpoint)
        await session.execute(
            _CHECKPOINT,
            {"number": checkpoint.number, "position": checkpoint.position, "sealed_at": now, "token": token},
        )
        told = BY_SERVICE[self._service](service=self._service, number=checkpoint.number, checkpoint=token)
        await outbox.add(session, told, version=checkpoint.number)
        logger.info("journal_sealed", position=checkpoint.position, number=checkpoint.number)

    async def _export(self, file: Path) -> None:
        known = await asyncio.to_thread(_last_number, file)
        async with self._database.read() as session:
            rows = (await session.execute(_UNTOLD, {"number": known})).mappings().all()
        if rows:
            lines = [{"service": self._service, **row} for row in rows]
            await asyncio.to_thread(_append, file, lines)


def _chained(last: Mapping[Any, Any], rows: Sequence[Mapping[Any, Any]]) -> list[dict[str, Any]]:
    position, previous, links = last["position"], last["hash"], []
    for row in rows:
        position, previous = position + 1, link(previous, row)
        links.append(
            {"position": position, "at": row["at"], "id": row["id"], "tx": row["tx"], "hash": previous}
        )
    return links


def _is_due(before: Mapping[Any, Any] | None, position: int, now: datetime) -> bool:
    """Each minute in which something was sealed, and each thousand rows."""
    if before is None:
        return position > 0
    grown = position - before["position"]
    return bool(grown >= BATCH or (grown > 0 and (now - before["sealed_at"]).total_seconds() >= CHECKPOINT_S))


def _last_number(file: Path) -> int:
    if not file.exists():
        return 0
    lines = [line for line in file.read_bytes().split(b"\n") if line.endswith(b"}")]
    return int(orjson.loads(lines[-1])["number"]) if lines else 0


def _append(file: Path, lines: Sequence[Mapping[Any, Any]]) -> None:
    """Whole lines, one writer at a time; what a broken writer left unfinished is ended by a line break."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640), "rb+") as out:
        fcntl.flock(out, fcntl.LOCK_EX)
        known = _last_number(file)
        size = out.seek(0, os.SEEK_END)
        if size:
            out.seek(-1, os.SEEK_END)
            if out.read(1) != b"\n":
                out.write(b"\n")
        for row in lines:
            if row["number"] > known:
                out.write(orjson.dumps(row) + b"\n")
        out.flush()
        os.fsync(out.fileno())
