"""People who register at the portal itself: what they type, what they read in their letters, how they sign in."""

import json
import secrets
from typing import Any

import altcha
from sqlalchemy import text

from nmo_identity.letters.rules import place
from nmo_identity.local_accounts.commands.answer_received import answer_received
from nmo_kit import clock

PASSWORD = "Кобыла-7-Зонтик!"
TYPED = {
    "snils": "971-710-101 94",
    "last_name": "Ветрова",
    "first_name": "Мария",
    "patronymic": "Юрьевна",
    "birth_on": "1984-03-17",
    "gender": "F",
    "citizenship": "RUS",
    "phone": "8 900 000-10-10",
    "region_code": "77",
}


class Newcomer:
    """One browser of one person without Госуслуги."""

    def __init__(self, portal: Any, email: str | None = None, **typed: str) -> None:
        self.portal = portal
        self.email = email or f"n{secrets.token_hex(5)}@mail.example"
        self.typed = {**TYPED, **typed, "email": self.email}
        self.password = PASSWORD
        self.device: str | None = None
        self.ip = "198.51.100.7"
        self.headers: dict[str, str] | None = None

    async def proof(self) -> str:
        """Work as the browser does."""
        given = (await self.portal.client.get("/api/v1/registrations/challenge")).json()
        return solved(given)

    async def register(self, **changes: Any) -> Any:
        """Send the form; the worker answers it by mail."""
        body = {**self.typed, "proof": await self.proof(), **changes}
        answer = await self.portal.client.post("/api/v1/registrations", json=body)
        await answer_received(self.portal.db, self.portal.runtime.extras["cipher"], now=clock.now())
        return answer

    async def letters(self, kind: str | None = None) -> list[dict[str, str]]:
        """What lies in the mailbox: kind and parameters, oldest first."""
        return [item for item in await mailbox(self.portal, self.email) if kind in {None, item["kind"]}]

    async def sign_in(self, password: str | None = None, login: str | None = None) -> Any:
        """Try to sign in; the browser keeps its cookie."""
        body = {
            "login": login or self.email,
            "password": password or self.password,
            "ip": self.ip,
            "user_agent": "tests",
            **({"device": self.device} if self.device else {}),
        }
        answer = await self.portal.client.post(
            "/internal/local/login", json=body, headers=self.headers or await self.portal.service_headers()
        )
        if answer.status_code == 200:
            self.device = answer.json()["device"]
        return answer

    async def confirm(self, token: str | None = None) -> Any:
        """Follow the link of the newest letter that has one."""
        link = token or [item for item in await self.letters() if "token" in item][-1]["token"]
        return await self.portal.client.post("/api/v1/registrations/confirm", json={"token": link})

    async def set_password(self, handle: str, password: str | None = None, **more: str) -> Any:
        """Change the password in a session."""
        return await self.portal.client.put(
            "/api/v1/me/password",
            json={"password": password or self.password, **more},
            headers=await self.portal.headers(handle),
        )

    async def settle(self, *, confirmed: bool = True) -> str:
        """Everything up to an open session with an own password; its handle."""
        assert (await self.register()).status_code == 202
        (letter,) = await self.letters("registration")
        signed_in = await self.sign_in(letter["secret"])
        assert signed_in.status_code == 200, signed_in.text
        handle: str = signed_in.json()["session"]["handle"]
        changed = await self.set_password(handle)
        assert changed.status_code == 204, changed.text
        if confirmed:
            assert (await self.confirm(letter["token"])).status_code == 204
        return handle


def solved(challenge: dict[str, Any]) -> str:
    """The solution of a problem, as the browser sends it."""
    known = altcha.Challenge.from_dict(challenge)
    solution = altcha.solve_challenge(known)
    assert solution is not None
    return altcha.Payload(known, solution).to_base64()


async def mailbox(portal: Any, address: str) -> list[dict[str, str]]:
    """Letters to an address that wait for delivery."""
    cipher = portal.runtime.extras["cipher"]
    async with portal.db.read() as session:
        rows = (
            await session.execute(
                text(
                    "select id, kind, to_sealed, params_sealed from letter where to_sealed is not null order by issued_at, id"
                )
            )
        ).all()
    found = []
    for row in rows:
        if cipher.decrypt(bytes(row.to_sealed), aad=place("to_sealed", row.id)) == address:
            params = json.loads(cipher.decrypt(bytes(row.params_sealed), aad=place("params_sealed", row.id)))
            found.append({"kind": row.kind, **params})
    return found
