"""People, their browsers and a stand-in of what a provider answers; everything else is the service's own commands."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from sqlalchemy import text

from nmo_identity.accounts.queries import place
from nmo_identity.accounts.tables import Account, Person
from nmo_identity.consents.tables import ConsentEvent
from nmo_identity.linking.commands.begin_join import begin_join
from nmo_identity.linking.commands.consume import Shown
from nmo_identity.linking.commands.finish import finish_link
from nmo_identity.linking.commands.join import join, send_join_code
from nmo_identity.linking.commands.start import start_link
from nmo_identity.linking.commands.untie import untie
from nmo_identity.linking.queries import links_of
from nmo_identity.login.commands.finish import Callback, finish_login
from nmo_identity.login.commands.open_session import SignedIn, open_session
from nmo_identity.login.commands.start import start_login
from nmo_identity.login.queries import live_session
from nmo_identity.login.rules import digest
from nmo_identity.passwords import hashing
from nmo_identity.passwords.commands.set_password import set_password
from nmo_identity.passwords.commands.verify import verify_password
from nmo_identity.passwords.queries import email_index
from nmo_identity.passwords.tables import LocalCredential
from nmo_identity.providers.port import ContactProof, Flow, ProvenPerson, ProviderRefusal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database
from nmo_kit.principal import Principal
from nmo_kit.snils import Snils

PUBLIC_URL = "http://127.0.0.1:8080"
LOCAL_ISSUER = f"{PUBLIC_URL}/local"
PASSWORD = "Тихий-Омут-48-рябина"
START = datetime(2026, 5, 10, 9, 0, tzinfo=UTC)


@dataclass
class Human:
    """Somebody real, with what only they have: a number, a mailbox, identities at providers."""

    name: str
    snils: str
    email: str
    subject: str


VICTIM = Human("Жертвина", "22334455639", "victim@example.org", "1000111")
ATTACKER = Human("Злоумов", "33445566784", "attacker@example.org", "1000666")


@dataclass
class StandIn:
    """A provider: proves whoever typed their password there for this flow; a code works once."""

    key: str
    title: str
    issuer: str
    link_only: bool = False
    confirmed: bool = True
    hidden: bool = False
    told: dict[str, tuple[str, Human, datetime]] = field(default_factory=dict)

    def notes(self, now: datetime) -> list[str]:
        """Nothing runs out."""
        del now
        return []

    async def authorize_url(self, flow: Flow, *, now: datetime) -> str:
        del now
        return f"https://{self.key}.example.org/?state={flow.state}"

    def code(self, state: str, human: Human, auth_time: datetime) -> str:
        """What the browser brings back after this human signed in for that state."""
        code = secrets.token_urlsafe(12)
        self.told[code] = (state, human, auth_time)
        return code

    async def finish(self, flow: Flow, query: Mapping[str, str], *, now: datetime) -> ProvenPerson:
        known = self.told.pop(query.get("code", ""), None)
        if known is None or known[0] != str(flow.state):
            raise ProviderRefusal("login_provider_error", "invalid_grant")
        _, human, auth_time = known
        return ProvenPerson(
            issuer=self.issuer, subject=human.subject, confirmed=self.confirmed, proves_snils=self.confirmed,
            last_name=human.name, first_name="Иван", patronymic=None, birth_on=date(1980, 1, 2), gender=None,
            citizenship=None, snils=Snils.parse(human.snils) if self.confirmed else None,
            email=ContactProof(human.email, verified=True), phone=None, auth_time=auth_time, acr="",
            provider_session=None, token_hash=secrets.token_bytes(32), token_expires_at=now + timedelta(hours=1),
        )  # fmt: skip

    async def logout_url(self, return_to: str) -> str | None:
        del return_to
        return None

    def forget_url(self, return_to: str) -> str | None:
        del return_to
        return None

    async def close(self) -> None:
        """Nothing is held."""


@dataclass
class Browser:
    """A browser with its secret and its session."""

    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    signed_in: SignedIn | None = None

    @property
    def handle(self) -> str:
        return self.signed_in.handle if self.signed_in else ""


@dataclass
class Begun:
    """A link under way and what came back for it."""

    state: str
    code: str
    provider: StandIn


class World:
    """One identity, its clock, and people."""

    def __init__(self, db: Database, cipher: FieldCipher) -> None:
        self.db, self.cipher, self.now = db, cipher, START
        self.esia = StandIn("esia", "Госуслуги", "http://esia.example.org/")
        self.other = StandIn("clinic", "Клиника", "https://clinic.example.org/", confirmed=False)
        self.only = StandIn("only", "Реестр", "https://only.example.org/", link_only=True, confirmed=False)

    @property
    def providers(self) -> dict[str, Any]:
        return {item.key: item for item in (self.esia, self.other, self.only)}

    async def rows(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        async with self.db.read() as session:
            return [dict(row) for row in (await session.execute(text(sql), values)).mappings()]

    # --- accounts of the portal

    async def local(
        self,
        email: str,
        *,
        state: str = "active",
        snils: str | None = None,
        level: int = 1,
        password: str = PASSWORD,
        hashed_only: bool = False,
    ) -> UUID:
        """A local account as registration and activation leave it; `hashed_only` spares judging the password."""
        async with self.db.write() as session:
            verified = state == "active"
            person = Person(
                last_name="Печатный", first_name="Пётр", email=email, email_verified=verified,
                confirmed=verified, created_at=self.now, updated_at=self.now,
            )  # fmt: skip
            if snils is not None:
                number = Snils.parse(snils)
                person.snils_index = self.cipher.blind_index(number)
                person.snils_sealed = self.cipher.encrypt(number, aad=place(person.id, "snils_sealed"))
                person.snils_level, person.holds_snils = level, level > 1
            session.add(person)
            await session.flush()
            account = Account(
                person_id=person.id, provider_key="local", issuer=LOCAL_ISSUER, subject="", state=state,
                created_at=self.now, last_login_at=self.now,
            )  # fmt: skip
            account.subject = str(account.id)
            session.add(account)
            await session.flush()
            session.add(
                LocalCredential(
                    account_id=account.id,
                    created_at=self.now,
                    verified_at=self.now if verified else None,
                    email_index=email_index(self.cipher, email),
                )
            )
            await session.flush()
            if hashed_only:
                made = await hashing.current().hash(password)
                credential = await session.get_one(LocalCredential, account.id)
                credential.password_hash, credential.pepper_id = made.text, made.pepper_id
                credential.set_at = self.now
            else:
                await set_password(session, account.id, password, person=person, now=self.now)
        return account.id

    def index(self, snils: str) -> bytes:
        """The blind index of a number."""
        return self.cipher.blind_index(Snils.parse(snils))

    async def agree(self, account_id: UUID) -> None:
        """The account's person agrees to something: data hang on the person from then on."""
        async with self.db.write() as session:
            account = await session.get(Account, account_id)
            assert account is not None
            session.add(
                ConsentEvent(
                    person_id=account.person_id,
                    purpose="data_transfer",
                    kind="granted",
                    text_version="1",
                    text_hash="x",
                    at=self.now,
                    sid="",
                )
            )

    async def sign_in(self, account_id: UUID, browser: Browser, password: str = PASSWORD) -> bool:
        """By password, as the sign-in page does after counting the try; False when nothing opens."""
        if not await verify_password(self.db, account_id, password):
            return False
        async with self.db.write() as session:
            account = await session.get(Account, account_id)
            assert account is not None
            if account.state not in {"active", "unverified"}:
                return False
            person = await session.get(Person, account.person_id, with_for_update=True)
            assert person is not None
            browser.signed_in = await open_session(
                session, person=person, account=account, provider_key="local", acr="pwd", auth_time=self.now,
                ip="203.0.113.7", user_agent="tests", now=self.now,
            )  # fmt: skip
        return True

    # --- providers

    async def esia_sign_in(self, human: Human, browser: Browser, provider: StandIn | None = None) -> SignedIn:
        """A whole sign-in by a provider."""
        provider = provider or self.esia
        url = await start_login(
            self.db, provider, flow_id=browser.secret, public_url=PUBLIC_URL, now=self.now
        )
        state = parse_qs(urlsplit(url).query)["state"][0]
        query = {"state": state, "code": provider.code(state, human, self.now)}
        callback = Callback(browser.secret, query, "203.0.113.8", "tests")
        browser.signed_in = await finish_login(self.db, provider, callback, cipher=self.cipher, now=self.now)
        return browser.signed_in

    async def principal(self, browser: Browser) -> Principal:
        """The token of the browser's session, as the gateway would be given one."""
        async with self.db.read() as session:
            row = await live_session(session, digest(browser.handle), self.now)
        assert row is not None, "the session is over"
        return Principal(
            sub=str(row.person_id), roles=frozenset({"person"}), sid=str(row.sid), auth_time=row.auth_time
        )

    async def person_of(self, browser: Browser) -> UUID | None:
        """Whom the browser's session belongs to; None when it opens nothing."""
        async with self.db.read() as session:
            row = await live_session(session, digest(browser.handle), self.now)
        return row.person_id if row else None

    # --- links

    async def start(
        self,
        browser: Browser,
        human: Human,
        provider: StandIn | None = None,
        *,
        typed: datetime | None = None,
    ) -> Begun:
        """Begin a link in a browser, and let a human type their password at the provider for it."""
        provider = provider or self.esia
        url = await start_link(
            self.db, provider, by=await self.principal(browser), browser=browser.secret,
            public_url=PUBLIC_URL, now=self.now,
        )  # fmt: skip
        state = parse_qs(urlsplit(url).query)["state"][0]
        return Begun(state, provider.code(state, human, typed or self.now), provider)

    async def finish(
        self,
        browser: Browser,
        begun: Begun,
        *,
        secret: str | None = None,
        session_of: Browser | None = None,
        provider: StandIn | None = None,
    ) -> SignedIn:
        """The callback arrives in a browser; the browser's session is a new one after."""
        provider = provider or begun.provider
        shown = Shown(
            secret or browser.secret,
            await self.sid(session_of or browser),
            begun.state,
            provider.key,
            "203.0.113.9",
        )
        browser.signed_in = await finish_link(
            self.db,
            provider,
            shown,
            {"state": begun.state, "code": begun.code},
            cipher=self.cipher,
            now=self.now,
        )
        return browser.signed_in

    async def sid(self, browser: Browser) -> UUID | None:
        """The session of a browser as the endpoint finds it by its handle."""
        async with self.db.read() as session:
            row = await live_session(session, digest(browser.handle), self.now)
        return row.sid if row else None

    async def link(self, browser: Browser, human: Human, provider: StandIn | None = None) -> SignedIn:
        """Begin and finish."""
        return await self.finish(browser, await self.start(browser, human, provider))

    async def links(self, browser: Browser) -> dict[str, Any]:
        """What the page of links shows."""
        async with self.db.read() as session:
            return await links_of(session, await self.principal(browser), self.providers)

    async def begin_join(self, browser: Browser, account_id: UUID) -> str:
        """Begin to tie an account of the portal that was found."""
        async with self.db.write() as session:
            return str(await begin_join(session, account_id, by=await self.principal(browser), now=self.now))

    async def shown(self, browser: Browser, state: str) -> Shown:
        sid = await self.sid(browser)
        return Shown(str(sid), sid, state, "local", "203.0.113.9")

    async def join(
        self, browser: Browser, state: str, *, password: str | None = None, code: str | None = None
    ) -> SignedIn:
        """Finish it by password or code."""
        shown = await self.shown(browser, state)
        browser.signed_in = await join(
            self.db, shown, password=password, code=code, cipher=self.cipher, now=self.now
        )
        return browser.signed_in

    async def mail_code(self, browser: Browser, state: str) -> str:
        """Have a code mailed; who reads the mailbox sees it."""
        await send_join_code(self.db, await self.shown(browser, state), cipher=self.cipher, now=self.now)
        return (await self.letters("link_code"))[-1]["params"]["code"]

    async def untie(self, browser: Browser, account_id: UUID) -> None:
        async with self.db.write() as session:
            await untie(
                session, account_id, by=await self.principal(browser), providers=self.providers,
                cipher=self.cipher, now=self.now,
            )  # fmt: skip

    # --- what is left

    async def letters(self, kind: str) -> list[dict[str, Any]]:
        """Letters of a kind, opened."""
        found = await self.rows("select * from letter where kind = :kind order by issued_at, id", kind=kind)
        return [
            {
                "to": self.cipher.decrypt(row["to_sealed"], aad=f"letter|to_sealed|{row['id']}"),
                "params": json.loads(
                    self.cipher.decrypt(row["params_sealed"], aad=f"letter|params_sealed|{row['id']}")
                ),
                "person_id": row["person_id"],
            }
            for row in found
        ]

    async def journal(self, action: str) -> list[dict[str, Any]]:
        return await self.rows("select * from journal where action = :action order by at, id", action=action)

    async def account(self, account_id: UUID) -> dict[str, Any]:
        (row,) = await self.rows("select * from account where id = :id", id=account_id)
        return row
