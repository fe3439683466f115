"""ASGI layer: who asks. A bearer token (then no cookie is read), a session cookie, or nobody."""

from collections.abc import Awaitable
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from nmo_gateway.asgi import SAFE_METHODS, App, Message, Receive, Scope, Send, header
from nmo_gateway.browser_session.cookies import API, PASSIVE, Cookies, may_clear_cookies, read_cookie
from nmo_gateway.browser_session.model import Session
from nmo_gateway.browser_session.person import Person
from nmo_gateway.browser_session.store import Lookup, SessionStore
from nmo_gateway.edge.context import trace_headers
from nmo_gateway.edge.guard import is_guarded
from nmo_gateway.edge.refusal import refuse
from nmo_gateway.services import OwnToken, Services
from nmo_gateway.tokens import TokenExchange
from nmo_gateway.upstreams import Upstreams
from nmo_kit.errors import Problem, Unauthenticated, Unavailable
from nmo_kit.tokens import TokenRefused, TokenVerifier

logger = structlog.get_logger(__name__)
WITHOUT_SESSION = ("/static/", "/livez", "/readyz", "/metrics", "/.well-known/", "/contracts/")
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="nmo", error="invalid_token"'}


@dataclass(frozen=True, slots=True)
class Bearer:
    """The verified access token of an API caller."""

    token: str
    who: str
    """The client and the person or system it speaks for, as the limits count them."""


@dataclass(slots=True)
class SessionLayer:
    """Fills ``request.state``: session, services, person, bearer, session_end (why a cookie opens nothing)."""

    app: App
    store: SessionStore
    cookies: Cookies
    exchange: TokenExchange
    upstreams: Upstreams
    verifier: TokenVerifier
    own_token: OwnToken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request_state = scope["state"]
        request_state.update(
            bearer=None, session=None, session_end=None, set_cookies=[], cookies=self.cookies
        )
        try:
            given = header(scope, b"authorization")
            bearer = None if given is None else await self._bearer(scope, given)
            cookie = None if bearer else self._cookie(scope)
            session = None if cookie is None else self.store.seen(cookie)
            if cookie is not None and session is None:
                session, cookie = await self._found(scope, cookie)
        except Problem as problem:
            await refuse(scope, receive, send, problem)
            return
        person = Person(scope, session, cookie, store=self.store, exchange=self.exchange)
        request_state.update(
            bearer=bearer,
            session=session,
            person=person,
            services=Services(self.upstreams, person, trace_headers, self.own_token),
            limit_subject=_subject(session, bearer),
        )

        def send_with_cookies(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start" and request_state["set_cookies"]:
                fields = [(b"set-cookie", text.encode("ascii")) for text in request_state["set_cookies"]]
                message["headers"] = [*message.get("headers", []), *fields]
            return send(message)

        await self.app(scope, receive, send_with_cookies)

    async def _bearer(self, scope: Scope, given: str) -> Bearer | None:
        """The caller of an API address that came with ``Authorization``, which says what is given.

        Raises:
            Unauthenticated: the header is there and no good: nobody falls back to the cookie.
        """
        if not scope["path"].startswith(API):
            return None
        scheme, _, token = given.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated(headers=CHALLENGE)
        try:
            claims = await self.verifier.verify(token.strip())
        except TokenRefused as refused:
            logger.warning("token_refused", reason=refused.reason)
            refused.headers.update(CHALLENGE)
            raise
        return Bearer(token.strip(), f"{claims['client_id']}/{claims['sub']}")

    def _cookie(self, scope: Scope) -> str | None:
        return None if scope["path"].startswith(WITHOUT_SESSION) else read_cookie(scope, self.cookies.sid)

    async def _found(self, scope: Scope, cookie: str) -> tuple[Session | None, str | None]:
        path = scope["path"]
        try:
            found = await self.store.find(cookie, passive=path in PASSIVE)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            logger.warning("session_store_down", error=type(error).__name__)
            if scope["method"] in SAFE_METHODS and not is_guarded(path) and not path.startswith(API):
                return None, None
            raise Unavailable from error
        request_state = scope["state"]
        if found.session is None:
            request_state["session_end"] = found.ended
            request_state["ended_person_id"] = found.person_id
            if may_clear_cookies(path):
                request_state["set_cookies"].extend(self.cookies.clear_session())
            return None, None
        return found.session, await self._renewed(scope, found, cookie)

    async def _renewed(self, scope: Scope, found: Lookup, cookie: str) -> str:
        """Give the session a new id when one is due and a page is asked for, not a part of one."""
        if not found.due or found.session is None or scope["method"] != "GET":
            return cookie
        if scope["path"].startswith(API) or scope["path"] in PASSIVE or header(scope, b"hx-request"):
            return cookie
        new = await self.store.rotate(found.session, cookie, at_once=False)
        if new is None:
            return cookie
        scope["state"]["set_cookies"].append(self.cookies.set_sid(new))
        return new


def _subject(session: Session | None, bearer: Bearer | None) -> UUID | str | None:
    if session is not None:
        return session.person_id
    return None if bearer is None else bearer.who
