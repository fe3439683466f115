"""The sign-in form that the ЕСИА stand-in and the plain OIDC provider share.

A form belongs to the browser that began the request: a cookie holds a secret, the form's hidden token is derived from
it and from the request, and neither works alone.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from nmo_sandbox.common.pages import page

PASSWORD = "sandbox"
"""Everyone's password; a stand-in keeps no secrets."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the list beside the form."""

    key: str
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Form:
    """What a sign-in page shows that does not change while a person tries.

    Attributes:
        action: path the form posts to.
        heading, banner, system, disclosed: the page's words.
        request_id: which authorization request is being answered.
        token: the hidden token of this browser for this request.
        session_name: who is signed in already, None when nobody is.
    """

    action: str
    heading: str
    banner: str
    system: str
    disclosed: str
    request_id: str
    token: str
    session_name: str | None = None

    def show(self, choices: Iterable[Choice], *, login: str = "", error: str | None = None) -> HTMLResponse:
        """Render the page; a `login` that is in the list fills both fields, an error makes the answer a 422."""
        listed = list(choices)
        known = any(choice.key == login for choice in listed)
        return page(
            "login.html",
            422 if error else 200,
            action=self.action,
            heading=self.heading,
            banner=self.banner,
            system=self.system,
            disclosed=self.disclosed,
            request_id=self.request_id,
            token=self.token,
            session_name=self.session_name,
            people=listed,
            login=login,
            password=PASSWORD if known and not error else "",
            error=error,
        )


class BrowserBinding:
    """Ties authorization requests to the browser that started them."""

    def __init__(self, cookie: str) -> None:
        self._cookie = cookie

    def secret(self, request: Request) -> str:
        """Return the browser's secret, a fresh one when it has none."""
        known = request.cookies.get(self._cookie, "")
        return known if len(known) >= 32 else secrets.token_urlsafe(32)  # noqa: PLR2004 as long as ours are

    def set(self, response: Response, secret: str) -> None:
        """Give the browser its secret."""
        response.set_cookie(self._cookie, secret, httponly=True, samesite="lax", path="/")

    @staticmethod
    def token(secret: str, request_id: str) -> str:
        """Return the hidden form token for a request."""
        return hmac.new(secret.encode(), request_id.encode(), hashlib.sha256).hexdigest()

    def fits(self, request: Request, request_id: str, token: str) -> bool:
        """Tell whether the posted token is this browser's for that request."""
        secret = request.cookies.get(self._cookie, "")
        return bool(secret) and hmac.compare_digest(self.token(secret, request_id), token)
