"""``/resume/{key}``: after the new sign-in the typed form stands there again, one press from being sent."""

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.browser_session.model import Session
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import Redirect, Refused, page_router
from nmo_gateway.runtime import Gateway

router = page_router()


@router.get("/resume/{key}")
async def resume(request: Request, key: str) -> Response:
    """Show what was typed. Nothing is sent by itself: the person looks and presses."""
    gateway: Gateway = request.app.state.gateway
    session: Session | None = request.state.session
    if session is None:
        raise Redirect("/login?return_to=" + request.url.path)
    kept = await gateway.kept_forms.read(session.person_id, key)
    if kept is None:
        raise Refused(404, "Сохранённых данных уже нет: мы держим их 30 минут. Заполните форму ещё раз.")
    return await render(request, "kept_forms/resume.html", title="Введённое сохранено", kept=kept)
