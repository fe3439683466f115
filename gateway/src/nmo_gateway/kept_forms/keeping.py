"""The form in hand, kept when its page finds that the person has to sign in or to confirm first (GWY-05)."""

from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request

from nmo_gateway.browser_session.model import Session
from nmo_gateway.kept_forms.store import KeptForms

FORM = "application/x-www-form-urlencoded"


async def keep_posted(request: Request, *, why: str) -> str | None:
    """Keep what was posted for the person of the session in hand, or of the one that has just ended; the address where it is shown again.

    None when nothing was posted, it is no plain form, or it cannot be kept. ``why``: see `KeptForm.why`.
    """
    session: Session | None = request.state.session
    person_id: UUID | None = (
        session.person_id if session is not None else getattr(request.state, "ended_person_id", None)
    )
    kind = request.headers.get("content-type", "").lower()
    if person_id is None or request.method != "POST" or not kind.startswith(FORM):
        return None
    form = await request.form()
    pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    kept_forms: KeptForms = request.app.state.gateway.kept_forms
    key = await kept_forms.keep(person_id, target, urlencode(pairs).encode(), why=why)
    return f"/resume/{key}" if key else None
