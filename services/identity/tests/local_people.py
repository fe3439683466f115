"""People who sign in with a password of the portal, made and signed in without the pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from nmo_identity.accounts.queries import person_for_update
from nmo_identity.accounts.tables import Account, Person
from nmo_identity.login.commands.open_session import open_session
from nmo_identity.passwords.commands.set_password import set_password
from nmo_identity.passwords.queries import email_index
from nmo_identity.passwords.tables import LocalCredential
from nmo_kit import clock

from .stand_ins import ISSUER

PASSWORD = "Кедровый-Лось 4 бревна"


@dataclass
class LocalPerson:
    person_id: UUID
    account_id: UUID
    email: str
    phone: str


class LocalPeople:
    """Makes local accounts and reads what identity sends them."""

    def __init__(self, portal: Any) -> None:
        self.portal = portal
        self.cipher = portal.runtime.extras["cipher"]

    async def make(
        self,
        email: str = "anna@example.test",
        phone: str = "+79120000001",
        *,
        password: str | None = None,
        phone_verified: bool = True,
    ) -> LocalPerson:
        now = clock.now()
        async with self.portal.db.write() as session:
            person = Person(
                last_name="Ольховская",
                first_name="Анна",
                patronymic="Сергеевна",
                email=email,
                email_verified=True,
                phone=phone,
                phone_verified=phone_verified,
                confirmed=True,
                created_at=now,
                updated_at=now,
            )
            session.add(person)
            await session.flush()
            account = Account(
                person_id=person.id,
                provider_key="local",
                issuer=f"{ISSUER}/local",
                subject="",
                created_at=now,
                last_login_at=now,
            )
            account.subject = str(account.id)
            session.add(account)
            await session.flush()
            session.add(
                LocalCredential(
                    account_id=account.id,
                    email_index=email_index(self.cipher, email),
                    verified_at=now,
                    created_at=now,
                )
            )
            await session.flush()
            if password is not None:
                await set_password(session, account.id, password, person=person, now=now)
        return LocalPerson(person.id, account.id, email, phone)

    async def session(self, who: LocalPerson, *, at: datetime | None = None, restrictions: Any = ()) -> str:
        """Handle of an open session, as after a password."""
        now = at or clock.now()
        async with self.portal.db.write() as session:
            person = await person_for_update(session, who.person_id)
            account = await session.get(Account, who.account_id)
            opened = await open_session(
                session, person=person, account=account, provider_key="local", acr="password", auth_time=now,
                ip="203.0.113.9", user_agent="tests", restrictions=restrictions, now=now,
            )  # fmt: skip
        return opened.handle

    async def headers(self, who: LocalPerson, **values: Any) -> dict[str, str]:
        """Authorization of a new session."""
        return await self.portal.headers(await self.session(who, **values))

    async def letters(self, kind: str | None = None) -> list[dict[str, Any]]:
        """What was owed to anybody, opened as the sending service opens it, oldest first."""
        async with self.portal.db.read() as session:
            ids = (
                (await session.execute(text("select id from letter order by issued_at, id"))).scalars().all()
            )
        headers = await self.portal.service_headers(by="notifications")
        found = []
        for letter_id in ids:
            answer = await self.portal.client.post(f"/internal/letters/{letter_id}/take", headers=headers)
            if answer.status_code == 200:
                found.append(answer.json())
        return [item for item in found if kind is None or item["kind"] == kind]

    async def code(self, kind: str) -> str:
        """The newest code sent by letters of a kind."""
        found: str = (await self.letters(kind))[-1]["params"]["code"]
        return found

    async def rested(self) -> None:
        """Half a minute passes for the limits of sending."""
        async with self.portal.db.write() as session:
            await session.execute(text("delete from rate_limit where key like 'letter|%'"))
