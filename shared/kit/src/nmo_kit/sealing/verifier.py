"""Verifying a sealed journal: every spot where it is not as it was sealed, by name (AUD-02, threat T22)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import text

from nmo_kit import clock
from nmo_kit.db import Database, ReadSession
from nmo_kit.sealing.chain import COLUMNS, GENESIS, Checkpoint, CheckpointRefused, SealKeys, digest_of, link

PAGE = 2_000
UNSEALED_FOR = timedelta(minutes=10)
"""A committed row is sealed within seconds; a transaction left open anywhere in the server may hold it back a while."""
Copies = Mapping[str, Mapping[int, str]]
"""Checkpoints that others keep: name of the place, then token by number."""

_LINKS = text(
    f"""
    select l.position, l.at as link_at, l.id as link_id, l.tx::text as link_tx, l.hash, j.id is not null as is_there,
           lag(l.tx) over w > l.tx or (lag(l.tx) over w = l.tx and lag(l.id) over w > l.id) as is_out_of_order,
           {", ".join("j.tx::text as tx" if name == "tx" else f"j.{name}" for name in COLUMNS)}
    from journal_link l left join journal j on j.at = l.at and j.id = l.id
    where l.position > :after window w as (order by l.position) order by l.position limit {PAGE}
    """  # noqa: S608 names of the table's own columns
)
_STRAY = text(
    """
    select j.id, j.at, j.tx < (select tx from journal_link order by position desc limit 1) as is_behind
    from journal j where not exists (select 1 from journal_link l where l.id = j.id and l.at = j.at) order by j.at, j.id
    """
)
_CHECKPOINTS = text("select number, position, token from journal_checkpoint order by number")
_WITNESS = text("select number, token from journal_witness where service = :service order by number")


@dataclass(slots=True)
class Verdict:
    """What was read and what is wrong with it; nothing found means whole."""

    service: str
    rows: int = 0
    checkpoints: int = 0
    copies: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def __str__(self) -> str:
        """For operators."""
        head = f"{self.service}: {self.rows} rows sealed, {self.checkpoints} checkpoints, {self.copies} copies elsewhere"
        return "\n".join([f"{head}: {'whole' if self.is_whole else 'NOT WHOLE'}", *self.findings])


def copies_in(file: Path, service: str) -> dict[int, str]:
    """Checkpoints of a service in an export file; the first of each number counts."""
    found: dict[int, str] = {}
    for line in file.read_bytes().splitlines() if file.exists() else ():
        if line.endswith(b"}") and (told := orjson.loads(line))["service"] == service:
            found.setdefault(int(told["number"]), str(told["token"]))
    return found


async def copies_of(session: ReadSession, service: str) -> dict[int, str]:
    """Checkpoints of a service that another one keeps; `session` is of that other one's database."""
    return {row.number: row.token for row in (await session.execute(_WITNESS, {"service": service})).all()}


async def verify(
    database: Database, service: str, keys: SealKeys, copies: Copies, *, retention: timedelta
) -> Verdict:
    """Compare journal, chain and checkpoints of a service with each other and with the copies.

    Reads only. The copies must have been read before: the journal may have grown since, but not shrunk.
    Rows older than `retention` may be gone, their links stay.
    """
    verdict = Verdict(service, copies=sum(map(len, copies.values())))
    async with database.read() as session:
        tokens = (await session.execute(_CHECKPOINTS)).mappings().all()
        opened = list(_opened(verdict, keys, tokens))
        wanted = {one.position: one for one in opened}
        head = 0
        async for head, digest in _walk(session, verdict, clock.now() - retention):
            checkpoint = wanted.pop(head, None)
            if checkpoint is not None and checkpoint.hash != digest.hex():
                verdict.findings.append(
                    f"the chain differs from checkpoint {checkpoint.number} at position {head}: it was written anew"
                )
        for stranger in sorted(wanted.values(), key=lambda one: one.number):
            spot = f"checkpoint {stranger.number} speaks of position {stranger.position}"
            verdict.findings.append(f"{spot}, the chain ends at {head}: its tail is cut off")
        await _strays(session, verdict)
    _compare(verdict, keys, {row["number"]: row["token"] for row in tokens}, head, copies)
    return verdict


def _opened(verdict: Verdict, keys: SealKeys, rows: Sequence[Mapping[Any, Any]]) -> Iterator[Checkpoint]:
    """Checkpoints that are signed and say what their rows say; the others are findings."""
    verdict.checkpoints = len(rows)
    for before, row in pairwise([None, *rows]):
        if row is None:
            continue
        number = row["number"]
        if number != (before["number"] + 1 if before else 1):
            verdict.findings.append(f"checkpoint {number - 1} is missing")
        try:
            found = keys.open(row["token"])
        except CheckpointRefused:
            verdict.findings.append(f"checkpoint {number} is forged: its signature is not ours")
            continue
        told = (found.service, found.number, found.position)
        if told != (verdict.service, number, row["position"]):
            verdict.findings.append(f"checkpoint {number} is forged: it was signed for {told}")
        elif found.previous != (digest_of(before["token"]) if before else ""):
            verdict.findings.append(f"checkpoint {number} does not follow the one before it")
        else:
            yield found


async def _walk(
    session: ReadSession, verdict: Verdict, kept_since: datetime
) -> AsyncIterator[tuple[int, bytes]]:
    """Position and hash of each link; what does not fit its place is a finding, what follows is judged by itself."""
    position, previous = 0, GENESIS
    while True:
        page = (await session.execute(_LINKS, {"after": position})).mappings().all()
        for row in page:
            spot = f"row {row['link_id']} of {row['link_at'].isoformat()} at position {row['position']}"
            if row["position"] != position + 1:
                verdict.findings.append(
                    f"links {position + 1} to {row['position'] - 1} are removed from the chain"
                )
            elif not row["is_there"]:
                if row["link_at"] >= kept_since:
                    verdict.findings.append(f"{spot} is removed")
            elif link(previous, row) != row["hash"]:
                verdict.findings.append(f"{spot} is altered")
            if row["is_out_of_order"]:
                verdict.findings.append(f"{spot} stands before its predecessor: rows are swapped")
            position, previous = row["position"], row["hash"]
            verdict.rows += 1
            yield position, previous
        if len(page) < PAGE:
            return


async def _strays(session: ReadSession, verdict: Verdict) -> None:
    late = clock.now() - UNSEALED_FOR
    for row in (await session.execute(_STRAY)).mappings():
        spot = f"row {row['id']} of {row['at'].isoformat()}"
        if row["is_behind"]:
            verdict.findings.append(f"{spot} is inserted behind the seal")
        elif row["at"] < late:
            verdict.findings.append(f"{spot} is not sealed though its time has come")


def _compare(verdict: Verdict, keys: SealKeys, own: Mapping[int, str], head: int, copies: Copies) -> None:
    """What others keep against what stands here."""
    for place, kept in copies.items():
        for number, token in kept.items():
            try:
                found = keys.open(token)
            except CheckpointRefused:
                verdict.findings.append(f"{place}: the copy of checkpoint {number} is forged")
                continue
            if number not in own and found.position > head:
                spot = f"{place}: checkpoint {number} speaks of position {found.position}"
                verdict.findings.append(f"{spot}, the journal ends at {head}: its tail is cut off")
            elif number not in own:
                verdict.findings.append(f"checkpoint {number} is removed, {place} keeps it")
            elif own[number] != token:
                verdict.findings.append(f"checkpoint {number} is not the one that {place} keeps")
