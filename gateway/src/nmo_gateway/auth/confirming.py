"""Step-up: a person in a session proves anew who they are before a risky action (P09, security D1)."""

from typing import Final
from urllib.parse import quote, urlsplit

from starlette.requests import Request

from nmo_gateway.browser_session.model import Session
from nmo_gateway.kept_forms.keeping import keep_posted
from nmo_gateway.runtime import Gateway
from nmo_gateway.tokens import Subject

CODE: Final = "step_up_required"
PAGE: Final = "/login/confirm"
FRESH_S: Final = 270
"""Identity asks for five minutes; half a minute is left for the form that follows."""


async def confirm_address(request: Request) -> str:
    """The page that asks to confirm, leading back to the page in hand or to the form as it was typed (GWY-05)."""
    return address_of(await _way_back(request))


def address_of(return_to: str) -> str:
    """The page that asks to confirm and leads on to ``return_to``."""
    return f"{PAGE}?return_to={quote(return_to, safe='')}"


async def _way_back(request: Request) -> str:
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method in {"GET", "HEAD"}:
        return target
    kept = await keep_posted(request, why="confirm")
    return kept or urlsplit(request.headers.get("referer", "")).path or "/cabinet"


async def renew_confirmed(request: Request, session: Session) -> None:
    """After the confirmation: new tokens, a new session id with this answer, the time noted."""
    gateway: Gateway = request.app.state.gateway
    gateway.exchange.drop(Subject.of_session(session).key)
    await gateway.store.confirmed(session.session_id)
    await request.state.person.rotate()
