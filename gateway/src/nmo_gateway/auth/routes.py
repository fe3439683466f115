"""Routes of signing in and out: ``/auth/{provider}/start``, ``/auth/{provider}/callback``, ``/logout``."""

from typing import Annotated, Any
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter, Form, Path
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from nmo_gateway.auth.confirming import renew_confirmed
from nmo_gateway.auth.ending import end_here, signed_out
from nmo_gateway.auth.failure import failure_page
from nmo_gateway.auth.linking import finish_link, go_on, is_link
from nmo_gateway.auth.opening import open_finished
from nmo_gateway.auth.return_to import local_target
from nmo_gateway.browser_session.cookies import read_cookie
from nmo_gateway.browser_session.login_flow import LoginRefused, TakenLogin
from nmo_gateway.browser_session.model import Session
from nmo_gateway.limits.address import limit_key
from nmo_gateway.runtime import Gateway
from nmo_gateway.service_errors import ServiceDown, ServiceProblem
from nmo_kit import failpoints

logger = structlog.get_logger(__name__)
router = APIRouter(include_in_schema=False)
Provider = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
SEE_OTHER = 303
UNAVAILABLE = 503
BAD_REQUEST = 400
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
MAX_PARAMETERS = 20
MAX_AGENT_CHARS = 500


def _gateway(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.gateway
    return gateway


@router.get("/auth/{provider}/start")
async def start(request: Request, provider: Provider, return_to: str = "", confirm: str = "") -> Response:
    """Begin a sign-in and send the browser to the provider (SSO-01).

    With ``confirm`` the person of the session in hand proves anew who they are (P09): no other session opens.
    """
    gateway = _gateway(request)
    other_name = _loopback_alias(request, gateway)
    if other_name is not None:
        return RedirectResponse(other_name, SEE_OTHER)
    await gateway.sign_in_limit.take("sign-in:" + limit_key(request.state.client_address))
    target = local_target(return_to) or ""
    confirmed: Session | None = request.state.session if confirm else None
    begun = await gateway.flows.begin(
        provider, target, confirms=confirmed.session_id if confirmed is not None else None
    )
    try:
        if confirmed is None:
            address = await gateway.identity.start(provider, begun.flow_id)
        else:
            address = await gateway.identity.start_confirming(
                provider, begun.flow_id, confirmed.handle, signed_out=False
            )
    except ServiceProblem as problem:
        return await failure_page(
            request, problem.status, problem.code, problem.detail, title=problem.title, return_to=target
        )
    if urlsplit(address).scheme not in {"http", "https"}:
        raise ServiceDown("identity", "failed")
    answer = RedirectResponse(address, SEE_OTHER)
    answer.headers.append("Set-Cookie", gateway.cookies.set_login(begun.cookie))
    return answer


@router.get("/auth/{provider}/confirm")
async def go_on_confirming(request: Request, provider: Provider) -> Response:
    """Back from the provider's sign-out: now it asks who one is (P09)."""
    gateway = _gateway(request)
    await gateway.sign_in_limit.take("sign-in:" + limit_key(request.state.client_address))
    session: Session | None = request.state.session
    try:
        flow = await gateway.flows.begun(
            read_cookie(request.scope, gateway.cookies.login),
            provider,
            confirms=session.session_id if session is not None else None,
        )
        if is_link(flow):
            return go_on(flow)
        address = await gateway.identity.start_confirming(
            provider, flow.flow_id, session.handle if session is not None else "", signed_out=True
        )
    except LoginRefused as refused:
        return await failure_page(request, BAD_REQUEST, refused.code)
    except ServiceProblem as problem:
        return await failure_page(request, problem.status, problem.code, problem.detail, title=problem.title)
    return RedirectResponse(address, SEE_OTHER)


@router.get("/auth/{provider}/callback")
async def callback(request: Request, provider: Provider) -> Response:
    """Finish a sign-in that this browser began; every attempt uses it up (SSO-08)."""
    gateway = _gateway(request)
    await gateway.sign_in_limit.take("callback:" + limit_key(request.state.client_address))
    try:
        flow = await gateway.flows.take(read_cookie(request.scope, gateway.cookies.login), provider)
        await failpoints.hit("gateway.login.flow_taken")
        if is_link(flow):
            return await finish_link(request, provider, flow, _finish_body(request, provider, flow))
        if flow.confirms is not None:
            return await _confirmed(request, provider, flow)
        finished = await gateway.identity.finish(_finish_body(request, provider, flow))
    except LoginRefused as refused:
        # The login cookie stays: a forged callback must not break a sign-in that is under way in this browser.
        return await failure_page(request, BAD_REQUEST, refused.code)
    except ServiceProblem as problem:
        answer = await failure_page(
            request, problem.status, problem.code, problem.detail, title=problem.title
        )
        answer.headers.append("Set-Cookie", gateway.cookies.clear_login())
        return answer
    await failpoints.hit("gateway.login.finished")
    answer = await open_finished(request, provider, finished, flow.return_to)
    answer.headers.append("Set-Cookie", gateway.cookies.clear_login())
    return answer


async def _confirmed(request: Request, provider: str, flow: TakenLogin) -> Response:
    """The person has come back from confirming: the session in hand goes on under a new id (security D1).

    Raises:
        LoginRefused: the session has changed or ended meanwhile.
        ServiceProblem: identity refused: another person came back, or nobody was asked anew.
    """
    gateway = _gateway(request)
    session: Session | None = request.state.session
    if session is None or session.session_id != flow.confirms:
        raise LoginRefused("login_state_invalid")
    await gateway.identity.finish_confirming(
        {**_finish_body(request, provider, flow), "handle": session.handle}
    )
    answer = RedirectResponse(local_target(flow.return_to) or "/cabinet", SEE_OTHER)
    answer.headers.append("Set-Cookie", gateway.cookies.clear_login())
    await renew_confirmed(request, session)
    return answer


@router.post("/logout")
async def logout(request: Request, everywhere: Annotated[str, Form()] = "") -> Response:
    """End the session here and at identity; with ``everywhere`` also at the provider, by redirect (SSO-10)."""
    provider_address = await end_here(request)
    return signed_out(request, provider_address if everywhere and provider_address else "/login?out=1")


def _loopback_alias(request: Request, gateway: Gateway) -> str | None:
    """The same address under the public name, when the browser came by the machine's other name.

    The provider returns to the public name, where the cookies of ``localhost`` would not be sent.
    """
    public = urlsplit(gateway.settings.public_url)
    asked = request.url.hostname
    if asked == public.hostname or {asked, public.hostname} - LOOPBACK:
        return None
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{gateway.settings.public_url.rstrip('/')}{request.url.path}{query}"


def _finish_body(request: Request, provider: str, flow: TakenLogin) -> dict[str, Any]:
    """The callback for identity. A parameter sent twice is left out, so that nobody reads the other of the two."""
    parameters = request.query_params
    single = {name: parameters[name] for name in parameters if len(parameters.getlist(name)) == 1}
    return {
        "provider": provider,
        "flow_id": flow.flow_id,
        "query": dict(list(single.items())[:MAX_PARAMETERS]),
        "ip": request.state.client_address,
        "user_agent": request.headers.get("user-agent", "")[:MAX_AGENT_CHARS],
    }
