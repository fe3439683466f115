"""The person of the request in hand: tokens on their behalf, and the session kept true to what identity says."""

from collections.abc import Mapping
from typing import Any, Protocol

import structlog

from nmo_gateway.asgi import Scope
from nmo_gateway.browser_session.cookies import Cookies, may_clear_cookies
from nmo_gateway.browser_session.model import Session
from nmo_gateway.browser_session.store import SessionStore
from nmo_gateway.service_errors import ServiceError, SessionEnded
from nmo_gateway.tokens import HopToken, Subject, TokenExchange, everyday_roles

logger = structlog.get_logger(__name__)


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
        token = await self._token(self._session, service)
        return token.value

    async def authorization(self, service: str) -> bytes | None:
        """The same as the value of ``Authorization``."""
        session = self._session
        if session is None:
            return None
        kept = self._exchange.kept(session.token_key, service)
        # What most requests find: a token at hand that tells nothing new.
        if kept is not None and not _differs(session, kept):
            return kept.field
        return (await self._token(session, service)).field

    async def _token(self, session: Session, service: str) -> HopToken:
        token = self._exchange.kept(session.token_key, service)
        if token is None:
            try:
                token = await self._exchange.get(Subject.of_session(session), service)
            except SessionEnded:
                await self._store.end(session.session_id, "revoked")
                self._forget()
                raise
        if _differs(session, token):
            await self._follow(session, token)
        return token

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
            roles=everyday_roles(known["roles"]) if "roles" in known else self._session.roles,
        )
        await self.rotate()

    async def _follow(self, session: Session, token: HopToken) -> None:
        """Bring the session's copy in line with a token's claims (a match that ended later, a role granted)."""
        if token.standing is not None:
            entry, consent, roles = token.standing
            await self._take_over(short_name=session.short_name, entry=entry, consent=consent, roles=roles)

    async def _take_over(self, *, short_name: str, entry: str, consent: bool, roles: frozenset[str]) -> None:
        if self._session is None:
            return
        updated = await self._store.update_person(
            self._session, short_name=short_name, entry=entry, consent=consent, roles=roles
        )
        if updated is not None:
            self._session = updated
            self._scope["state"]["session"] = updated

    async def rotate(self) -> None:
        """Give the session a new id with this answer; the old one lives ten seconds on for requests under way."""
        if self._session is None or self._cookie is None:
            return
        new = await self._store.rotate(self._session, self._cookie, at_once=True)
        if new is not None:
            cookies: Cookies = self._scope["state"]["cookies"]
            self._cookie = new
            self._scope["state"]["set_cookies"].append(cookies.set_sid(new))

    def _forget(self) -> None:
        request_state = self._scope["state"]
        request_state["ended_person_id"] = self._session.person_id if self._session is not None else None
        self._session = None
        request_state["session"] = None
        request_state["session_end"] = "revoked"
        if may_clear_cookies(self._scope["path"]):
            request_state["set_cookies"].extend(request_state["cookies"].clear_session())


def _differs(session: Session, token: HopToken) -> bool:
    """Whether identity says something else of the person than the session remembers."""
    return token.standing is not None and token.standing != (session.entry, session.consent, session.roles)


def _has_consent(value: Any) -> bool:
    """Identity says true/false at sign-in and the consent itself (or null) in ``/me``."""
    return value is not None and value is not False
