"""Signing out of the plain OIDC provider; every system that knows of the session is told (Back-Channel Logout 1.0)."""

import asyncio
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlencode, urlsplit

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from nmo_sandbox.common.pages import message
from nmo_sandbox.oidc.core import Provider
from nmo_sandbox.oidc.sessions import COOKIE

TIMEOUT_S = 5.0
logger = structlog.get_logger(__name__)


async def logout(provider: Provider, request: Request) -> Response:
    """End the browser's session and go to a listed address; an unlisted one is told here and ends nothing."""
    query = request.query_params
    address, state = query.get("post_logout_redirect_uri", ""), query.get("state", "")
    client = provider.clients.get(query.get("client_id", ""))
    if address and (client is None or address not in client.post_logout_redirect_uris):
        return message("Выход невозможен", "Адрес возврата не разрешён системе.", status=400)
    await end_session(provider, request.cookies.get(COOKIE, ""))
    response: Response = message("Вы вышли", "Сеанс на учебном стенде завершён.", status=200)
    if address:
        joint = "&" if "?" in address else "?"
        echoed = f"{joint}{urlencode({'state': state})}" if state else ""
        response = RedirectResponse(address + echoed, 302)
    response.delete_cookie(COOKIE)
    return response


async def end_session(provider: Provider, handle: str) -> None:
    """End a session and wait until its systems were told; one that cannot be reached keeps nobody."""
    session = provider.sessions.end(handle)
    if session is None:
        return
    calls = []
    for client_id in sorted(session.clients):
        client = provider.clients.get(client_id)
        if client is not None and client.backchannel_logout_uri:
            token = provider.logout_token(client_id, client, session)
            calls.append(asyncio.to_thread(_tell, client_id, client.backchannel_logout_uri, token))
    await asyncio.gather(*calls)


def _tell(client_id: str, address: str, token: str) -> None:
    parts = urlsplit(address)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc, timeout=TIMEOUT_S)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        connection.request("POST", path, urlencode({"logout_token": token}), headers)
        logger.info("backchannel_logout", client=client_id, status=connection.getresponse().status)
    except (OSError, HTTPException) as error:
        logger.warning("backchannel_logout", client=client_id, error=type(error).__name__)
    finally:
        connection.close()
