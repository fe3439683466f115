"""Callers of every kind, and things of two owners for them to ask for: made once for a run."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from nmo_testkit.forgery import Forger
from tests.conftest import Portal
from tests.e2e import steps
from tests.e2e.partner_system import PartnerSystem, register
from tests.e2e.people import Person, new_person, new_specialist
from tests.security.cells import CLIENTS, FIRST, PEOPLE, SECOND, Kind
from tests.security.issuer import Issuer
from tests.security.knocker import Knocker, Unsigned

DEMO = ("org-staff", "org-admin", "head", "hr", "support", "admin")
CARDS: dict[str, dict[str, Any]] = {"conflict": {"patronymic": "Степанович"}, "weak": {"patronymic": None}}
LIFETIME_S = 1_800
NOBODYS = "01890a5d-ac96-774b-bcce-b302099a8057"
MADE_UP = dict.fromkeys(
    ("record_id", "account_id", "change_id", "letter_id", "document_id", "scan_id"), NOBODYS
) | {
    "client_id": "nobodys-client",
    "method": "totp",
}
"""Parts of addresses that name nothing here: own and others' alike are not found."""
SET_BACK = {
    "restricted": ("update auth_session set restrictions = '{must_change_password}' where person_id = $1",),
    "unverified": (
        "update account set provider_key = 'local' where person_id = $1",
        "update person set confirmed = false where id = $1",
    ),
}
"""States that a person comes to by long ways; here the tables say so at once."""


@dataclass(slots=True)
class World:
    """Who asks, and for what."""

    outside: dict[str, Knocker | Unsigned] = field(default_factory=dict)
    """Callers of the gateway by kind."""
    ids: dict[str, dict[str, str]] = field(default_factory=dict)
    """Parts of addresses by owner."""
    forgers: dict[str, Forger] = field(default_factory=dict)
    """By audience: makes the tokens of callers past the gateway."""

    def token(self, kind: Kind, audience: str) -> str:
        """What a caller of that kind brings to a service."""
        claims: dict[str, Any] = {
            "roles": sorted(kind.roles),
            "entry": kind.entry,
            "consent": kind.consent,
            "client_id": kind.client_id,
        }
        if "service" in kind.roles or "partner" in kind.roles:
            claims |= {"sub": kind.client_id, "sid": ..., "spec": ..., "org": ..., "act": ...}
        return self.forgers[audience].with_claims(**claims)


async def make_world(portal: Portal, stack: AsyncExitStack) -> World:
    """Everything; some twenty people sign in for it."""
    world = World()
    issuer = await stack.enter_async_context(Issuer(portal))
    first, second = await new_specialist(portal), await new_specialist(portal)
    admin = await _arrive(stack, world, "admin", "admin")
    await _arrive(stack, world, "org-staff", "org-staff")
    await _specialists(portal, stack, world, {FIRST: first, SECOND: second})
    await _staff(portal, stack, world, issuer)
    async with asyncio.TaskGroup() as group:
        for kind in PEOPLE:
            if kind.name not in world.outside:
                group.create_task(_come(portal, stack, world, issuer, kind))
    await _partners(portal, stack, world, admin)
    await _tokens(world, issuer)
    for name, bearer in (("guest", None), ("garbage bearer", "made.up.token")):
        world.outside[name] = await stack.enter_async_context(Unsigned(portal.url, bearer))
    return world


async def _arrive(
    stack: AsyncExitStack, world: World, name: str, key: str, *, consents: bool = True
) -> Knocker:
    visitor = await stack.enter_async_context(Knocker(key))
    if consents:
        await visitor.enter()
    else:
        await visitor.sign_in()
    world.outside[name] = visitor
    return visitor


async def _come(portal: Portal, stack: AsyncExitStack, world: World, issuer: Issuer, kind: Kind) -> None:
    key = kind.name if kind.name in DEMO else (await _made(portal, kind)).key
    visitor = await _arrive(stack, world, kind.name, key, consents=kind.consent)
    if kind.entry in SET_BACK:
        await issuer.set_back(str((await visitor.get("/api/v1/me"))["person_id"]), SET_BACK[kind.entry])


async def _made(portal: Portal, kind: Kind) -> Person:
    if kind.entry == "limited":
        return await new_person(portal, in_register=False)
    return await new_specialist(portal, trusted=kind.entry != "unconfirmed", card=CARDS.get(kind.entry))


async def _specialists(
    portal: Portal, stack: AsyncExitStack, world: World, people: Mapping[str, Person]
) -> None:
    """Two specialists, each with a cycle and an application before another organisation."""

    async def begin(owner: str, name: str) -> None:
        person = people[owner]
        visitor = await _arrive(stack, world, name, person.key)
        cycle = await steps.open_cycle(visitor, portal, person)
        element = await _element(visitor, portal, person, ours=owner == FIRST)
        chosen = await steps.choose(visitor, cycle["cycle_id"], element)
        await steps.fill(visitor, chosen)
        await steps.submit(visitor, chosen)
        world.ids[owner] = {
            "cycle_id": chosen.cycle_id,
            "plan_item_id": chosen.plan_item_id,
            "application_id": chosen.application_id,
            "element_id": element["element_id"],
            "organization_id": element["organization"]["organization_id"],
            "kind": "application",
            "book": "regions",
            "key": "77",
            "type_name": "identity.consent.granted.v1",
            "code": "NOCODE",
            **MADE_UP,
            **await _own_things(visitor, person, element["organization"]["organization_id"]),
        }

    await asyncio.gather(begin(FIRST, "specialist"), begin(SECOND, "second specialist"))


async def _own_things(visitor: Knocker, person: Person, organization_id: str) -> dict[str, str]:
    """A role asked for at the organisation, a request to support, a second sign-in."""
    wanted = {"role": "org_staff", "organization_id": organization_id, "reason": "Принимаю заявки слушателей"}
    asked = await visitor.post("/api/v1/me/roles/requests", wanted)
    request = {
        "kind": "verification",
        "topic": "Проверить сведения",
        "text": "Проверьте, верно ли место работы",
    }
    told = await visitor.post("/api/v1/requests", request)
    async with Knocker(person.key) as elsewhere:
        await elsewhere.enter()
    sessions = (await visitor.get("/api/v1/me/sessions"))["items"]
    (other,) = [item["sid"] for item in sessions if not item["current"]]
    return {"role_request_id": asked["request_id"], "request_id": told["request_id"], "sid": other}


async def _element(visitor: Knocker, portal: Portal, person: Person, *, ours: bool) -> dict[str, Any]:
    """A free programme of the demo's organisation, or of any other."""
    query = {
        "specialty": person.specialty.key,
        "kind": "programme",
        "basis": "budget",
        "free": "true",
        "limit": "100",
    }
    found = await visitor.get(f"/api/v1/catalog/elements?{urlencode(query)}")
    fitting = [
        item
        for item in found["items"]
        if (item["organization"]["organization_id"] == portal.organization_id) is ours
    ]
    assert fitting, "no programme to choose"
    best: dict[str, Any] = max(fitting, key=lambda item: int(item["seats_left"]))
    return best


async def _staff(portal: Portal, stack: AsyncExitStack, world: World, issuer: Issuer) -> None:
    """Employees of the organisation that the second specialist chose, and who has a role at either."""
    place = world.ids[SECOND]["organization_id"]
    for name, role in (
        ("staff of another organisation", "org_staff"),
        ("org-admin of another organisation", "org_admin"),
    ):
        person = await new_specialist(portal)
        await issuer.grant(person.snils, role, place)
        await _arrive(stack, world, name, person.key, consents=role == "org_staff")
    world.ids[FIRST]["membership_id"] = await issuer.membership("org_staff", portal.organization_id)
    world.ids[SECOND]["membership_id"] = await issuer.membership("org_staff", place)


async def _partners(portal: Portal, stack: AsyncExitStack, world: World, admin: Knocker) -> None:
    for owner, name in ((FIRST, "partner"), (SECOND, "second partner")):
        partner: PartnerSystem = await stack.enter_async_context(await register(portal, admin))
        await partner.sign_in()
        made = await partner.subscribe("pull")
        status, sent = await partner.ask(
            "POST", f"/api/v1/partner/subscriptions/{made['subscription_id']}/test"
        )
        assert status == 202, sent
        world.ids[owner] |= {"subscription_id": made["subscription_id"], "event_id": sent["event_id"]}
        bearer = partner.bearer()["Authorization"].partition(" ")[2]
        world.outside[name] = await stack.enter_async_context(Unsigned(portal.url, bearer))


async def _tokens(world: World, issuer: Issuer) -> None:
    person = world.outside["specialist"]
    assert isinstance(person, Knocker)
    outside = (await issuer.outside_tokens(person))["access_token"]
    retired = await issuer.retired_key()
    for audience in CLIENTS[1:]:
        forger = await issuer.forger(await issuer.hop_token(outside, audience), retired, "api")
        lasting = forger.with_claims(exp=forger.claims["iat"] + LIFETIME_S)
        world.forgers[audience] = await issuer.forger(lasting, retired, "api")
