"""Static files of the pages: ``/static/...``, kept for a year when asked for with their digest."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from nmo_gateway.pages.engine import STATIC, digests
from nmo_gateway.pages.routing import Refused, page_router

router = page_router()
FOREVER = "public, max-age=31536000, immutable"
CHECKED = "public, max-age=3600, must-revalidate"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}


def static_file(name: str) -> Path | None:
    """The file of that name under ``static``; None for anything else, whatever the name tries."""
    if name not in digests():
        return None
    return STATIC / name


@router.get("/static/{name:path}")
async def static(request: Request, name: str) -> Response:
    """Serve a file; with the right ``?v=`` it may be kept for a year."""
    path = static_file(name)
    if path is None or not path.is_file():
        raise Refused(404)
    versioned = request.query_params.get("v") == digests()[name]
    headers = {"Cache-Control": FOREVER if versioned else CHECKED, "X-Content-Type-Options": "nosniff"}
    return FileResponse(path, media_type=TYPES.get(path.suffix, "application/octet-stream"), headers=headers)


@router.get("/favicon.ico")
async def favicon() -> Response:
    """Browsers ask for it by themselves."""
    return FileResponse(STATIC / "favicon.svg", media_type=TYPES[".svg"], headers={"Cache-Control": CHECKED})
