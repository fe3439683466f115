"""What the administrator's pages of the exchange have in common."""

from starlette.requests import Request

from nmo_gateway.pages import guard
from nmo_gateway.pages.forms import Form
from nmo_gateway.pages.routing import Refused

PAGE = "/admin/exchange"
EXCHANGE = "/api/v1/register/exchange"
BOOKS = "/internal/books"
SHORTEST_REASON = 5


def administrator(request: Request) -> None:
    """Let the administrator of the portal through; everybody else is refused (403)."""
    if "admin" not in guard.signed_in(request).roles:
        raise Refused(403)


def reason_given(form: Form, what: str = "причину") -> bool:
    """Whether the form says why (`what`, in the accusative); a fault is noted at the field."""
    if len(form.get("reason")) < SHORTEST_REASON:
        form.add("reason", f"Напишите {what}, хотя бы {SHORTEST_REASON} знаков")
    return not form.errors
