"""Answers of services as pages get them: parsed, bounded in size, refusals as errors."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp

from nmo_gateway.service_errors import ServiceDown, ServiceProblem

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


def lower_headers(answer: aiohttp.ClientResponse) -> dict[str, str]:
    """Header fields by lower-case name."""
    return {name.lower(): value for name, value in answer.headers.items()}


async def read_body(service: str, answer: aiohttp.ClientResponse) -> bytes:
    """The whole body, 8 MiB at most. Raises ServiceDown."""
    pieces: list[bytes] = []
    size = 0
    try:
        async for piece in answer.content.iter_chunked(64 * 1024):
            size += len(piece)
            if size > MAX_JSON_BYTES:
                raise ServiceDown(service, "failed", answer.status)
            pieces.append(piece)
    except TimeoutError as error:
        raise ServiceDown(service, "timeout") from error
    except aiohttp.ClientError as error:
        raise ServiceDown(service, "unreachable") from error
    return b"".join(pieces)


def parse_body(service: str, answer: aiohttp.ClientResponse, body: bytes) -> Any:
    """JSON of the body; None when it is empty or something else. Raises ServiceDown when it is broken."""
    if not body or "json" not in answer.content_type:
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
