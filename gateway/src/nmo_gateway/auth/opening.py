"""A finished sign-in becomes a session of this browser, whatever the way was."""

from datetime import datetime
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse

from nmo_gateway.auth.return_to import OWED, after_form, destination, local_target
from nmo_gateway.browser_session.model import Session
from nmo_gateway.browser_session.store import NewSession
from nmo_gateway.runtime import Gateway
from nmo_gateway.tokens import Subject
from nmo_kit import failpoints

SEE_OTHER = 303


async def open_finished(
    request: Request, provider: str, finished: dict[str, Any], return_to: str
) -> RedirectResponse:
    """Open the session that identity's answer tells of and send the browser on (SSO-01).

    A session that this browser had until now ends; identity is told of ended ones after the answer. The caller adds the
    cookies of its own flow.
    """
    gateway: Gateway = request.app.state.gateway
    opened = await gateway.store.open(_new_session(provider, finished))
    await failpoints.hit("gateway.login.session_opened")
    before: Session | None = request.state.session
    if before is not None:
        await gateway.store.end(before.session_id, "replaced")
        gateway.exchange.drop(Subject.of_session(before).key)
    target = destination(opened.session, return_to)
    await keep_wanted(gateway, opened.session, return_to)
    answer = RedirectResponse(after_form(target) if request.method == "POST" else target, SEE_OTHER)
    for field in (
        gateway.cookies.set_sid(opened.cookie),
        gateway.cookies.set_write(gateway.secrets.write_cookie(opened.session.session_id)),
    ):
        answer.headers.append("Set-Cookie", field)
    if opened.displaced or before is not None:
        gateway.ends.changed.set()
    return answer


async def keep_wanted(gateway: Gateway, session: Session, return_to: str) -> None:
    """Keep the page first asked for while the session owes a step: it is opened after the step (SSO-08)."""
    wanted = local_target(return_to)
    if session.entry in OWED and wanted is not None:
        await gateway.wanted.keep(session.session_id, wanted)


def _new_session(provider: str, finished: dict[str, Any]) -> NewSession:
    session, person = finished["session"], finished["person"]
    previous = person.get("previous_login_at")
    return NewSession(
        person_id=UUID(str(person["person_id"])),
        sid=str(session["sid"]),
        handle=str(session["handle"]),
        provider=provider,
        short_name=str(person["short_name"]),
        entry=str(person["entry"]),
        consent=bool(person["consent"]),
        roles=frozenset(str(role) for role in person["roles"]),
        previous_login_at=datetime.fromisoformat(previous) if previous else None,
    )
