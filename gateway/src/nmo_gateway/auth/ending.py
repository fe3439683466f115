"""Ending the session in hand: here, at identity, in the browser (SSO-10, security D3)."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from nmo_gateway.auth.telling import tell_end
from nmo_gateway.browser_session.ends import Untold
from nmo_gateway.browser_session.model import Session
from nmo_gateway.runtime import Gateway
from nmo_gateway.tokens import Subject
from nmo_kit import failpoints

SEE_OTHER = 303
# "cookies" is left out on purpose: it would forget the version for the visually impaired on a person's own computer.
# The session's cookies are removed one by one.
CLEAR_SITE_DATA = '"cache", "storage"'


async def end_here(request: Request) -> str | None:
    """End the browser's session and identity's; where the provider's can be ended. Guests have nothing to end."""
    gateway: Gateway = request.app.state.gateway
    session: Session | None = request.state.session
    if session is None:
        return None
    await gateway.store.end(session.session_id, "logout")
    gateway.exchange.drop(Subject.of_session(session).key)
    await failpoints.hit("gateway.logout.session_ended")
    return await tell_end(
        gateway.ends, gateway.identity, Untold(session.session_id, session.handle, "logout")
    )


def signed_out(request: Request, target: str) -> Response:
    """Send the browser on, without the session's cookies and without what it has stored of the cabinet."""
    gateway: Gateway = request.app.state.gateway
    answer = RedirectResponse(target, SEE_OTHER, {"Clear-Site-Data": CLEAR_SITE_DATA})
    for field in gateway.cookies.clear_session():
        answer.headers.append("Set-Cookie", field)
    return answer
