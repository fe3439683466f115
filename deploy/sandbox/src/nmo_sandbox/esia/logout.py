"""Signing out of the ЕСИА stand-in."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from nmo_sandbox.common.pages import message
from nmo_sandbox.esia.authorize import SESSION_COOKIE
from nmo_sandbox.esia.core import Esia


def logout_routes(esia: Esia) -> APIRouter:
    """Return the route of signing out."""
    router = APIRouter()

    @router.get("/idp/ext/Logout")
    async def logout(request: Request, client_id: str = "", redirect_url: str = "") -> Response:
        """End the session and go to `redirect_url` when the system may send people there."""
        system = esia.systems.get(client_id)
        if redirect_url and (system is None or not system.allows_logout(redirect_url)):
            return message(
                "Выход невозможен", "Адрес возврата не разрешён системе.", status=400, code="ESIA-007023"
            )
        esia.grants.close_session(request.cookies.get(SESSION_COOKIE, ""))
        response: Response = (
            RedirectResponse(redirect_url, 302)
            if redirect_url
            else message("Вы вышли", "Сеанс на учебном стенде завершён.", status=200)
        )
        response.delete_cookie(SESSION_COOKIE, path="/")
        return response

    return router
