"""SCR-42: notices, «прочитано», and the page's one live stream: bell and changed statuses (NOT-01)."""

import json
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import load, services_of
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.notifications import view
from nmo_gateway.pages.routing import page_router, see
from nmo_gateway.service_errors import ServiceError, SessionEnded
from nmo_gateway.services import Services

router = page_router()
RECONNECT_MS = 5000


@router.get("/cabinet/notifications")
async def notices(request: Request, cursor: str | None = None, done: str | None = None) -> Response:
    """The page behind the bell."""
    guard.signed_in(request)
    found = await load(request, "notifications", "/api/v1/notifications", {"limit": 25, "cursor": cursor})
    return await render(
        request,
        "pages/notifications/notifications.html",
        title="Уведомления",
        found=found,
        lines=view.notices(found.items),
        unread_here=(found.data or {}).get("unread", 0),
        cursor=cursor,
        next_cursor=(found.data or {}).get("next_cursor"),
        done=done,
    )


@router.post("/cabinet/notifications/read")
async def read_all(request: Request) -> Response:
    """Mark everything read."""
    guard.signed_in(request)
    await services_of(request).post("notifications", "/api/v1/notifications/read", {"all": True})
    return see("/cabinet/notifications?done=read")


@router.get("/events")
async def events(request: Request) -> Response:
    """One stream for the page: the bell's number as a partial, ``refresh`` when something of the person's changed."""
    guard.signed_in(request)
    stream = _stream(services_of(request), request.headers.get("last-event-id"))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


async def _stream(services: Services, last_event_id: str | None) -> AsyncIterator[str]:
    """Translate the service's events; a stopped service ends the stream and the browser comes back later."""
    # The page was made before the stream began: what changed in between is asked for at once.
    yield f"retry: {RECONNECT_MS}\nevent: refresh\ndata: 1\n\n"
    try:
        source = services.stream("notifications", "/api/v1/notifications/stream", last_event_id=last_event_id)
        async for event in source:
            head = f"id: {event.id}\n" if event.id else ""
            if event.event == "unread":
                yield f"{head}data: {bell(event.data)}\n\n"
            else:
                yield f"{head}event: refresh\ndata: 1\n\n"
    except (ServiceError, SessionEnded):
        return


def bell(data: str) -> str:
    """The bell's new number as a partial for htmx; nothing but digits gets through."""
    try:
        count = int(json.loads(data)["unread"])
    except (ValueError, KeyError, TypeError):
        return ""
    return f'<hx-partial hx-target="#bell" hx-swap="innerHTML">{count}</hx-partial>'
