"""The form in hand, kept when its page finds that the person has to sign in or to confirm first (GWY-05)."""

from urllib.parse import urlencode
from uuid import UUID

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from nmo_gateway.asgi import Scope, header
from nmo_gateway.browser_session.csrf import replay
from nmo_gateway.browser_session.model import Session
from nmo_gateway.kept_forms.store import MAX_FIELDS, KeptForms, TypedForm

FORM = "application/x-www-form-urlencoded"
WITH_FILES = "multipart/form-data"
MAX_FILES = 20


async def keep_posted(request: Request, *, why: str) -> str | None:
    """Keep what was posted for the person of the session in hand, or of the one that has just ended; the address where it is shown again.

    None when nothing was posted, it is no form, or it cannot be kept. ``why``: see `KeptForm.why`.
    """
    session: Session | None = request.state.session
    person_id: UUID | None = (
        session.person_id if session is not None else getattr(request.state, "ended_person_id", None)
    )
    if person_id is None or not is_form(request.scope):
        return None
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    kept_forms: KeptForms = request.app.state.gateway.kept_forms
    key = await kept_forms.keep(person_id, target, _typed(await request.form()), why=why)
    return f"/resume/{key}" if key else None


def is_form(scope: Scope) -> bool:
    """Whether the request sends a form of a page."""
    kind = (header(scope, b"content-type") or "").lower()
    return scope["method"] == "POST" and kind.startswith((FORM, WITH_FILES))


async def typed_form(scope: Scope, body: bytes) -> TypedForm | None:
    """What a form in hand holds, given its whole body; None when it is malformed."""
    if (header(scope, b"content-type") or "").lower().startswith(FORM):
        return TypedForm(body)
    try:
        async with Request(scope, replay(body, None)).form(
            max_files=MAX_FILES, max_fields=MAX_FIELDS
        ) as form:
            return _typed(form)
    except MultiPartException:
        return None


def _typed(form: FormData) -> TypedForm:
    """Text fields as they are; of a file only what it was called: it has to be chosen again."""
    items = form.multi_items()
    pairs = [(name, value) for name, value in items if isinstance(value, str)]
    files = [
        (name, value.filename) for name, value in items if isinstance(value, UploadFile) and value.filename
    ]
    return TypedForm(urlencode(pairs).encode(), files)
