"""A person who registered at the portal itself, by its API, and signs in with a password, as a plain HTTP client."""

from __future__ import annotations

import secrets

import aiohttp
import altcha

from nmo_local.demo.browser import Browser
from tests.conftest import Portal
from tests.e2e import post
from tests.e2e.people import snils_of


class Own:
    """Mail, phone, and the secret of the first letter; made anew for each use."""

    def __init__(self, portal: Portal, **fields: str) -> None:
        """Nothing is sent yet; `fields` of the form may be other than usual."""
        self.portal = portal
        self.form = {
            "email": f"own-{secrets.token_hex(5)}@mail.example", "snils": snils_of(700_000_000 + secrets.randbelow(90_000_000)),
            "last_name": "Ольховская", "first_name": "Анна", "patronymic": "Сергеевна", "birth_on": "1984-03-17",
            "gender": "F", "citizenship": "RUS", "phone": f"+7901{secrets.randbelow(10**7):07d}", "region_code": "77",
            **fields,
        }  # fmt: skip
        self.email, self.phone = self.form["email"], self.form["phone"]
        self.secret = self.token = ""

    async def register(self) -> Own:
        """Register with the proof of work and confirm the address by the letter."""
        async with aiohttp.ClientSession(self.portal.url) as client:
            async with client.get("/api/v1/registrations/challenge") as answer:
                problem = altcha.Challenge.from_dict(await answer.json())
            solution = altcha.solve_challenge(problem)
            assert solution is not None
            body = {**self.form, "proof": altcha.Payload(problem, solution).to_base64()}
            async with client.post("/api/v1/registrations", json=body) as answer:
                assert answer.status == 202, await answer.text()
            words = await post.letter(self.portal, self.email, "пароль")
            self.secret = words.split("Временный пароль:")[1].split()[0]
            self.token = post.link_in(words, "/confirm/").removeprefix("/confirm/")
            async with client.post("/api/v1/registrations/confirm", json={"token": self.token}) as answer:
                assert answer.status == 204, await answer.text()
        return self

    async def sign_in(self, browser: Browser) -> str:
        """By the form of the sign-in page; the text of the page it leads to."""
        await browser.page("/login")
        _, _, text = await browser.submit("/login", login=self.email, password=self.secret)
        return text

    async def choose(self, password: str, browser: Browser) -> None:
        """Sign in with the temporary secret and set a password in its place."""
        await self.sign_in(browser)
        _, _, text = await browser.submit("/password/change", password=password)
        self.secret = password
        status, found = await browser.ask("GET", "/api/v1/me")
        assert (status, found.get("restrictions")) == (200, []), f"{found} after {text[:300]}"
