"""The page first asked for, while the way to it leads through a letter: registration, a forgotten password (SSO-07, SSO-08).

The letter may be read an hour later and in another tab, so the address waits in the browser. The sign-in page takes it
out of there and into its own address.
"""

from typing import Final
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.auth.return_to import local_target
from nmo_gateway.browser_session.cookies import read_cookie
from nmo_gateway.runtime import Gateway

MAX_CHARS: Final = 3072
"""Browsers keep 4096 of name, value and attributes; a longer address is not kept."""
USUAL: Final = frozenset({"", "%2F", "%2Fcabinet"})
"""Nothing asked for: a sign-in leads where it always does."""


def keep(request: Request, response: Response, return_to: str | None) -> Response:
    """Let the browser hold the address, when it is a page of this site."""
    held = quote(local_target(return_to) or "", safe="")
    if held not in USUAL and len(held) <= MAX_CHARS:
        response.headers.append("Set-Cookie", _gateway(request).cookies.set_detour(held))
    return response


def kept(request: Request) -> str | None:
    """The address that the browser holds."""
    held = read_cookie(request.scope, _gateway(request).cookies.detour, longest=MAX_CHARS)
    return local_target(unquote(held)) if held else None


def forget(request: Request, response: Response) -> Response:
    """The browser holds it no longer."""
    response.headers.append("Set-Cookie", _gateway(request).cookies.clear_detour())
    return response


def _gateway(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.gateway
    return gateway
