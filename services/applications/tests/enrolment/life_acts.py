"""What the machine does to the portal: calls as somebody, events of other services, and what is remembered of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from uuid import UUID, uuid4

from hypothesis.stateful import RuleBasedStateMachine

from nmo_applications.enrolment.consumers import (
    on_plan_item_added,
    on_plan_item_removed,
    on_seat_held,
    on_seat_refused,
    on_seat_released,
)
from nmo_contracts.catalog import SeatHeldV1, SeatRefusedV1, SeatReleasedV1
from nmo_contracts.cycles import PlanItemAddedV1, PlanItemRemovedV1
from nmo_testkit import deliver, drain_outbox
from services.applications.tests.enrolment.life_model import Keyed, Life, keys

API = "/api/v1/applications"
SEATS = {
    "held": (on_seat_held, SeatHeldV1, {"seats_left": 1}),
    "refused": (on_seat_refused, SeatRefusedV1, {"reason": "no_seats"}),
    "released": (on_seat_released, SeatReleasedV1, {"seats_left": 2}),
}
reached: Counter[str] = Counter()
"""Codes answered and statuses reached, so that a run which reached little is no proof."""


class Acts(RuleBasedStateMachine):
    """One person with several applications, their organisation, and strangers."""

    def __init__(self, do, world):
        super().__init__()
        self.do = do
        self.world = replace(world, person_id=uuid4(), specialist_id=uuid4(), organization_id=uuid4())
        self.actors = {
            "owner": self.world.person,
            "staff": self.world.staff,
            "other person": self.world.headers(sub=uuid4(), spec=uuid4()),
            "other staff": self.world.headers(roles=("org_staff",), org=uuid4()),
            "nobody": {},
        }
        self.known: dict[UUID, Life] = {}
        self.looked_at: dict[UUID, int] = {}
        self.keyed: list[Keyed] = []
        self.keys = keys()
        self.prepare()

    def call(self, method, path, by="owner", body=None, **headers):
        answer = self.do(
            self.world.http.request(method, path, json=body, headers={**self.actors[by], **headers})
        )
        code = answer.json().get("code", "ok") if answer.content else "ok"
        reached[code] += 1
        return answer.status_code, code, (answer.json() if answer.content else {})

    def prepare(self):
        self.element_id = self.do(self.world.element())
        self.do(drain_outbox(self.world.db))

    def drafted(self):
        event = PlanItemAddedV1(
            cycle_id=uuid4(),
            person_id=self.world.person_id,
            plan_item_id=uuid4(),
            element_id=self.element_id,
            element_kind="programme",
            organization_id=self.world.organization_id,
            specialty_key="VO-027",
        )
        event_id = uuid4()
        outcomes = [
            self.do(deliver(self.world.db, on_plan_item_added, event, event_id=event_id)),
            self.do(deliver(self.world.db, on_plan_item_added, event, event_id=event_id)),
            self.do(deliver(self.world.db, on_plan_item_added, event)),
        ]
        assert outcomes == ["handled", "duplicate", "handled"]
        _, _, page = self.call("GET", f"{API}?plan_item_id={event.plan_item_id}")
        (found,) = page["items"]
        life = Life(UUID(found["application_id"]), self.element_id, event.cycle_id, event.plan_item_id)
        life.told.append("drafted")
        self.known[life.application_id] = life
        return life

    def seat_told(self, life, kind, version, event_id):
        """An answer of the catalogue; one queue serves all of them, so that they are in one order."""
        handler, model, extra = SEATS[kind]
        payload = model(application_id=life.application_id, element_id=life.element_id, **extra)
        return self.do(
            deliver(self.world.db, handler, payload, version=version, event_id=event_id, consumer="seats")
        )

    def leave_the_plan(self, life):
        event = PlanItemRemovedV1(
            cycle_id=life.cycle_id,
            person_id=self.world.person_id,
            plan_item_id=life.plan_item_id,
            element_id=life.element_id,
        )
        self.do(deliver(self.world.db, on_plan_item_removed, event))
        action = "delete" if life.status == "draft" else "withdraw"
        if life.may(action):
            life.move(action, "system")

    def write(self, life, path, by, body, with_key):
        headers = {"Idempotency-Key": next(self.keys)} if with_key else {}
        status, code, answer = self.call("POST", path, by, body, **headers)
        if with_key and status == 200:
            self.keyed.append(Keyed(life, path, by, body, headers["Idempotency-Key"], answer))
        return status, code, answer

    def moved(self, life, action, answered, role="specialist"):
        status, code, answer = answered
        if life.may(action):
            assert status == 200, answer
            life.move(action, role)
            assert (answer["status"], answer["version"]) == (life.status, life.version)
        else:
            assert (status, code) == (409, "illegal_move")
