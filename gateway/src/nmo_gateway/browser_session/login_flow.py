"""Sign-ins under way: bound to one browser, ten minutes, one use (SSO-08, security T3)."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from nmo_gateway.browser_session import sql
from nmo_gateway.browser_session.cookies import LOGIN_LIFETIME_S
from nmo_gateway.browser_session.secrets import cookie_hash, new_cookie
from nmo_kit.db import Database
from nmo_kit.ids import uuid7


class LoginRefused(Exception):  # noqa: N818 an outcome of the flow
    """The callback does not belong to a sign-in that this browser has under way; ``code`` is stable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class BegunLogin:
    """A new sign-in: its secret for identity, and the one for the browser's cookie."""

    flow_id: str
    cookie: str


@dataclass(frozen=True, slots=True)
class TakenLogin:
    """A sign-in whose callback came, now used up."""

    flow_id: str
    return_to: str
    confirms: UUID | None = None
    """The browser session that it confirms; None for a sign-in that opens one."""


class LoginFlows:
    """Begins sign-ins and takes each once."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def begin(self, provider: str, return_to: str, *, confirms: UUID | None = None) -> BegunLogin:
        """Store a new sign-in. A cookie the browser already had plays no part: nobody can plant one.

        ``confirms``: the browser session that the person proves anew, instead of opening one.
        """
        cookie = new_cookie()
        begun = BegunLogin(_flow_secret(cookie), cookie)
        parameters = {
            "flow_id": uuid7(),
            "cookie_hash": cookie_hash(begun.cookie),
            "provider": provider,
            "return_to": return_to,
            "confirms": confirms,
            "lifetime_s": float(LOGIN_LIFETIME_S),
        }
        async with self._db.write() as db:
            await db.execute(sql.BEGIN_LOGIN, parameters)
        return begun

    async def begun(self, cookie: str | None, provider: str, *, confirms: UUID | None) -> TakenLogin:
        """The browser's sign-in under way that confirms this session; it goes on.

        Raises:
            LoginRefused: login_state_invalid.
        """
        row = None
        if cookie is not None:
            key = {"cookie_hash": cookie_hash(cookie), "provider": provider}
            async with self._db.read() as db:
                row = (await db.execute(sql.BEGUN_LOGIN, key)).mappings().one_or_none()
        if row is None or cookie is None or confirms is None or row["confirms"] != confirms:
            raise LoginRefused("login_state_invalid")
        return TakenLogin(_flow_secret(cookie), row["return_to"], row["confirms"])

    async def lead_on(self, cookie: str, return_to: str) -> None:
        """Note where a flow under way goes next."""
        async with self._db.write() as db:
            await db.execute(sql.LEAD_ON, {"cookie_hash": cookie_hash(cookie), "return_to": return_to})

    async def take(self, cookie: str | None, provider: str) -> TakenLogin:
        """Use the browser's sign-in up, before anything else is done with the callback.

        Raises:
            LoginRefused: login_state_invalid (no such sign-in in this browser, too old, or of another provider),
                login_replayed (its callback came before).
        """
        if cookie is None:
            raise LoginRefused("login_state_invalid")
        key = {"cookie_hash": cookie_hash(cookie)}
        async with self._db.write() as db:
            row = (
                (await db.execute(sql.CONSUME_LOGIN, {**key, "provider": provider})).mappings().one_or_none()
            )
            known = None if row else (await db.execute(sql.LOGIN_STATE, key)).mappings().one_or_none()
        if row is not None:
            return TakenLogin(_flow_secret(cookie), row["return_to"], row["confirms"])
        replayed = known is not None and known["used"] and known["provider"] == provider
        raise LoginRefused("login_replayed" if replayed else "login_state_invalid")


def _flow_secret(cookie: str) -> str:
    """What identity knows the browser by: made from the cookie, and the cookie cannot be made from it."""
    return hashlib.sha256(b"login_flow|" + cookie.encode("ascii", "replace")).hexdigest()
