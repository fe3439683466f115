"""Seats under generated steps: few seats, many applications, events doubled, late and out of order."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from nmo_catalog.elements.commands.archive import archive_element
from nmo_catalog.elements.tables import Element
from nmo_catalog.seats.consumers import on_application_ended, on_application_submitted
from nmo_contracts import applications as contracts
from nmo_kit import clock
from nmo_testkit import deliver, drain_outbox
from nmo_testkit.stateful import run_machine

ENDINGS = [
    contracts.ApplicationRejectedV1,
    contracts.ApplicationWithdrawnV1,
    contracts.ApplicationDeletedV1,
    contracts.ApplicationFailedV1,
]
STEPS = st.sampled_from([1, 2, 1, 0, -1])
"""How much newer than the newest a version is: mostly the next, sometimes one that comes late."""
reached: Counter[str] = Counter()
"""What the catalogue told, so that a run which reached little is no proof."""


@dataclass
class Room:
    """An element as it must be now."""

    element: Element
    total: int | None
    archived: bool = False
    begun: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it takes people at all."""
        return not self.archived and not self.begun

    def refusal(self, taken: int) -> str | None:
        """Why nobody can be taken; None if somebody can."""
        if self.archived:
            return "archived"
        if self.begun:
            return "started"
        return "no_seats" if self.total is not None and taken >= self.total else None


@dataclass
class Seat:
    """The seat of an application as it must be now."""

    application_id: UUID = field(default_factory=uuid4)
    element_id: UUID | None = None
    state: str = "released"
    version: int = 0
    acted_on: int = 0


@dataclass(frozen=True)
class Sent:
    """An event already handed over, to be handed over again."""

    seat: Seat
    room: Room
    model: type
    version: int
    event_id: UUID


class SeatsMachine(RuleBasedStateMachine):
    """Three elements and as many applications as steps want."""

    rooms = Bundle("rooms")
    seats = Bundle("seats")
    sent = Bundle("sent")

    def __init__(self, do, db, publish):
        super().__init__()
        self.do, self.db, self.publish = do, db, publish
        self.room_of: dict[UUID, Room] = {}
        self.seat_of: dict[UUID, Seat] = {}
        self.told: list[tuple[str, UUID, int, dict[str, object]]] = []
        self.folded: dict[UUID, tuple[str, UUID, int]] = {}

    @initialize(
        target=rooms,
        totals=st.tuples(st.integers(0, 1), st.integers(1, 3), st.none()),
        closed=st.sampled_from([None, "begun", "archived"]),
    )
    def open(self, totals, closed):
        made = self.do(self.publish(*[{"seats_total": total} for total in totals]))
        self.do(drain_outbox(self.db))
        for element, total in zip(made, totals, strict=True):
            self.room_of[element.id] = Room(element, total)
        if closed is not None:
            self.close(next(iter(self.room_of.values())), begun=closed == "begun")
        return multiple(*self.room_of.values())

    @initialize(target=seats)
    def apply(self):
        made = [Seat() for _ in range(5)]
        self.seat_of |= {seat.application_id: seat for seat in made}
        return multiple(*made)

    def taken(self, room):
        own = [seat for seat in self.seat_of.values() if seat.element_id == room.element.id]
        return sum(seat.state == "held" for seat in own)

    @rule(target=sent, seat=seats, room=rooms, step=STEPS)
    def submit(self, seat, room, step):
        """A submission; an application stays with its element, and a version below the newest comes late."""
        if seat.element_id is not None:
            room = self.room_of[seat.element_id]
        event = Sent(seat, room, contracts.ApplicationSubmittedV1, max(1, seat.acted_on + step), uuid4())
        assert self.hand_over(event) == "handled"
        self.now_submitted(event)
        return event

    @rule(target=sent, seat=seats, model=st.sampled_from(ENDINGS), step=STEPS, room=rooms)
    def end(self, seat, model, step, room):
        if seat.element_id is not None:
            room = self.room_of[seat.element_id]
        event = Sent(seat, room, model, max(1, seat.acted_on + step), uuid4())
        assert self.hand_over(event) == "handled"
        self.now_ended(event)
        return event

    @rule(seat=seats, room=rooms)
    def come_and_go(self, seat, room):
        """Both at once, so that seats are given back often."""
        self.submit(seat, room, 1)
        self.each_change_is_told_once()
        self.end(seat, ENDINGS[1], 1, room)

    @rule(event=sent)
    def repeat(self, event):
        """The broker hands the same event over again."""
        assert self.hand_over(event) == "duplicate"

    @rule(event=sent)
    def tell_again(self, event):
        """The sender tells an old fact again under another id."""
        again = Sent(event.seat, event.room, event.model, event.version, uuid4())
        assert self.hand_over(again) == "handled"
        assert again.version <= event.seat.acted_on

    @rule(room=rooms, total=st.integers(0, 4))
    def change_capacity(self, room, total):
        """More or fewer seats; fewer than are held is refused by the database itself."""
        if total < self.taken(room):
            with pytest.raises(IntegrityError):
                self.do(self.set_on(room, "seats_total = :value", total))
        else:
            self.do(self.set_on(room, "seats_total = :value", total))
            room.total = total

    @precondition(lambda self: sum(room.is_open for room in self.room_of.values()) > 2)
    @rule(room=rooms, begun=st.booleans())
    def close(self, room, begun):
        """The element begins, or leaves the catalogue: held seats stay held, new ones are refused."""
        if room.archived:
            return
        if begun:
            self.do(self.set_on(room, "starts_on = :value", clock.today() - timedelta(days=1)))
            room.begun = True
        else:
            self.do(self.archive(room))
            room.archived = True
            self.do(drain_outbox(self.db))

    async def set_on(self, room, change, value):
        async with self.db.write() as session:
            await session.execute(
                text(f"update element set {change} where id = :id"),  # noqa: S608 own words
                {"id": room.element.id, "value": value},
            )

    async def archive(self, room):
        async with self.db.write() as session:
            assert await archive_element(session, room.element.id, at=clock.now())

    def hand_over(self, event):
        rejected = event.model is contracts.ApplicationRejectedV1
        payload = event.model(
            application_id=event.seat.application_id,
            number="NMO-0000001-2026",
            person_id=uuid4(),
            cycle_id=uuid4(),
            plan_item_id=uuid4(),
            element_id=event.room.element.id,
            organization_id=event.room.element.organization_id,
            occurred_at=clock.now(),
            **({"reason_code": "organization"} if rejected else {}),
        )
        submitted = event.model is contracts.ApplicationSubmittedV1
        handler = on_application_submitted if submitted else on_application_ended
        return self.do(
            deliver(
                self.db, handler, payload, version=event.version, event_id=event.event_id, consumer="catalog"
            )
        )

    def now_submitted(self, event):
        seat, room = event.seat, event.room
        seat.element_id = seat.element_id or room.element.id
        if event.version <= seat.acted_on:
            return
        seat.acted_on = event.version
        seat.version += 1
        reason = None if seat.state == "held" else room.refusal(self.taken(room))
        seat.state = "held" if reason is None else "refused"
        self.tell(seat, room, {"reason": reason} if reason else None)

    def now_ended(self, event):
        seat, room = event.seat, event.room
        seat.element_id = seat.element_id or room.element.id
        if event.version <= seat.acted_on:
            return
        seat.acted_on = event.version
        if seat.state == "held":
            seat.state = "released"
            seat.version += 1
            self.tell(seat, room, None)

    def tell(self, seat, room, data):
        left = None if room.total is None else room.total - self.taken(room)
        told = data or ({"seats_left": left} if left is not None else {})
        self.told.append((seat.state, seat.application_id, seat.version, told))

    @invariant()
    def each_change_is_told_once(self):
        found = self.do(drain_outbox(self.db))
        wanted, self.told = self.told, []
        assert len(found) == len(wanted)
        for event, (state, application_id, version, data) in zip(found, wanted, strict=True):
            assert event.type_name == f"catalog.seat.{state}.v1"
            assert (event.subject, event.subjectversion) == (f"application_seat/{application_id}", version)
            assert data.items() <= event.data.items()
            self.folded[application_id] = (state, UUID(event.data["element_id"]), version)
            reached[event.data.get("reason", state)] += 1

    @invariant()
    def tables_are_what_the_events_add_up_to(self):
        elements, seats = self.do(self.rows())
        held = Counter(element_id for state, element_id, _ in self.folded.values() if state == "held")
        for room in self.room_of.values():
            total, counted = elements[room.element.id]
            assert counted == held[room.element.id] == self.taken(room)
            assert total == room.total
            assert total is None or total - counted >= 0
        told = {key: (state, version) for key, (state, _, version) in self.folded.items()}
        assert {key: row[:2] for key, row in seats.items() if row[1]} == told
        for key, (state, version, acted_on) in seats.items():
            seat = self.seat_of[key]
            assert (state, version, acted_on) == (seat.state, seat.version, seat.acted_on)

    async def rows(self):
        async with self.db.read() as session:
            elements = await session.execute(text("select id, seats_total, seats_held from element"))
            seats = await session.execute(
                text("select application_id, state, version, application_version from seat_hold")
            )
            own = set(self.seat_of)
            return (
                {row[0]: tuple(row[1:]) for row in elements},
                {row[0]: tuple(row[1:]) for row in seats if row[0] in own},
            )


@pytest.mark.req("CAT-07")
async def test_no_order_of_events_sells_a_seat_twice_or_loses_one(db, publish):
    reached.clear()
    await run_machine(lambda do: SeatsMachine(do, db, publish))
    assert set(reached) >= {"held", "released", "no_seats", "started", "archived"}, reached
