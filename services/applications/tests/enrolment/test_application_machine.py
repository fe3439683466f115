"""The application's life under generated steps: wrong times, wrong people, repetitions, reordered events."""

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, invariant, multiple, rule

from nmo_kit import clock
from nmo_testkit import drain_outbox
from nmo_testkit.stateful import run_machine
from services.applications.tests.enrolment.life_acts import API, SEATS, Acts, reached
from services.applications.tests.enrolment.life_model import MOVES

FORM = {
    "employment": "employed",
    "position": "Врач-кардиолог",
    "workplace_name": "Городская больница № 7",
    "workplace_address": "г. Москва, ул. Примерная, д. 7",
    "region_code": "77",
    "basis": "contract",
    "payer": "person",
    "employer_oid": None,
}
GOOD_FORMS = [FORM, FORM | {"payer": "legal_entity"}, FORM | {"basis": "budget", "payer": None}]
BAD_CHANGES = [{"payer": None}, {"region_code": "00"}, {"employer_oid": "9.9.9"}, {"basis": None}]
DECISIONS = {
    "confirm": ("confirm", {}),
    "reject": ("reject", {"reason": "Нет документа"}),
    "request_documents": ("request-documents", {"message": "Пришлите диплом"}),
    "enrol": ("enrol", {}),
}
WAYS = [
    "",
    "submit",
    "submit confirm hold",
    "submit request_documents",
    "submit reject",
    "submit hold confirm",
    "submit hold confirm enrol",
    "submit hold confirm enrol complete",
    "submit hold confirm enrol fail",
    "withdraw",
]
OWNERS_ROUTES = [("other person", 404), ("staff", 403), ("other staff", 403), ("nobody", 401)]
STAFF_ROUTES = [("other staff", 404), ("owner", 403), ("other person", 403), ("nobody", 401)]
CODES = {"ok", "illegal_move", "seat_pending", "stale_version", "invalid_fields", "not_found", "forbidden"}
ENDS = {"enrolled", "completed", "failed"}
CODES |= {"unauthenticated", "idempotency_key_reused"}


class ApplicationMachine(Acts):
    """Several applications of one person, side by side."""

    lives = Bundle("lives")

    @rule(target=lives)
    def choose(self):
        return self.drafted()

    @initialize(target=lives, ways=st.lists(st.sampled_from(WAYS), min_size=1, max_size=2))
    def begin_anywhere(self, ways):
        return multiple(*[self.led(way) for way in ways])

    def led(self, way):
        life = self.drafted()
        for action in way.split():
            if action == "submit":
                self.fill(life, FORM, stale=False, versioned=True)
                self.submit(life, with_key=True)
            elif action == "hold":
                self.seat_event(life, "held", 1, again=False)
            elif action in DECISIONS:
                self.decide(life, action, with_key=True)
            elif action == "withdraw":
                self.end(life, action, with_key=True)
            else:
                self.complete(life, action == "complete", sound=True, with_key=True)
        return life

    @rule(life=lives, form=st.sampled_from(GOOD_FORMS), stale=st.booleans(), versioned=st.booleans())
    def fill(self, life, form, stale, versioned):
        version = life.version - 1 if stale else life.version
        headers = {"If-Match": f'"{version}"'} if versioned or stale else {}
        status, code, saved = self.call("PATCH", life.path, body=form, **headers)
        if stale:
            assert (status, code) == (412, "stale_version")
        elif not life.is_editable:
            assert (status, code) == (409, "illegal_move")
        else:
            assert status == 200, saved
            if life.form != form:
                life.version += 1
                life.form = form

    @rule(life=lives, changes=st.sampled_from(BAD_CHANGES))
    def fill_badly(self, life, changes):
        status, _, _ = self.call("PATCH", life.path, body=FORM | changes)
        assert status == (422 if life.is_editable else 409)

    @rule(life=lives, with_key=st.booleans())
    def submit(self, life, with_key):
        status, _, answer = self.write(life, f"{life.path}/submit", "owner", None, with_key)
        if not life.may("submit"):
            assert status == 409
        elif life.form is None:
            assert status == 422
        else:
            assert status == 200, answer
            life.move("submit", "specialist")

    @rule(life=lives, how=st.sampled_from(["withdraw", "delete", "leave the plan"]), with_key=st.booleans())
    def end(self, life, how, with_key):
        if how == "withdraw":
            body = {"reason": "Передумала"}
            self.moved(life, "withdraw", self.write(life, f"{life.path}/withdraw", "owner", body, with_key))
        elif how == "delete":
            status, _, _ = self.call("DELETE", life.path)
            assert status == (204 if life.may("delete") else 409)
            if status == 204:
                life.move("delete", "specialist")
        else:
            self.leave_the_plan(life)

    @rule(life=lives, action=st.sampled_from(sorted(DECISIONS)), with_key=st.booleans())
    def decide(self, life, action, with_key):
        name, body = DECISIONS[action]
        answered = self.write(life, f"{life.organization_path}/{name}", "staff", body, with_key)
        if not life.is_in_queue:
            assert answered[0] == 404
        elif action == "confirm" and life.may("confirm") and life.seat != "held":
            assert answered[:2] == (409, "seat_pending")
        else:
            self.moved(life, action, answered, "organization")

    @rule(life=lives, passed=st.booleans(), sound=st.booleans(), with_key=st.booleans())
    def complete(self, life, passed, sound, with_key):
        day = clock.today() + timedelta(days=0 if sound else 1)
        body = {"passed": passed, "completed_on": day.isoformat(), "certificate_number": "ПК-1"}
        action = "complete" if passed else "fail"
        answered = self.write(life, f"{life.organization_path}/complete", "staff", body, with_key)
        if not life.is_in_queue:
            assert answered[0] == 404
        elif life.may(action) and not sound:
            assert answered[0] == 422
        else:
            self.moved(life, action, answered, "organization")

    @rule(life=lives, kind=st.sampled_from(sorted(SEATS)), step=st.integers(-1, 2), again=st.booleans())
    def seat_event(self, life, kind, step, again):
        """New, overtaken and repeated answers of the catalogue."""
        version, event_id = max(1, life.seat_version + step), uuid4()
        if again and life.seat_events:
            kind, version, event_id = life.seat_events[-1]
        outcome = self.seat_told(life, kind, version, event_id)
        assert outcome == life.note_seat(kind, version, event_id)

    @rule(life=lives, passed=st.booleans())
    def advance(self, life, passed):
        """The step that usually comes next, so that generated cases reach the end of the way too."""
        if life.is_editable:
            self.fill(life, FORM, stale=False, versioned=True)
            self.submit(life, with_key=True)
        elif life.may("confirm") and life.seat != "held":
            self.decide(life, "confirm", with_key=False)
            self.seat_event(life, "held", 1, again=False)
        elif life.may("confirm"):
            self.decide(life, "confirm" if passed else "request_documents", with_key=False)
        elif life.may("enrol"):
            self.decide(life, "enrol", with_key=True)
        else:
            self.complete(life, passed, sound=True, with_key=True)

    @rule(life=lives, data=st.data())
    def wrong_actor(self, life, data):
        """Nothing of another person's, nothing of another organisation's, nothing of another role's."""
        name, body = DECISIONS[data.draw(st.sampled_from(sorted(DECISIONS)))]
        own = data.draw(st.booleans())
        by, status = data.draw(st.sampled_from(OWNERS_ROUTES if own else STAFF_ROUTES))
        if own:
            method, path = data.draw(
                st.sampled_from([("POST", "/submit"), ("POST", "/withdraw"), ("DELETE", "")])
            )
            assert self.call(method, life.path + path, by)[0] == status
        else:
            assert self.call("POST", f"{life.organization_path}/{name}", by, body)[0] == status

    @rule(data=st.data(), other=st.booleans())
    def repeat_a_write(self, data, other):
        """The first answer again, whatever happened since; the same key for something else is refused."""
        if not self.keyed:
            return
        old = data.draw(st.sampled_from(self.keyed))
        body = {"reason": "Другое"} if other else old.body
        headers = {"Idempotency-Key": old.key}
        if other:
            path = (
                f"{old.life.path}/withdraw" if old.by == "owner" else f"{old.life.organization_path}/reject"
            )
            assert self.call("POST", path, old.by, body, **headers)[:2] == (409, "idempotency_key_reused")
        elif old.by == "staff" and old.life.deleted:
            assert self.call("POST", old.path, old.by, body, **headers)[0] == 404
        else:
            assert self.call("POST", old.path, old.by, body, **headers)[2] == old.answer

    @invariant()
    def each_change_is_told_once(self):
        found: dict[str, list[str]] = {}
        for event in self.do(drain_outbox(self.world.db)):
            found.setdefault(event.data["application_id"], []).append(event.type_name.split(".")[2])
        wanted = {str(key): told for key, life in self.known.items() if (told := life.take_told())}
        assert found == wanted

    @invariant()
    def each_application_is_what_the_model_says(self):
        for deleted in (False, True):
            _, _, page = self.call("GET", f"{API}?limit=100&deleted={deleted}")
            found = {item["application_id"]: item for item in page["items"]}
            lives = [life for life in self.known.values() if life.deleted is deleted]
            assert set(found) == {str(life.application_id) for life in lives}
            for life in lives:
                self.is_as_modelled(life, found[str(life.application_id)])

    def is_as_modelled(self, life, seen):
        assert (seen["status"], seen["seat"], seen["version"]) == (life.status, life.seat, life.version)
        assert life.form is None or seen["form"] == life.form
        reached[life.status] += 1
        if self.looked_at.get(life.application_id) != life.version:
            self.looked_at[life.application_id] = life.version
            self.history_is_as_modelled(life)

    def teardown(self):
        for life in self.known.values():
            self.history_is_as_modelled(life)

    def history_is_as_modelled(self, life):
        _, _, lines = self.call("GET", f"{life.path}/history")
        assert [(line["from"], line["to"], line["actor_role"]) for line in lines["items"]] == life.history


@pytest.mark.req("APP-05", "APP-06", "APP-07")
async def test_no_order_of_steps_breaks_the_life_of_an_application(world):
    reached.clear()
    await run_machine(lambda do: ApplicationMachine(do, world))
    assert set(reached) >= CODES | set(MOVES["delete"]) | set(MOVES["withdraw"]) | ENDS, reached
