"""What the stand-in remembers, in SQLite: cards with their place in the change feed, bulk batches, clients.

Bulk cards are not stored: a batch is a range of numbers, and each card is computed from its number when asked for. A bulk
card that is edited becomes a stored one.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from heapq import merge
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from nmo_sandbox.frmr import synthetic

Card = dict[str, Any]
_DDL = """
create table if not exists card (
    oid text primary key, snils text not null, key text, number integer unique, body text not null,
    change_seq integer not null unique, changed_at text not null, removed integer not null default 0);
create index if not exists ix_card_snils on card (snils);
create index if not exists ix_card_change on card (change_seq);
create table if not exists batch (
    first_number integer primary key, count integer not null, seed integer not null,
    first_seq integer not null, changed_at text not null);
create table if not exists client (client_id text primary key, body text not null);
create table if not exists meta (name text primary key, value text not null);
"""


class Change(NamedTuple):
    """One entry of the change feed: the person, their newest place in it, and whether they left the register."""

    oid: str
    change_seq: int
    changed_at: str
    removed: bool


class State:
    """The register's memory. One instance per process; calls are short and synchronous."""

    def __init__(self, folder: Path | None) -> None:
        """Open `frmr.sqlite3` in the folder, or keep everything in memory when there is none."""
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "frmr.sqlite3" if folder else ":memory:", check_same_thread=False)
        self._db.executescript(_DDL)
        self.feed_id = self._meta("feed_id", uuid4().hex[:12])

    def close(self) -> None:
        """Give the file back."""
        self._db.close()

    # cards

    def put_card(self, card: Card, *, key: str | None = None) -> Change:
        """Store a card and move it to the end of the change feed."""
        number = synthetic.number_of_oid(card["oid"])
        if number is not None and self._seed_of(number) is None:
            number = None
        return self._store(card, key=key, number=number, removed=False)

    def remove_card(self, card: Card) -> Change:
        """Take the card out of the register; the feed says so."""
        return self._store(card, key=None, number=synthetic.number_of_oid(card["oid"]), removed=True)

    def card(
        self, *, oid: str | None = None, snils: str | None = None, key: str | None = None
    ) -> Card | None:
        """Find a card by one of the three; removed ones are not found."""
        column, value = next((c, v) for c, v in (("oid", oid), ("snils", snils), ("key", key)) if v)
        # A number may have moved from a removed record to a new one.
        sql = f"select body, removed from card where {column} = ? order by removed limit 1"  # noqa: S608 one of three literals
        row = self._db.execute(sql, (value,)).fetchone()
        if row is not None:
            return None if row[1] else json.loads(row[0])
        number = synthetic.number_of_oid(oid) if oid else synthetic.number_of_snils(snils) if snils else None
        seed = self._seed_of(number) if number is not None else None
        if number is None or seed is None or self._is_stored(number):
            return None
        return synthetic.card(number, seed)

    def stored_cards(self, *, after: str = "", limit: int = 100) -> list[Card]:
        """List stored cards by person number, without bulk ones."""
        rows = self._db.execute(
            "select body from card where oid > ? and removed = 0 order by oid limit ?", (after, limit)
        )
        return [json.loads(row[0]) for row in rows]

    def all_oids(self, offset: int, limit: int) -> list[str]:
        """Page of the person numbers in the register: stored cards first, then bulk ones."""
        rows = self._db.execute(
            "select oid from card where removed = 0 order by oid limit ? offset ?", (limit, offset)
        )
        found = [row[0] for row in rows]
        stored = self._db.execute("select count(*) from card where removed = 0").fetchone()[0]
        skip = max(0, offset - stored)
        bulk = islice(self._bulk_numbers(0), skip, skip + limit - len(found))
        return found + [synthetic.oid_of(number) for number, _, _ in bulk]

    def dump(self, after: str) -> Iterator[Card]:
        """Every card in the order of the person numbers, those after a number only; bulk ones are computed on the way."""
        return merge(self._stored_after(after), self._bulk_after(after), key=lambda card: str(card["oid"]))

    def _stored_after(self, after: str) -> Iterator[Card]:
        while page := self.stored_cards(after=after, limit=500):
            yield from page
            after = str(page[-1]["oid"])

    def _bulk_after(self, after: str) -> Iterator[Card]:
        batches = self._db.execute(
            "select first_number, count, seed from batch order by first_number"
        ).fetchall()
        for first_number, count, seed in batches:
            known = synthetic.number_of_oid(after) or 0 if after > synthetic.oid_of(first_number) else 0
            for number in range(max(first_number, known), first_number + count):
                if synthetic.oid_of(number) > after and not self._is_stored(number):
                    yield synthetic.card(number, seed)

    def dump_id(self) -> str:
        """Name of a dump as of now: another one after each change."""
        return f"{self.feed_id}-{self.last_seq()}"

    def count(self) -> int:
        """How many people the register holds."""
        stored = self._db.execute("select count(*) from card where removed = 0").fetchone()[0]
        bulk = self._db.execute("select coalesce(sum(count), 0) from batch").fetchone()[0]
        taken = self._db.execute("select count(*) from card where number is not null").fetchone()[0]
        return int(stored + bulk - taken)

    def generate(self, count: int, seed: int) -> tuple[int, int]:
        """Add a batch of bulk cards; returns the first number and the first place in the feed."""
        last = self._db.execute("select max(first_number + count) from batch").fetchone()[0]
        first_number, first_seq = last or 1, self.last_seq() + 1
        self._db.execute(
            "insert into batch values (?, ?, ?, ?, ?)", (first_number, count, seed, first_seq, _now())
        )
        self._db.commit()
        return first_number, first_seq

    # change feed

    def changes(self, after: int, limit: int) -> list[Change]:
        """Newest state of each person changed after a place in the feed, in feed order."""
        rows = self._db.execute(
            "select oid, change_seq, changed_at, removed from card where change_seq > ? order by change_seq limit ?",
            (after, limit),
        )
        found = [Change(oid, seq, at, bool(removed)) for oid, seq, at, removed in rows]
        for number, seq, at in islice(self._bulk_numbers(after), limit):
            found.append(Change(synthetic.oid_of(number), seq, at, removed=False))
        return sorted(found, key=lambda change: change.change_seq)[:limit]

    def remaining(self, after: int) -> int:
        """How many entries the feed holds after a place."""
        stored = self._db.execute("select count(*) from card where change_seq > ?", (after,)).fetchone()[0]
        bulk = self._db.execute(
            "select coalesce(sum(min(count, max(0, first_seq + count - 1 - ?))), 0) from batch", (after,)
        ).fetchone()[0]
        taken = self._db.execute(
            "select count(*) from card c join batch b on c.number >= b.first_number"
            " and c.number < b.first_number + b.count where b.first_seq + c.number - b.first_number > ?",
            (after,),
        ).fetchone()[0]
        return int(stored + bulk - taken)

    # clients

    def put_client(self, client_id: str, body: Mapping[str, Any]) -> None:
        """Register a system, or replace its registration."""
        self._db.execute("insert or replace into client values (?, ?)", (client_id, json.dumps(body)))
        self._db.commit()

    def client(self, client_id: str) -> dict[str, Any] | None:
        """Registration of a system."""
        row = self._db.execute("select body from client where client_id = ?", (client_id,)).fetchone()
        return None if row is None else json.loads(row[0])

    def _store(self, card: Card, *, key: str | None, number: int | None, removed: bool) -> Change:
        change = Change(card["oid"], self.last_seq() + 1, _now(), removed)
        self._db.execute(
            "insert into card values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (oid) do update set snils = excluded.snils,"
            " key = coalesce(excluded.key, key), body = excluded.body, change_seq = excluded.change_seq,"
            " changed_at = excluded.changed_at, removed = excluded.removed",
            (
                card["oid"],
                card.get("snils") or "",
                key,
                number,
                json.dumps(card, ensure_ascii=False),
                change.change_seq,
                change.changed_at,
                int(removed),
            ),
        )
        self._db.commit()
        return change

    def last_seq(self) -> int:
        """The newest place in the feed."""
        return int(
            self._db.execute(
                "select max(coalesce((select max(change_seq) from card), 0),"
                " coalesce((select max(first_seq + count - 1) from batch), 0))"
            ).fetchone()[0]
        )

    def _bulk_numbers(self, after: int) -> Iterator[tuple[int, int, str]]:
        batches = self._db.execute(
            "select first_number, count, first_seq, changed_at from batch where first_seq + count - 1 > ?"
            " order by first_seq",
            (after,),
        ).fetchall()
        for first_number, count, first_seq, changed_at in batches:
            for step in range(max(0, after + 1 - first_seq), count):
                if not self._is_stored(first_number + step):
                    yield first_number + step, first_seq + step, changed_at

    def _is_stored(self, number: int) -> bool:
        return self._db.execute("select 1 from card where number = ?", (number,)).fetchone() is not None

    def _seed_of(self, number: int) -> int | None:
        row = self._db.execute(
            "select seed from batch where first_number <= ? and ? < first_number + count", (number, number)
        ).fetchone()
        return None if row is None else int(row[0])

    def _meta(self, name: str, default: str) -> str:
        self._db.execute("insert or ignore into meta values (?, ?)", (name, default))
        self._db.commit()
        return str(self._db.execute("select value from meta where name = ?", (name,)).fetchone()[0])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
