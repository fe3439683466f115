"""Answers that the gateway gives by itself: problem+json for programs, a page for people."""

from collections.abc import Mapping

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from nmo_gateway.asgi import Receive, Scope, Send, header
from nmo_kit import context, errors

logger = structlog.get_logger(__name__)
API_PREFIXES = ("/api/", "/oauth2/", "/.well-known/", "/contracts/")
AUTHORIZE = "/oauth2/authorize"
END_SESSION = "/oauth2/logout"
BROWSED = frozenset({AUTHORIZE, END_SESSION})
"""The addresses of the protocol that people open in a browser."""
PLAIN = """<!doctype html>
<html lang="ru"><head><meta charset="utf-8"><title>{title} — Портал НМФО</title></head>
<body><h1>{title}</h1><p>{detail}</p><p>Код обращения: {reference}</p><p><a href="/">На главную</a></p></body></html>
"""


def wants_json(scope: Scope) -> bool:
    """Whether a program asks: an API address, or anything that does not take HTML."""
    accept = header(scope, b"accept") or ""
    if scope["path"].startswith(API_PREFIXES):
        return scope["path"] not in BROWSED or "text/html" not in accept
    return "text/html" not in accept and "json" in accept


async def refuse(
    scope: Scope, receive: Receive, send: Send, problem: errors.Problem, *, service: str | None = None
) -> None:
    """Send the problem in the form its reader takes. ``service`` names the part that is down."""
    if wants_json(scope):
        answer = errors.render(problem, instance=scope["path"])
    else:
        answer = await page(Request(scope, receive), problem, service=service)
    await answer(scope, receive, send)


async def page(request: Request, problem: errors.Problem, *, service: str | None = None) -> Response:
    """The error page of the pages' own frame; a plain one when even that fails."""
    headers = dict(problem.headers)
    try:
        # Imported late: the pages import half of the gateway.
        from nmo_gateway.pages.errors.view import render_error

        answer: Response = await render_error(
            request, problem.status, detail=problem.message, service=service
        )
    except Exception as error:
        logger.exception("error_page_failed", error=type(error).__name__)
        answer = plain_page(problem.status, problem.title, problem.message)
    answer.headers.update(headers)
    return answer


def plain_page(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """A page that needs no template, no session and no service."""
    from html import escape

    text = PLAIN.format(title=escape(title), detail=escape(detail), reference=escape(context.trace_id()))
    return HTMLResponse(text, status, dict(headers or {}))
