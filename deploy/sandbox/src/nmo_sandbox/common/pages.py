"""Pages of the stand-ins: plain server-rendered HTML that needs no script and nothing from elsewhere."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

_templates = Environment(
    loader=PackageLoader("nmo_sandbox.common"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'"


def page(template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """Render a template into an answer with a strict content policy."""
    body = _templates.get_template(template).render(**context)
    return HTMLResponse(body, status, {"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"})


def message(title: str, text: str, *, status: int, code: str | None = None) -> HTMLResponse:
    """Show one sentence, with an error code when there is one."""
    return page("message.html", status, title=title, text=text, code=code)
