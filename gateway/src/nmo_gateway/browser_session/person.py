"""The person of the request in hand: tokens on their behalf, and the session kept true to what identity says."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import structlog

from nmo_gateway.asgi import Scope, state
from nmo_gateway.browser_session.cookies import Cookies
from nmo_gateway.browser_session.model import Session
from nmo_gateway.browser_session.store import SessionStore
from nmo_gateway.service_errors import ServiceError, SessionEnded
from nmo_gateway.tokens import HopToken, Subject, TokenExchange

logger = structlog.get_logger(__name__)
EVERYBODYS_ROLE = "person"


class Reader(Protocol):
    """What can read the person anew."""

    async def get(self, service: str, path: str) -> Any:
        """GET of JSON."""


class Person:
    """A guest or a signed-in person for the time of one request."""

    def __init__(
        self,
        scope: Scope,
        session: Session | None,
        cookie: str | None,
        *,
        store: SessionStore,
        exchange: TokenExchange,
    ) -> None:
        self._scope = scope
        self._session = session
        self._cookie = cookie
        self._store = store
        self._exchange = exchange

    @property
    def session(self) -> Session | None:
        """The session as it is now."""
        return self._session

    async def token(self, service: str) -> str | None:
        """Bearer token for the service; None for guests.

        Raises:
            ServiceDown: identity does not answer.
            SessionEnded: identity ended the session; it is ended here too.
        """
        if self._session is None:
            return None
        try:
            token = await self._exchange.get(Subject.of_session(self._session), service)
        except SessionEnded:
            await self._store.end(self._session.session_id, "revoked")
            self._forget()
            raise
        await self._follow(token)
        return token.value

    def forget_tokens(self) -> None:
        """Ask identity anew at the next call."""
        if self._session is not None:
            self._exchange.drop(Subject.of_session(self._session).key)

    async def refresh(self, reader: Reader, known: Mapping[str, Any] | None = None) -> None:
        """Take over the person's new state and give the session a new id (SSO-08: at each change of level).

        Args:
            reader: reads ``/api/v1/me`` when ``known`` is not given.
            known: the person as identity just answered.
        """
        if self._session is None:
            return
        self.forget_tokens()
        if known is None or "entry" not in known:
            try:
                known = await reader.get("identity", "/api/v1/me")
            except ServiceError as error:
                # The next token that identity gives tells the new state: see _follow.
                logger.warning("session_not_refreshed", error=str(error))
                return
        await self._take_over(
            short_name=str(known.get("short_name") or self._session.short_name),
            entry=str(known["entry"]),
            consent=_has_consent(known.get("consent")),
            roles=_roles(known["roles"]) if "roles" in known else self._session.roles,
        )
        await self._rotate()

    async def _follow(self, token: HopToken) -> None:
        """Bring the session's copy in line with a token's claims (a match that ended later, a role granted)."""
        session, claims = self._session, token.claims
        if session is None or "entry" not in claims:
            return
        entry, consent = str(claims["entry"]), claims.get("consent") is True
        roles = _roles(claims.get("roles"))
        if (entry, consent, roles) != (session.entry, session.consent, session.roles):
            await self._take_over(short_name=session.short_name, entry=entry, consent=consent, roles=roles)

    async def _take_over(self, *, short_name: str, entry: str, consent: bool, roles: frozenset[str]) -> None:
        if self._session is None:
            return
        updated = await self._store.update_person(
            self._session, short_name=short_name, entry=entry, consent=consent, roles=roles
        )
        if updated is not None:
            self._session = updated
            state(self._scope)["session"] = updated

    async def _rotate(self) -> None:
        if self._session is None or self._cookie is None:
            return
        new = await self._store.rotate(self._session, self._cookie, at_once=True)
        if new is not None:
            cookies: Cookies = state(self._scope)["cookies"]
            self._cookie = new
            state(self._scope)["set_cookies"].append(cookies.set_sid(new))

    def _forget(self) -> None:
        self._session = None
        request_state = state(self._scope)
        request_state["session"] = None
        request_state["session_end"] = "revoked"
        request_state["set_cookies"].extend(request_state["cookies"].clear_session())


def _roles(told: Iterable[str] | None) -> frozenset[str]:
    """Roles without the one that tokens give to whoever signed in: the sign-in and ``/me`` do not name it."""
    return frozenset(told or ()) - {EVERYBODYS_ROLE}


def _has_consent(value: Any) -> bool:
    """Identity says true/false at sign-in and the consent itself (or null) in ``/me``."""
    return value is not None and value is not False
