"""Who may open which pages, and where those who may not are sent instead (SSO-02, MAT-01).

The services decide for themselves again: this only spares readers a refusal.
"""

from urllib.parse import quote

from starlette.requests import Request

from nmo_gateway.auth.confirming import FRESH_S, confirm_address
from nmo_gateway.browser_session.model import Session
from nmo_gateway.pages.frame import session_of
from nmo_gateway.pages.routing import Redirect, Refused, login_address
from nmo_kit import clock

NEXT_STEP = {
    "restricted": "/login/next",
    "unverified": "/unverified",
    "unconfirmed": "/unconfirmed",
    "unmatched": "/consent",
    "weak": "/match/confirm",
    "conflict": "/mismatch",
    "checking": "/checking",
    "limited": "/no-account",
}
"""State of entry -> the page that tells what to do about it."""


def signed_in(request: Request) -> Session:
    """Any signed-in reader; guests go to the sign-in page and come back."""
    session = session_of(request)
    if session is None:
        raise Redirect(login_address(request))
    return session


async def confirmed(request: Request) -> Session:
    """A signed-in reader who proved a short while ago who they are; others confirm first and come back (P09).

    For pages before a risky action, so that nobody fills in a form that would be refused.
    """
    session = signed_in(request)
    known = session.confirmed_at
    if known is None or (clock.now() - known).total_seconds() > FRESH_S:
        raise Redirect(await confirm_address(request))
    return session


def specialist(request: Request) -> Session:
    """A specialist whose data match the register; others go to the page of their own step."""
    session = signed_in(request)
    step = NEXT_STEP.get(session.entry)
    if step is None and not session.consent:
        step = "/edu/applications" if session.works_for_organisation else "/consent"
    if step is not None:
        back = f"?return_to={quote(request.url.path, safe='')}" if step == "/consent" else ""
        raise Redirect(step + back)
    return session


def in_cabinet(request: Request) -> Session:
    """A person whose data match the register, or who is not in it yet; others go to the page of their own step."""
    session = signed_in(request)
    return session if session.entry == "limited" else specialist(request)


def organisation(request: Request) -> Session:
    """An employee of an educational organisation; others are refused (403)."""
    session = signed_in(request)
    if not session.works_for_organisation:
        raise Refused(403)
    return session
