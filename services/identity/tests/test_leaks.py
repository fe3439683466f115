"""T24: what an account of the portal's own is made of (passwords, codes, contacts, answers) is left nowhere in clear."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx2
import pyotp
import pytest
from prometheus_client import REGISTRY, generate_latest

from nmo_identity.recovery.commands.prepare import prepare_recoveries
from nmo_kit import clock
from nmo_testkit.remains import rows_of
from tests.leaks.allowed import ALLOWED
from tests.leaks.canaries import Canaries, Kind
from tests.leaks.finder import Allowance, Place, find_leaks

OLD, NEW = "Старый-Кедр 41 скрипит", "Новая-Лиственница 52 поёт"
TYPED = "Опечатка-Вместо-Пароля 63"
ANSWER = "Козодоевский университет птичьих наук"
OWN = (
    *ALLOWED,
    Allowance(
        "database/identity.questionnaire.*",
        frozenset({Kind.STATE}),
        "what the person stated is kept to be shown to them; it names nobody",
    ),
)


@dataclass
class Life:
    """One person's dealings with their account, and every refusal they met."""

    portal: Any
    people: Any
    canaries: Canaries = field(default_factory=Canaries)
    refusals: list[str] = field(default_factory=list)

    async def call(self, method: str, path: str, body: Any, headers: Any = None) -> httpx2.Response:
        answer: httpx2.Response = await self.portal.client.request(method, path, json=body, headers=headers)
        if answer.status_code >= 400:
            self.refusals.append(answer.text)
        return answer

    async def signed_in(self, who: Any) -> dict[str, str]:
        handle = await self.people.session(who)
        headers: dict[str, str] = await self.portal.headers(handle)
        self.canaries.add(Kind.COOKIE, handle).add(Kind.TOKEN, headers["Authorization"].partition(" ")[2])
        return headers

    async def second_step(self, who: Any) -> None:
        """An app and its recovery codes, a wrong code among them."""
        headers = await self.signed_in(who)
        secret = (await self.call("POST", "/api/v1/me/security/app", None, headers)).json()["secret"]
        assert (
            await self.call("POST", "/api/v1/me/security/app/confirm", {"code": TYPED}, headers)
        ).status_code == 422
        done = await self.call(
            "POST", "/api/v1/me/security/app/confirm", {"code": pyotp.TOTP(secret).at(clock.now())}, headers
        )
        assert done.status_code == 200, done.text
        self.canaries.add(Kind.PASSWORD, secret, *done.json()["codes"])

    async def contacts(self, who: Any, email: str, phone: str) -> None:
        """A new address, confirmed; a new number, begun; the way back of the first is planted."""
        self.canaries.add(Kind.EMAIL, who.email, email).add(Kind.PHONE, who.phone, phone)
        headers = await self.signed_in(who)
        begun = await self.call("POST", "/api/v1/contacts/email", {"value": email}, headers)
        path = f"/api/v1/contacts/changes/{begun.json()['change_id']}/confirm"
        assert (await self.call("POST", path, {"code": "0000000000"}, headers)).status_code == 422
        code = await self.people.code("contact_code")
        assert (await self.call("POST", path, {"code": code}, headers)).status_code == 200
        self.canaries.add(Kind.CODE, (await self.people.letters("email_changed"))[0]["params"]["token"])
        await self.people.rested()
        headers = await self.signed_in(who)
        assert (
            await self.call("POST", "/api/v1/contacts/phone", {"value": phone}, headers)
        ).status_code == 202
        assert (
            await self.call("POST", "/api/v1/contacts/email", {"value": f"{TYPED} {email}"}, headers)
        ).status_code == 422

    async def recovery(self, contact: str) -> None:
        """A forgotten password: code, new password, and one that is refused."""
        self.canaries.add(Kind.PASSWORD, NEW, TYPED)
        await self.people.rested()
        asked = await self.call("POST", "/api/v1/password/recovery", {"contact": contact})
        await prepare_recoveries(self.portal.db, self.people.cipher, now=clock.now())
        handle = asked.json()["handle"]
        self.canaries.add(Kind.COOKIE, handle)
        given = {"handle": handle, "code": await self.people.code("recovery_code")}
        assert (await self.call("POST", "/api/v1/password/recovery/code", given)).status_code == 204
        for password, status in ((TYPED * 9, 422), (NEW, 204)):
            body = {"handle": handle, "password": password}
            assert (await self.call("POST", "/api/v1/password/recovery/password", body)).status_code == status

    async def wrong_password(self, login: str) -> None:
        body = {"login": login, "password": TYPED, "ip": "203.0.113.9", "user_agent": "tests"}
        headers = await self.portal.service_headers()
        assert (await self.call("POST", "/internal/local/login", body, headers)).status_code == 403

    async def questionnaire(self, who: Any) -> None:
        body = {
            "specialty_key": "VO-036",
            "organization": ANSWER,
            "exam_on": str(clock.today() - timedelta(days=900)),
            "diploma_on": str(clock.today() - timedelta(days=880)),
            "data_true": True,
            "will_report_surname": True,
        }
        headers = await self.signed_in(who)
        assert (await self.call("PUT", "/api/v1/me/questionnaire", body, headers)).status_code == 200
        await self.call("PUT", "/api/v1/me/questionnaire", {**body, "data_true": False}, headers)
        self.canaries.add(Kind.STATE, ANSWER)


class Book:
    """The register's book of specialties."""

    async def codes(self) -> frozenset[str]:
        return frozenset({"VO-036"})


async def _places(life: Life, log: str) -> list[Place]:
    rows = await rows_of(life.portal.db, without=())
    found = [
        Place("event" if table == "outbox" else "database", f"identity.{table}.row", "\n".join(texts))
        for table, texts in rows.items()
        if texts
    ]
    found.append(Place("log", "identity", log))
    found.append(Place("metrics", "identity", generate_latest(REGISTRY).decode()))
    return found + [Place("problem", f"{number:03d}", text) for number, text in enumerate(life.refusals)]


@pytest.mark.req("T24", "P07", "P22")
async def test_an_account_of_our_own_leaves_nothing_in_clear(
    portal: Any, people: Any, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    portal.client._transport.app.state.specialties = Book()
    who = await people.make("kanareyka@pochta-kanareek.example.test", "+79120000091", password=OLD)
    life = Life(portal, people)
    life.canaries.add(Kind.PASSWORD, OLD).add(Kind.LAST_NAME, "Ольховская")
    await life.second_step(who)
    await life.contacts(who, "kanareyka-novaya@pochta-kanareek.example.test", "+79120000092")
    await life.questionnaire(who)
    await life.wrong_password(who.email)
    await life.recovery(who.phone)

    printed = capfd.readouterr()
    places = await _places(life, f"{caplog.text}\n{printed.out}\n{printed.err}\nlog")
    assert {place.name for place in places} >= {
        "identity.journal.row",
        "identity.letter.row",
        "identity.outbox.row",
    }
    assert len(life.refusals) >= 5

    leaks = await find_leaks(places, life.canaries, OWN)
    assert not leaks, "\n".join(str(leak) for leak in leaks)

    own_id = Canaries().add(Kind.STATE, str(who.person_id))
    seen = {leak.place for leak in await find_leaks(places, own_id)}
    assert {"event/identity.outbox.row", "database/identity.journal.row"} <= seen, (
        "the search sees through bytes"
    )
    for canary in life.canaries.planted:
        planted = [Place("log", "identity", f'{{"event": "told", "why": "{canary.value}"}}')]
        assert await find_leaks(planted, life.canaries, OWN), canary.kind
