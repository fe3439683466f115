"""Answers of services as pages get them: parsed, bounded in size, refusals as errors."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from nmo_gateway.service_errors import ServiceDown, ServiceProblem
from nmo_gateway.upstream_http import Answer as HttpAnswer
from nmo_gateway.upstream_http import CallError, TooLongError

MAX_JSON_BYTES = 8 * 1024 * 1024
SERVER_ERROR = 500
CLIENT_ERROR = 400


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished call: status, header fields in lower case, parsed JSON (None when the body is empty)."""

    status: int
    headers: Mapping[str, str]
    json: Any

    @property
    def etag(self) -> str | None:
        """The entity tag, ready for ``if_match``."""
        return self.headers.get("etag")


@dataclass(frozen=True, slots=True)
class Download:
    """An open file of a service: pass ``chunks`` into a StreamingResponse."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]


def query_of(params: Mapping[str, Any] | None) -> str:
    """Query string with its question mark; None values are left out, lists are repeated."""
    present = {name: value for name, value in (params or {}).items() if value is not None}
    return "?" + urlencode(present, doseq=True) if present else ""


def lower_headers(answer: HttpAnswer) -> dict[str, str]:
    """Header fields by lower-case name."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in answer.headers}


async def read_body(service: str, answer: HttpAnswer) -> bytes:
    """The whole body, 8 MiB at most. Raises ServiceDown."""
    try:
        return await answer.read(MAX_JSON_BYTES)
    except TooLongError as error:
        raise ServiceDown(service, "failed", answer.status) from error
    except TimeoutError as error:
        raise ServiceDown(service, "timeout") from error
    except CallError as error:
        raise ServiceDown(service, "unreachable") from error


def parse_body(service: str, answer: HttpAnswer, body: bytes) -> Any:
    """JSON of the body; None when it is empty or something else. Raises ServiceDown when it is broken."""
    if not body or "json" not in answer.header(b"content-type"):
        return None
    try:
        return json.loads(body)
    except ValueError as error:
        raise ServiceDown(service, "failed", answer.status) from error


def raise_for(service: str, answer: Answer) -> None:
    """Turn 5xx into ServiceDown and 4xx into ServiceProblem."""
    if answer.status >= SERVER_ERROR:
        raise ServiceDown(service, "failed", answer.status)
    if answer.status >= CLIENT_ERROR:
        raise ServiceProblem(service, answer.status, answer.json if isinstance(answer.json, dict) else {})
