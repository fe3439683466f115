"""Four nets against forged requests (security D2, T12): no change on GET, origin, form token, Strict write cookie."""

from collections.abc import Awaitable
from typing import Final
from urllib.parse import parse_qsl

from starlette.formparsers import MultiPartException
from starlette.requests import Request

from nmo_gateway.asgi import SAFE_METHODS, App, Message, Receive, Scope, Send, header
from nmo_gateway.browser_session.cookies import Cookies, read_cookie
from nmo_gateway.browser_session.model import Session
from nmo_gateway.browser_session.secrets import SessionSecrets, same
from nmo_gateway.edge.refusal import refuse
from nmo_kit.errors import Problem

TOKEN_FIELD: Final = "csrf_token"  # noqa: S105 the field's name
TOKEN_HEADER: Final = b"x-csrf-token"
MAX_FIELDS = 1000
# Clients prove themselves there by their own secret or token; no cookie is read.
COOKIELESS: Final = ("/oauth2/", "/.well-known/", "/contracts/")


class ForgedRequest(Problem):
    """The request did not come from a page of this site."""

    status, code, title = 403, "csrf_refused", "Запрос отклонён"
    detail = "Запрос пришёл не со страницы портала. Откройте страницу заново и повторите действие."

    def __init__(self, reason: str) -> None:
        """Take which net caught it: cross_site, origin_missing, write_cookie, form_token."""
        super().__init__(reason=reason)
        self.reason = reason


def origin_fault(scope: Scope, own_origin: str, *, with_cookie: bool) -> str | None:
    """Check where the request came from; None when from our own page.

    ``Sec-Fetch-Site`` decides where the browser sends it, else ``Origin``. A request with neither is refused when it
    carries a session; a guest's has nothing to misuse.
    """
    site = header(scope, b"sec-fetch-site")
    if site is not None:
        return None if site == "same-origin" else "cross_site"
    origin = header(scope, b"origin")
    if origin is not None:
        return None if origin.lower() == own_origin.lower() else "cross_site"
    return "origin_missing" if with_cookie else None


class CsrfLayer:
    """Refuses forged unsafe requests. Requests with a bearer token read no cookie and pass."""

    def __init__(self, app: App, *, own_origin: str, cookies: Cookies, secrets: SessionSecrets) -> None:
        self._app = app
        self._own_origin = own_origin
        self._cookies = cookies
        self._secrets = secrets

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request."""
        if (
            scope["method"] in SAFE_METHODS
            or scope["state"]["bearer"]
            or scope["path"].startswith(COOKIELESS)
        ):
            return self._app(scope, receive, send)
        return self._if_genuine(scope, receive, send)

    async def _if_genuine(self, scope: Scope, receive: Receive, send: Send) -> None:
        session: Session | None = scope["state"]["session"]
        fault = origin_fault(scope, self._own_origin, with_cookie=session is not None)
        if fault is None and session is not None:
            if not same(
                read_cookie(scope, self._cookies.write), self._secrets.write_cookie(session.session_id)
            ):
                fault = "write_cookie"
            else:
                fault, receive = await self._check_token(scope, receive, session.csrf_token)
        if fault is not None:
            await refuse(scope, receive, send, ForgedRequest(fault))
            return
        await self._app(scope, receive, send)

    async def _check_token(self, scope: Scope, receive: Receive, expected: str) -> tuple[str | None, Receive]:
        """Find the token in the header or in the form; the body read for it is given on as it came."""
        given = header(scope, TOKEN_HEADER)
        if given is not None:
            return (None if same(given, expected) else "form_token"), receive
        kind = (header(scope, b"content-type") or "").lower()
        if scope["path"].startswith("/api/") or not kind.startswith(
            ("application/x-www-form-urlencoded", "multipart/form-data")
        ):
            return "form_token", receive
        body = await read_body(receive)
        if body is None:
            return "form_token", receive
        found = await _tokens_in(scope, body, multipart=kind.startswith("multipart/"))
        fault = None if len(found) == 1 and same(found.pop(), expected) else "form_token"
        return fault, replay(body, receive)


async def read_body(receive: Receive) -> bytes | None:
    """The whole body; None when the client went away. Its size is bounded by the layer of size limits."""
    pieces: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(pieces)


async def _tokens_in(scope: Scope, body: bytes, *, multipart: bool) -> set[str]:
    if not multipart:
        try:
            pairs = parse_qsl(
                body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS
            )
        except ValueError:
            return set()
        return {value for name, value in pairs if name == TOKEN_FIELD}
    try:
        async with Request(scope, replay(body, None)).form(max_files=20, max_fields=MAX_FIELDS) as form:
            return {
                value for name, value in form.multi_items() if name == TOKEN_FIELD and isinstance(value, str)
            }
    except MultiPartException:
        return set()


def replay(body: bytes, rest: Receive | None) -> Receive:
    """Give a body that was read once more, then what `rest` has to say."""
    given = False

    async def receive() -> Message:
        nonlocal given
        if not given:
            given = True
            return {"type": "http.request", "body": body, "more_body": False}
        if rest is None:
            return {"type": "http.disconnect"}
        return await rest()

    return receive
