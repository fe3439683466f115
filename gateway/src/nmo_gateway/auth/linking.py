"""Tying a provider to the session in hand: through its sign-out and sign-in, back to the list of ways in (REG-09)."""

from typing import Any, Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from nmo_gateway.auth.opening import open_finished
from nmo_gateway.browser_session.login_flow import LoginRefused, TakenLogin
from nmo_gateway.browser_session.model import Session
from nmo_gateway.runtime import Gateway
from nmo_gateway.service_errors import ServiceDown, ServiceProblem
from nmo_gateway.services import Services

MARK: Final = "link:"
"""Begins the way back of a flow that ties; no page of ours begins so, thus nobody can ask for it."""
PAGE: Final = "/cabinet/settings/links"
SEE_OTHER: Final = 303


def is_link(flow: TakenLogin) -> bool:
    """Whether the flow ties a provider instead of signing in."""
    return flow.return_to.startswith(MARK)


async def begin_link(request: Request, session: Session, provider: str) -> Response:
    """Send the browser to the provider for a POST of this session; the flow belongs to this session and browser alone.

    Raises:
        ServiceProblem: identity refuses, `step_up_required` among the reasons.
    """
    gateway: Gateway = request.app.state.gateway
    flow = await gateway.flows.begin(provider, MARK, confirms=session.session_id)
    begun = await _services(request).post(
        "identity", "/api/v1/me/links", json={"provider": provider, "flow_id": flow.flow_id}
    )
    address = str(begun["authorize_url"])
    if urlsplit(address).scheme not in {"http", "https"}:
        raise ServiceDown("identity", "failed")
    await gateway.flows.lead_on(flow.cookie, MARK + address)
    answer = RedirectResponse(str(begun["sign_out_url"] or address), SEE_OTHER)
    answer.headers.append("Set-Cookie", gateway.cookies.set_login(flow.cookie))
    return answer


def go_on(flow: TakenLogin) -> Response:
    """Back from the provider's sign-out: on to its sign-in."""
    return RedirectResponse(flow.return_to.removeprefix(MARK), SEE_OTHER)


async def finish_link(request: Request, provider: str, flow: TakenLogin, body: dict[str, Any]) -> Response:
    """The callback: both sides are proven, the session is a new one; a refusal is told on the page of links.

    Raises:
        LoginRefused: the session has changed or ended meanwhile.
    """
    gateway: Gateway = request.app.state.gateway
    session: Session | None = request.state.session
    if session is None or session.session_id != flow.confirms:
        raise LoginRefused("login_state_invalid")
    try:
        finished = await gateway.identity.finish_link({**body, "handle": session.handle})
    except ServiceProblem as problem:
        answer: Response = RedirectResponse(f"{PAGE}?refused={problem.code}", SEE_OTHER)
    else:
        answer = await opened_linked(request, provider, finished, "linked")
    answer.headers.append("Set-Cookie", gateway.cookies.clear_login())
    return answer


def _services(request: Request) -> Services:
    services: Services = request.state.services
    return services


async def opened_linked(
    request: Request, provider: str, finished: dict[str, Any], done: str
) -> RedirectResponse:
    """The new session, on the page of links: it is open before the match, and says what has become of the link."""
    answer = await open_finished(request, provider, finished, PAGE)
    answer.headers["Location"] = f"{PAGE}?done={done}"
    return answer
