"""What OpenAPI says of the protocols' endpoints: forms and errors as RFC 6749, 7009 and 7662 give them."""

from __future__ import annotations

from typing import Any

FORM = "application/x-www-form-urlencoded"
_ERROR = {
    "type": "object",
    "required": ["error", "error_description"],
    "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
}
_ANSWER = {"application/json": {"schema": _ERROR}}
OAUTH_ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"description": "OAuth 2.0 error", "content": _ANSWER},
    401: {"description": "The client is unknown or did not prove itself", "content": _ANSWER},
}
ELSEWHERE: dict[int | str, dict[str, Any]] = {303: {"description": "To the sign-in page, and back after it"}}
"""Nobody is signed in yet."""
_CLIENT = ("client_id", "client_secret", "client_assertion_type", "client_assertion")


def form(*required: str, also: tuple[str, ...] = ()) -> dict[str, Any]:
    """`openapi_extra` of an endpoint that takes a form; how a client proves itself is added."""
    fields = {name: {"type": "string"} for name in (*required, *also, *_CLIENT)}
    schema = {"type": "object", "required": list(required), "properties": fields}
    return {"requestBody": {"required": True, "content": {FORM: {"schema": schema}}}}
