"""One person's way through the portal while it is being struck; each 2xx answer becomes a fact of the history."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

import aiohttp

from nmo_local.demo.browser import UnexpectedAnswerError, eventually
from tests.chaos.clients import Client
from tests.chaos.history import History
from tests.conftest import Portal
from tests.e2e import steps
from tests.e2e.people import Person, Specialty, new_person
from tests.leaks.canaries import Canaries

Ending = Literal["credit", "withdraw", "delete"]
ROOMY = 3
STAND_INS_S = 120.0


@dataclass(frozen=True, slots=True)
class Intent:
    """What this person is going to do."""

    wants_scarce: bool
    ending: Ending
    takes_document: bool
    leaves: bool
    takes_consent_back: bool = False

    @classmethod
    def thrown(cls, dice: Random) -> Intent:
        """Most go the whole way."""
        ending: Ending = dice.choices(("credit", "withdraw", "delete"), (86, 9, 5))[0]
        return cls(
            wants_scarce=dice.random() < 0.25,
            ending=ending,
            takes_document=dice.random() < 0.3,
            leaves=dice.random() < 0.3,
            takes_consent_back=dice.random() < 0.1,
        )


@dataclass(frozen=True, slots=True)
class Stage:
    """What all journeys share."""

    portal: Portal
    history: History
    staff: list[Client]
    specialty: Specialty
    scarce: list[str]
    canaries: Canaries = field(default_factory=Canaries)


class Journey:
    """One way from sign-in to its end."""

    def __init__(self, name: str, stage: Stage, dice: Random) -> None:
        """`dice` decide what the person wants."""
        self.name = name
        self.intent = Intent.thrown(dice)
        self.step = "waiting"
        self._stage = stage
        self._dice = dice
        self._cycle_id = ""

    async def walk(self) -> Client:
        """Go the whole way; the person's browser, still open.

        Raises:
            UnexpectedAnswerError: the portal answered what no journey allows, or nothing came of it in time.
        """
        self.step = "person"
        person = await self._person()
        client = Client(person.key, self._stage.history, self.name, self._dice)
        try:
            await self._walk(client, person)
        except BaseException:
            await client.__aexit__(None, None, None)
            raise
        return client

    async def _walk(self, client: Client, person: Person) -> None:
        self.step = "enter"
        await self._enter(client)
        self.step = "cycle"
        cycle = await steps.open_cycle(client, self._stage.portal, person)
        self._cycle_id = cycle["cycle_id"]
        self._fact("cycle", self._cycle_id, specialty_key=cycle["specialty_key"])
        chosen = await self._to_a_seat(client, person)
        if chosen is None:
            return
        if self.intent.takes_document:
            self.step = "document"
            await self._document(client, chosen)
        if self.intent.ending == "withdraw":
            self.step = "withdraw"
            await self._give_up(client, chosen, "POST", "/withdraw")
            return
        self.step = "decide"
        await self._decide(chosen)
        self.step = "credit"
        await self._see_credit(client, chosen)

    async def _person(self) -> Person:
        person = await eventually(self._made, "a person at the stand-ins", STAND_INS_S)
        # Surnames are shared by many here, so one in another's letter would prove nothing.
        self._stage.canaries.add_person(
            snils=person.snils,
            last_name="",
            birth_date=person.birth_date,
            email=person.email,
            phone=person.mobile,
        )
        return person

    async def _made(self) -> Person | None:
        """The stand-ins are struck, too; what they took without an answer is nobody's."""
        try:
            return await new_person(self._stage.portal, specialty=self._stage.specialty)
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None

    async def _enter(self, client: Client) -> None:
        me = await client.enter()
        self._fact("session", me["person_id"])
        if me["consent"]["granted"]:
            self._fact("consent", me["person_id"], text_version=me["consent"]["text_version"])

        async def matched() -> bool | None:
            return True if (await client.get("/api/v1/me"))["entry"] == "full" else None

        await steps.wait(matched, "the comparison with the register")

    async def _to_a_seat(self, client: Client, person: Person) -> steps.Chosen | None:
        """Choose, fill and submit until a seat is held; None when the person deletes what they began."""
        scarce = self.intent.wants_scarce
        while True:
            self.step = "choose"
            chosen = await self._choose(client, person, scarce=scarce)
            self.step = "fill"
            await steps.fill(client, chosen)
            if self.intent.ending == "delete":
                await self._give_up(client, chosen, "DELETE", "")
                return None
            self.step = "submit"
            if await self._submit(client, chosen):
                return chosen
            scarce = False

    async def _choose(self, client: Client, person: Person, *, scarce: bool) -> steps.Chosen:
        if scarce:
            # Asked for by id: a full one is not listed any more, and people with an old page try all the same.
            identifier = self._dice.choice(self._stage.scarce)
            element: dict[str, Any] = await client.get(f"/api/v1/catalog/elements/{identifier}")
        else:
            found = await steps.search(client, self._stage.portal, person)
            element = self._dice.choice(
                [e for e in found if e["element_id"] not in self._stage.scarce][:ROOMY]
            )
        chosen = await steps.choose(client, self._cycle_id, element)
        self._fact(
            "plan_item", chosen.plan_item_id, cycle_id=self._cycle_id, element_id=element["element_id"]
        )
        self._fact(
            "application", chosen.application_id, number=chosen.number, plan_item_id=chosen.plan_item_id
        )
        return chosen

    async def _submit(self, client: Client, chosen: steps.Chosen) -> bool:
        """True when a seat is held, false when there is none left."""
        path = f"/api/v1/applications/{chosen.application_id}"
        await client.post(f"{path}/submit", {})
        self._fact("submitted", chosen.application_id, element_id=chosen.element["element_id"])

        async def answered() -> str | None:
            seat = str((await client.get(path))["seat"])
            return seat if seat in {"held", "refused"} else None

        seat = await steps.wait(answered, "the catalogue's answer about a seat")
        self._stage.history.counts[f"seat {seat}"] += 1
        if seat == "refused" and chosen.element["element_id"] not in self._stage.scarce:
            raise UnexpectedAnswerError("no seat where there is room for everybody")
        return seat == "held"

    async def _document(self, client: Client, chosen: steps.Chosen) -> None:
        body = await client.document(
            f"/api/v1/applications/{chosen.application_id}/documents/application.pdf"
        )
        digest = hashlib.sha256(body).hexdigest()
        self._fact("document", chosen.application_id, sha256=digest, size_bytes=len(body))

    async def _give_up(self, client: Client, chosen: steps.Chosen, method: str, ending: str) -> None:
        """Withdraw or delete; a repetition that comes after its own success is told that it is done."""
        path = f"/api/v1/applications/{chosen.application_id}"
        if method == "POST":
            await client.post(path + ending, {})
        else:
            await client.delete(path)
        self._stage.history.counts[f"gave up by {method}"] += 1

    async def _decide(self, chosen: steps.Chosen) -> None:
        employee = self._dice.choice(self._stage.staff)
        await steps.decide(employee, chosen)
        for what in ("confirmed", "enrolled", "completed"):
            self._fact(what, chosen.application_id)

    async def _see_credit(self, client: Client, chosen: steps.Chosen) -> None:
        ledger = await steps.credited(client, chosen)
        expected = [("72.00", f"application/{chosen.application_id}")]
        if [(entry["zet"], entry["source"]) for entry in ledger] != expected:
            raise UnexpectedAnswerError(f"the ledger holds {ledger}")
        self._fact(
            "credit_seen", ledger[0]["entry_id"], application_id=chosen.application_id, zet=ledger[0]["zet"]
        )

        async def told() -> bool | None:
            kinds = [m["kind"] for m in (await client.get("/api/v1/notifications?limit=100"))["items"]]
            return True if "credit_recorded" in kinds else None

        self.step = "notification"
        await steps.wait(told, "the message about the credit")

    def _fact(self, what: str, identifier: str, **fields: Any) -> None:
        self._stage.history.fact(self.name, what, identifier, **fields)
