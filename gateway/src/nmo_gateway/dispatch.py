"""The inside of the gateway: a request goes to a service, to the OpenAPI documents, or to the pages."""

import json
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import parse_qs, parse_qsl, urlencode

import structlog

from nmo_gateway.asgi import (
    SAFE_METHODS,
    App,
    Message,
    Receive,
    Scope,
    Send,
    answer,
    raw_header,
    redirect,
)
from nmo_gateway.auth.return_to import NEXT, OWED, local_target
from nmo_gateway.browser_session.csrf import read_body, replay
from nmo_gateway.browser_session.layer import Bearer
from nmo_gateway.browser_session.model import Session
from nmo_gateway.browser_session.wanted import WantedPages
from nmo_gateway.edge.guard import diversion, may_enter, over_word, sign_in_address
from nmo_gateway.edge.refusal import AUTHORIZE, BROWSED, refuse, wants_json
from nmo_gateway.kept_forms.keeping import is_form, typed_form
from nmo_gateway.kept_forms.store import KeptForms
from nmo_gateway.proxy.forward import Forward, Forwarder, problem_of
from nmo_gateway.proxy.openapi import ALL, Documents
from nmo_gateway.proxy.routing import METHODS, Route, deadline_for, is_plain, route_for
from nmo_gateway.proxy.second_try import KeptBody, KeptRefusal
from nmo_gateway.service_errors import ServiceDown, SessionEnded
from nmo_gateway.services import STATE_CHANGING
from nmo_gateway.tokens import Subject, TokenExchange
from nmo_gateway.upstreams import Deadline
from nmo_kit.errors import NotFound, Problem, Unauthenticated
from nmo_kit.json import dumps

logger = structlog.get_logger(__name__)
PROGRAM_PREFIXES = ("/api/", "/oauth2/", "/.well-known/", "/contracts/")
AUTHORIZE_METHODS = ("GET", "HEAD", "POST")
MAX_AUTHORIZE_BODY = 8192
MAX_AUTHORIZE_FIELDS = 40
REVOKE = "/oauth2/revoke"
ERROR = 400
UNAUTHORIZED = 401
SERVER_ERROR = 500


class MethodNotAllowed(Problem):
    """The gateway passes only the usual methods on."""

    status, code, title = 405, "method_not_allowed", "Способ запроса не подходит"
    detail = "Этот адрес не принимает такой способ запроса."
    fields: ClassVar = {"Allow": ", ".join(sorted(METHODS))}


class PageForbidden(Problem):
    """The page is the work place of other people."""

    status, code, title = 403, "forbidden", "Нет доступа"
    detail = "У вас нет доступа к этой странице. Его даёт администратор вашей организации."


@dataclass(slots=True)
class Dispatch:
    """Chooses by the address. Everything a service or a page may raise here becomes an answer."""

    pages: App
    forwarder: Forwarder
    exchange: TokenExchange
    documents: Documents
    kept_forms: KeptForms
    wanted: WantedPages
    deadline: Deadline

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        path: str = scope["path"]
        try:
            if scope["method"] not in METHODS:
                await refuse(scope, receive, send, MethodNotAllowed())
            elif not is_plain(path, scope.get("raw_path") or path.encode()):
                await refuse(scope, receive, send, NotFound())
            elif path in BROWSED:
                await self._browsed(scope, receive, send)
            elif path.startswith(PROGRAM_PREFIXES):
                await self._program(scope, receive, send)
            else:
                await self._page(scope, receive, send)
        except ServiceDown as down:
            problem = problem_of(down)
            logger.warning("service_down", service=down.service, reason=down.reason)
            await refuse(scope, receive, send, problem, service=down.service)
        except SessionEnded:
            await self._ask_to_sign_in(scope, receive, send)

    async def _browsed(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What partner portals send a browser to."""
        if scope["method"] not in AUTHORIZE_METHODS:
            allowed = {"Allow": ", ".join(AUTHORIZE_METHODS)}
            await refuse(scope, receive, send, MethodNotAllowed(headers=allowed))
        elif scope["method"] == "POST":
            # OIDC asks for POST too. As a GET it may carry the Lax cookie; nothing is changed by it.
            await redirect(send, scope["path"] + "?" + await _small_form(receive))
        elif scope["path"] == AUTHORIZE:
            await self._authorize(scope, receive, send)
        else:
            await self.pages(scope, receive, send)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        session: Session | None = scope["state"]["session"]
        elsewhere = diversion(scope, session, scope["state"]["session_end"])
        if elsewhere is not None:
            await redirect(send, await self._with_form_kept(scope, receive) or elsewhere)
        elif session is not None and not may_enter(scope["path"], session):
            await refuse(scope, receive, send, PageForbidden())
        else:
            await self.pages(scope, receive, send)

    async def _with_form_kept(self, scope: Scope, receive: Receive) -> str | None:
        """Sign-in address that leads back to what was typed when the session had run out (GWY-05)."""
        person_id = scope["state"].get("ended_person_id")
        if person_id is None or not is_form(scope):
            return None
        body = await read_body(receive)
        form = None if body is None else await typed_form(scope, body)
        key = (
            None
            if form is None
            else await self.kept_forms.keep(person_id, _target(scope).decode("ascii", "replace"), form)
        )
        why = over_word(scope["state"]["session_end"]) or "1"
        return None if key is None else f"/login?return_to=%2Fresume%2F{key}&expired={why}"

    async def _program(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        service = self.documents.is_one(path)
        if service is not None or path == ALL:
            scope["state"]["route_label"] = "/api/v1/{service}/openapi.json"
            document = await (self.documents.joined() if service is None else self.documents.one(service))
            await answer(send, 200, [(b"content-type", b"application/json")], dumps(document))
            return
        route = route_for(path)
        if route is None:
            await refuse(scope, receive, send, NotFound())
            return
        scope["state"]["route_label"] = route.label
        authorization = (
            raw_header(scope, b"authorization") if route.as_is else await self._token(scope, route)
        )
        forward = Forward(route.service, _target(scope), authorization, deadline_for(path, self.deadline))
        if path == REVOKE:
            await self._revoke(scope, receive, send, forward)
        elif route.as_is or authorization is None:
            await self.forwarder(scope, receive, self._watched(scope, send), forward)
        else:
            await self._with_second_token(scope, receive, send, route, forward)

    async def _with_second_token(
        self, scope: Scope, receive: Receive, send: Send, route: Route, forward: Forward
    ) -> None:
        """Pass on; a token refused because the person's rights have just changed is made anew once (security D7).

        The gate refuses before anything is done, so the same request may be sent again.
        """
        body = KeptBody(scope, receive)
        first = KeptRefusal(self._watched(scope, send))
        await self.forwarder(scope, body.receive, first, forward)
        if first.is_kept and body.is_whole:
            await self._follow(scope, UNAUTHORIZED)
            forward.authorization = await self._token(scope, route)
            await self.forwarder(scope, body.again, self._watched(scope, send), forward)
        elif first.is_kept:
            await first.give()

    async def _revoke(self, scope: Scope, receive: Receive, send: Send, forward: Forward) -> None:
        """Revocation at identity: tokens made here from the revoked one would outlive it by up to two minutes."""
        body = await read_body(receive)
        if body is None:
            return

        async def forget_and_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                for _, value in _pairs(body):
                    self.exchange.drop(Subject.of_bearer(value).key)
            await send(message)

        await self.forwarder(scope, replay(body, receive), forget_and_send, forward)

    async def _token(self, scope: Scope, route: Route) -> bytes | None:
        """Header for the service. Guests have none: the service decides what they may read."""
        bearer: Bearer | None = scope["state"]["bearer"]
        if bearer is not None:
            token = await self.exchange.get(Subject.of_bearer(bearer.token), route.service)
            return token.field
        authorization: bytes | None = await scope["state"]["person"].authorization(route.service)
        return authorization

    def _watched(self, scope: Scope, send: Send) -> Send:
        """Before the answer's head goes out: note what it means for tokens and the session."""
        changing = scope["method"] not in SAFE_METHODS and scope["path"].startswith(STATE_CHANGING)

        async def follow_and_send(message: Message) -> None:
            await self._follow(scope, int(message["status"]))
            await send(message)

        def send_and_follow(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start" and (changing or message["status"] == UNAUTHORIZED):
                return follow_and_send(message)
            return send(message)

        return send_and_follow

    async def _follow(self, scope: Scope, status: int) -> None:
        bearer: Bearer | None = scope["state"]["bearer"]
        changed = status < ERROR
        if bearer is not None and (changed or status == UNAUTHORIZED):
            self.exchange.drop(Subject.of_bearer(bearer.token).key)
        elif status == UNAUTHORIZED:
            scope["state"]["person"].forget_tokens()
        elif changed:
            await scope["state"]["person"].refresh(scope["state"]["services"])

    async def _authorize(self, scope: Scope, receive: Receive, send: Send) -> None:
        """OIDC authorization request of a partner portal: needs a session here, is answered by identity (SSO-07).

        A session that owes a step does it first, and the request waits with it.
        """
        scope["state"]["route_label"] = AUTHORIZE
        silent = parse_qs((scope["query_string"] or b"").decode("latin-1")).get("prompt") == ["none"]
        session: Session | None = scope["state"]["session"]
        if session is None and not silent:
            await redirect(send, sign_in_address(scope, expired=False))
            return
        if session is not None and session.entry in OWED and not silent:
            request = local_target(_target(scope).decode("ascii", "replace"))
            if request is not None:
                await self.wanted.keep(session.session_id, request)
            await redirect(send, NEXT)
            return
        try:
            token = await scope["state"]["person"].token("identity")
        except SessionEnded:
            if not silent:
                raise
            token = None
        forward = Forward(
            "identity", _target(scope), f"Bearer {token}".encode() if token else None, self.deadline
        )
        reader = _ProtocolReader(send, pages=not wants_json(scope))
        await self.forwarder(scope, receive, reader, forward)
        if reader.status == UNAUTHORIZED:
            # Ended at identity a moment ago: asked anew, it says so and the browser is sent to sign in.
            scope["state"]["person"].forget_tokens()
            raise SessionEnded
        if reader.refusal is not None:
            await refuse(scope, receive, send, reader.refusal)

    async def _ask_to_sign_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith("/api/"):
            await refuse(scope, receive, send, Unauthenticated())
        else:
            await redirect(send, sign_in_address(scope, expired=True))


@dataclass(slots=True)
class _ProtocolReader:
    """Passes identity's answer on; a refusal that a person would see as JSON is kept back for a page."""

    send: Send
    pages: bool
    status: int = 0
    body: bytes = b""

    async def __call__(self, message: Message) -> None:
        """Take one message of the answer."""
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
        if self._is_kept:
            self.body += message.get("body", b"")
        else:
            await self.send(message)

    @property
    def _is_kept(self) -> bool:
        return self.status == UNAUTHORIZED or (self.pages and self.status >= ERROR)

    @property
    def refusal(self) -> Problem | None:
        """The problem of an answer that was kept back; of a fault inside, nothing is taken over."""
        if not self._is_kept:
            return None
        try:
            told = json.loads(self.body) if self.status < SERVER_ERROR else {}
        except ValueError:
            told = {}
        detail = told.get("detail") if isinstance(told, dict) else None
        kind: type[Problem] = type("AuthorizationRefused", (Problem,), {"status": self.status})
        return kind(str(detail) if detail else None)


def _target(scope: Scope) -> bytes:
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope.get("query_string") or b""
    return raw + b"?" + query if query else raw


async def _small_form(receive: Receive) -> str:
    body = b""
    while len(body) <= MAX_AUTHORIZE_BODY:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] != "http.request" or not message.get("more_body", False):
            break
    return urlencode(_pairs(body))


def _pairs(body: bytes) -> list[tuple[str, str]]:
    """Fields of a small form; none of one that is no form."""
    try:
        return parse_qsl(
            body[:MAX_AUTHORIZE_BODY].decode("utf-8", "replace"),
            keep_blank_values=True,
            max_num_fields=MAX_AUTHORIZE_FIELDS,
        )
    except ValueError:
        return []
