"""A journey of invented people with rare names, with everything that may go wrong on the way, for searching its traces."""

from __future__ import annotations

import json
import re
import secrets
from datetime import date
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import aiohttp
import pyotp
from aiohttp import web

from nmo_kit import clock
from nmo_local.demo.browser import words
from nmo_local.paths import SECRETS
from tests.conftest import Portal
from tests.e2e import steps
from tests.e2e.own_account import Own
from tests.e2e.partner_system import PartnerSystem
from tests.e2e.parts import faults_of
from tests.e2e.people import RUN, Person, new_person, snils_of
from tests.e2e.visitor import Visitor
from tests.leaks.canaries import Canaries, Kind, digits
from tests.leaks.trail import Trail, WatchedVisitor

TYPED_SECRET = f"Vvedeno-Po-Oshibke-{uuid4().hex}"
"""A password typed where none belongs."""
SECOND_STEP = "/cabinet/settings/security/app"
OUTSIDE = {
    "bad_signature": True,
    "wrong_state": True,
    "truncated_json": True,
    "other_sub": True,
    "html_error": True,
}
"""Faults of the stand-in of ЕСИА, each of which must refuse the sign-in."""
ADDRESSES = (
    "/api/v1/applications/{}", "/api/v1/cycles/{}", "/api/v1/cycles/{}/plan", "/api/v1/catalog/elements/{}",
    "/api/v1/catalog/organizations/{}", "/api/v1/applications/verify/{}", "/api/v1/organization/applications/{}",
    "/api/v1/catalog/elements?q={}", "/api/v1/catalog/elements?specialty={}", "/api/v1/applications?cursor={}",
    "/api/v1/me/journal?from={}", "/api/v1/notifications?cursor={}", "/api/v1/partner/events?after={}", "/api/v1/{}",
    "/cabinet/applications/{}", "/cabinet/cycles/{}", "/verify?code={}", "/auth/esia/callback?error_description={}",
    "/auth/{}/start", "/no/such/page/{}", "/oauth2/authorize?client_id={}", "/contracts/schemas/{}.json",
)  # fmt: skip
BODIES = (
    ("POST", "/api/v1/cycles", ("document_id", "preferred_organization_id")),
    ("POST", "/api/v1/me/consents", ("text_version",)),
    ("POST", "/api/v1/notifications/read", ("message_ids",)),
    ("POST", "/api/v1/partner/subscriptions", ("types", "way", "url")),
    ("POST", "/api/v1/admin/partners", ("client_id", "title", "scopes")),
    ("POST", "/oauth2/token", ("grant_type", "code", "client_secret")),
    ("POST", "/oauth2/revoke", ("token",)),
)
HEADERS = (
    "X-Request-ID",
    "X-Client-Network",
    "Idempotency-Key",
    "If-Match",
    "traceparent",
    "baggage",
    "Authorization",
)


def rare(number: int) -> dict[str, Any]:
    """Fields of a person whose data no text of the portal has."""
    return {
        "last_name": ("Свиристелькин", "Зимородкин-Щурский", "Козодоевский", "Вертишейкин")[number],
        "first_name": ("Аристарх", "Поликарп", "Капитон", "Варсонофий")[number],
        "patronymic": ("Евлампиевич", "Нафанаилович", "Пантелеймонович", "Аверкиевич")[number],
        "birth_date": date(1931, 3 + number, 7 + number),
        "email": f"kanareyka-{RUN}-{number}@pochta-kanareek.example.org",
    }


def plant(canaries: Canaries, person: Person) -> None:
    """Look for a person's data from now on."""
    canaries.add_person(
        snils=person.snils, last_name=person.last_name, first_name=person.first_name, patronymic=person.patronymic,
        birth_date=person.birth_date, email=person.email, phone=digits(person.mobile),
    )  # fmt: skip


def plant_system_secrets(canaries: Canaries) -> None:
    """Passwords of databases and broker, secrets of clients: the files that the local system keeps for them."""
    for file in SECRETS.rglob("*"):
        if file.is_file() and file.suffix in {".txt", ".key"}:
            canaries.add(Kind.PASSWORD, *(word for word in file.read_text().split() if len(word) > 15))


class FailingPartner(PartnerSystem):
    """A partner whose receiver answers 500 at first; keeps what it got as it came."""

    def __init__(self, portal: Portal, credentials: dict[str, str], failures: int = 2) -> None:
        """`failures`: how many deliveries are answered 500."""
        super().__init__(portal, credentials)
        self.deliveries: list[bytes] = []
        self._failures = failures

    async def _receive(self, request: web.Request) -> web.Response:
        self.deliveries.append(await request.read() + json.dumps(dict(request.headers)).encode())
        if len(self.deliveries) <= self._failures:
            return web.Response(status=500, text="не сейчас")
        return await super()._receive(request)


async def people(portal: Portal, canaries: Canaries) -> list[Person]:
    """One whose data fit, one whose birth date the register has otherwise, one with an unconfirmed account."""
    found = [
        await new_person(portal, own=rare(0)),
        await new_person(portal, own=rare(1), card={"birthDate": "1932-06-12"}),
        await new_person(portal, own=rare(2), trusted=False, in_register=False),
    ]
    for person in found:
        plant(canaries, person)
    return found


async def bad_requests(visitor: Visitor, person: Person) -> int:
    """Requests with the person's data in paths, queries, fields and headers; how many were sent."""
    words = (person.snils, person.last_name, person.email, person.birth_date.isoformat(), TYPED_SECRET)
    sent = 0
    for number, address in enumerate(ADDRESSES):
        for word in (words[number % len(words)], words[(number + 1) % len(words)]):
            await visitor.page(address.format(quote(word)))
            sent += 1
    for method, path, names in BODIES:
        for place, name in enumerate(names):
            body = {other: words[(place + step) % len(words)] for step, other in enumerate(names)}
            await visitor.patient_ask(method, path, {**body, name: [words], words[1]: 1})
            await visitor.patient_ask(method, path, body)
            sent += 2
    for name in HEADERS:
        for word in (person.snils, quote(person.last_name), TYPED_SECRET):
            await visitor.patient_ask("POST", "/api/v1/cycles", {"document_id": word}, **{name: word})
            sent += 1
    return sent


async def refused_sign_ins(portal: Portal, http: aiohttp.ClientSession, person: Person, trail: Trail) -> int:
    """Sign-ins that end in a refusal, one for each fault of the provider; how many did."""
    refused = 0
    for fault, value in OUTSIDE.items():
        async with (
            faults_of(portal, http, "esia", **{fault: value}),
            WatchedVisitor(person.key, trail) as visitor,
        ):
            address, _ = await visitor.sign_in()
            refused += "/auth/esia/callback" in address
    return refused


async def whole_way(visitor: Visitor, portal: Portal, person: Person, staff: Visitor) -> steps.Chosen:
    """From sign-in to the ledger, with the papers read on the way."""
    await visitor.enter()
    cycle = await steps.open_cycle(visitor, portal, person)
    (element, *_) = await steps.search(visitor, portal, person)
    chosen = await steps.choose(visitor, cycle["cycle_id"], element)
    await steps.fill(visitor, chosen)
    await steps.submit(visitor, chosen)
    await steps.decide(staff, chosen)
    await steps.credited(visitor, chosen)
    for path in (
        "/cabinet",
        "/cabinet/profile",
        "/cabinet/journal",
        "/cabinet/applications",
        "/cabinet/notifications",
    ):
        status, _, _ = await visitor.page(path)
        assert status == 200, path
    await visitor.download(f"/api/v1/applications/{chosen.application_id}/documents/application.pdf")
    return chosen


async def own_account(portal: Portal, canaries: Canaries, trail: Trail) -> int:
    """Registering with a password, guesses at it, a second step and a recovery; how many secrets there were.

    Codes of six digits are not looked for: they stand by chance in many a number.
    """
    person = rare(3)
    snils = snils_of(800_000_000 + secrets.randbelow(90_000_000))
    own = Own(
        portal, last_name=person["last_name"], first_name=person["first_name"], patronymic=person["patronymic"],
        birth_on=person["birth_date"].isoformat(), snils=snils, email=person["email"],
    )  # fmt: skip
    canaries.add_person(
        snils=snils, last_name=person["last_name"], first_name=person["first_name"],
        patronymic=person["patronymic"], birth_date=person["birth_date"], email=own.email, phone=digits(own.phone),
    )  # fmt: skip
    await own.register()
    canaries.add(Kind.MAILED, own.secret, own.token, owner=own.email)
    chosen, guessed = (f"Kanareyka-{uuid4().hex}!" for _ in range(2))
    canaries.add(Kind.PASSWORD, chosen, guessed)
    async with WatchedVisitor(own.email, trail) as visitor:
        await visitor.page("/login")
        status, _, page = await visitor.submit("/login", login=own.email, password=guessed)
        assert status == 403, words(page)[:300]
        await own.choose(chosen, visitor)
        _, _, page = await visitor.page(SECOND_STEP)
        key = re.search(r'id="key">([^<]+)<', page)
        assert key is not None, words(page)[:300]
        seed = key[1].replace(" ", "")
        canaries.add(Kind.SEED, seed)
        _, _, page = await visitor.submit(SECOND_STEP, code=pyotp.TOTP(seed).at(clock.now()))
        codes = re.findall(r'<li><code class="nmfo-key">([^<]+)<', page)
        assert len(codes) == 10, words(page)[:300]
        canaries.add(Kind.PASSWORD, *codes)
        canaries.add(Kind.COOKIE, *visitor.cookies().values())
    return 5 + len(codes)
