"""The ledger as a state machine over the real database: whatever is tried, entries are only ever added."""

import asyncio
from collections import Counter
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from nmo_cycles.cycles.queries import cycle_for_update
from nmo_cycles.ledger.commands.credit import Achievement, record_credit
from nmo_cycles.ledger.commands.reverse import reverse_credit
from nmo_cycles.ledger.errors import AlreadyReversed
from nmo_cycles.norms.rules import NOTHING
from nmo_kit import clock
from nmo_testkit.stateful import run_machine

SOURCES = st.integers(0, 5)
CENTS = st.integers(1, 20_000)
FORBIDDEN = (
    "update credit_entry set zet = zet + 1 where cycle_id = :cycle",
    "update credit_entry set source = source || '-' where cycle_id = :cycle",
    "delete from credit_entry where cycle_id = :cycle",
    "truncate credit_entry cascade",
)


class CrashError(RuntimeError):
    """The process dies before its commit."""


class Ledger:
    """One cycle's ledger, reached the way consumers and operators reach it."""

    def __init__(self, db, person, cycle):
        self._db, self._person, self.cycle_id = db, person, UUID(cycle["cycle_id"])

    @classmethod
    async def opened(cls, db, person):
        await person.graduate()
        return cls(db, person, await person.open())

    async def credit(self, source, zet, *, crash=False):
        achievement = Achievement(
            plan_item_id=None,
            element_id=uuid4(),
            kind="programme",
            title="Программа",
            zet=zet,
            earned_on=clock.today(),
            source=source,
        )
        async with self._db.write() as session:
            cycle = await cycle_for_update(session, self.cycle_id)
            made = await record_credit(session, cycle, achievement, now=clock.now(), today=clock.today())
            if crash:
                raise CrashError
        return made

    async def credit_at_once(self, source, zet, times):
        """The same source from several workers side by side; how many of them made an entry."""
        made = await asyncio.gather(*[self.credit(source, zet) for _ in range(times)])
        return sum(entry is not None for entry in made)

    async def take_back(self, entry_id):
        async with self._db.write() as session:
            return await reverse_credit(session, entry_id, reason="Ошибка", actor="test", now=clock.now())

    async def force(self, statement):
        async with self._db.write() as session:
            await session.execute(text(statement), {"cycle": self.cycle_id} if ":cycle" in statement else {})

    async def rows(self):
        """Every entry as it stands in the table, oldest first."""
        async with self._db.read() as session:
            found = await session.execute(
                text("select * from credit_entry where cycle_id = :cycle order by id"),
                {"cycle": self.cycle_id},
            )
            return [tuple(row) for row in found]

    async def totals(self):
        """The sum as the API tells it, and by years."""
        path = f"/{self.cycle_id}"
        years = (await self._person.get(f"{path}/progress"))["years"]
        told = Decimal((await self._person.get(path))["total_zet"])
        return told, sum((Decimal(year["zet"]) for year in years), NOTHING)

    async def told(self):
        """Events of the ledger in the outbox, by entry; nothing is told that is not there, nothing twice."""
        async with self._db.read() as session:
            found = await session.execute(
                text(
                    "select convert_from(body, 'UTF8')::jsonb #>> '{data,entry_id}' from outbox"
                    " where event_key = :key and routing_key like 'cycles.credit.%'"
                ),
                {"key": f"cycle/{self.cycle_id}"},
            )
            return Counter(UUID(value) for value in found.scalars())


class LedgerMachine(RuleBasedStateMachine):
    """Credits, repetitions, corrections, crashes and attempts to edit; beside them a model of what must stand."""

    def __init__(self, do, open_ledger):
        super().__init__()
        self._do, self._open = do, open_ledger
        self.standing, self.entries, self.reversed, self.seen = {}, {}, set(), []

    @initialize()
    def open(self):
        self.ledger = self._do(self._open())
        self._name = uuid4()

    def _source(self, number):
        return f"application/{self._name}-{number}"

    @rule(number=SOURCES, cents=CENTS)
    def credit(self, number, cents):
        source, zet = self._source(number), Decimal(cents) / 100
        made = self._do(self.ledger.credit(source, zet))
        assert (made is None) == (source in self.entries)
        if made is not None:
            self.entries[source], self.standing[source] = made.id, zet

    @rule(number=SOURCES, cents=CENTS, times=st.integers(2, 4))
    def credit_by_several_at_once(self, number, cents, times):
        source, zet = self._source(number), Decimal(cents) / 100
        made = self._do(self.ledger.credit_at_once(source, zet, times))
        assert made == (0 if source in self.entries else 1)
        if made:
            (entry_id,) = {row[0] for row in self._do(self.ledger.rows())} - {row[0] for row in self.seen}
            self.entries[source], self.standing[source] = entry_id, zet

    @rule(number=SOURCES, cents=CENTS)
    def crash_before_the_commit(self, number, cents):
        with pytest.raises(CrashError):
            self._do(self.ledger.credit(self._source(number), Decimal(cents) / 100, crash=True))

    @precondition(lambda self: self.entries)
    @rule(data=st.data())
    def take_back(self, data):
        source = data.draw(st.sampled_from(sorted(self.entries)))
        if source in self.reversed:
            with pytest.raises(AlreadyReversed):
                self._do(self.ledger.take_back(self.entries[source]))
            return
        reversal = self._do(self.ledger.take_back(self.entries[source]))
        self.reversed.add(source)
        assert reversal.zet == -self.standing.pop(source)
        assert reversal.reversed_entry_id == self.entries[source]

    @precondition(lambda self: self.entries)
    @rule(statement=st.sampled_from(FORBIDDEN))
    def edit(self, statement):
        with pytest.raises(DBAPIError, match="append-only"):
            self._do(self.ledger.force(statement))

    @invariant()
    def entries_are_only_ever_added(self):
        rows = self._do(self.ledger.rows())
        assert set(self.seen) <= set(rows), "an entry changed or is gone"
        assert len(rows) == len(self.entries) + len(self.reversed)
        self.seen = rows

    def teardown(self):
        """In the end: the sums that people see are those of what stands, each entry was told, once."""
        wanted = sum(self.standing.values(), NOTHING)
        assert self._do(self.ledger.totals()) == (wanted, wanted)
        assert self._do(self.ledger.told()) == Counter({row[0]: 1 for row in self.seen})


@pytest.mark.req("CYC-09", "APP-08", "T17")
async def test_any_history_of_credits_corrections_crashes_and_edits(db, person, anonymous, token_factory):
    specialist = type(person)
    await run_machine(
        lambda do: LedgerMachine(do, lambda: Ledger.opened(db, specialist(db, anonymous, token_factory)))
    )
