"""What a browser sees on its way: addresses, answers' headers, refusals; cookies, codes and form tokens become canaries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import aiohttp

from nmo_local import system
from tests.e2e.visitor import Visitor
from tests.leaks.canaries import Canaries, Kind
from tests.leaks.finder import Place

ERROR = 400
SHARED_CACHES = (
    "/static/",
    "/api/v1/catalog/",
    "/api/v1/dictionaries/",
    "/catalog",
    "/login",
    "/contracts/",
    "/favicon",
)
"""What everybody may see alike, and may be kept by anybody."""
_IN_QUERY = {"code": Kind.CODE, "state": Kind.STATE}


@dataclass(slots=True)
class Trail:
    """One journey's traces."""

    canaries: Canaries
    addresses: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    refusals: dict[str, bytes] = field(default_factory=dict)
    kept_by_caches: list[str] = field(default_factory=list)
    answers: int = 0
    notes_addresses: bool = True
    """Off while addresses are made of canaries on purpose."""

    def tracing(self) -> aiohttp.TraceConfig:
        """Hooks for an HTTP client."""
        tracing = aiohttp.TraceConfig()
        tracing.on_request_end.append(self._on_answer)
        tracing.on_request_redirect.append(self._on_answer)
        tracing.on_response_chunk_received.append(self._on_body)
        return tracing

    async def _on_answer(self, _: aiohttp.ClientSession, context: SimpleNamespace, told: Any) -> None:
        answer: aiohttp.ClientResponse = told.response
        context.refused = answer.status >= ERROR and answer.content_type.endswith("problem+json")
        self._note_address(str(told.url))
        location = answer.headers.get("Location")
        if location:
            self._note_address(urljoin(str(told.url), location))
        if not str(told.url).startswith(system.PUBLIC_URL):
            return
        self.answers += 1
        for morsel in answer.cookies.values():
            self.canaries.add(Kind.COOKIE, morsel.value)
        control = answer.headers.get("Cache-Control", "")
        if "no-store" not in control and not told.url.path.startswith(SHARED_CACHES):
            self.kept_by_caches.append(f"{told.method} {told.url.path}: {answer.status} {control!r}")

    async def _on_body(self, _: aiohttp.ClientSession, context: SimpleNamespace, told: Any) -> None:
        if getattr(context, "refused", False) and str(told.url).startswith(system.PUBLIC_URL):
            key = f"{len(self.refusals):03d} {told.method}"
            self.refusals[key] = told.chunk

    def _note_address(self, address: str) -> None:
        """Keep it under its path; what the sign-in's protocol carries in queries is planted from now on."""
        if not self.notes_addresses:
            return
        parts = urlsplit(address)
        query = parse_qs(parts.query)
        host = "portal" if address.startswith(system.PUBLIC_URL) else "outside"
        self.addresses[f"{host}{parts.path}"].append(address)
        for name, kind in _IN_QUERY.items():
            if parts.path.startswith("/auth/") or host == "outside":
                self.canaries.add(kind, *query.get(name, ()))

    def places(self) -> list[Place]:
        """Addresses and refusals of the journey."""
        return [
            *(Place("url", where, "\n".join(found)) for where, found in self.addresses.items()),
            *(Place("problem", name, body) for name, body in self.refusals.items() if body.strip()),
        ]


class WatchedVisitor(Visitor):
    """A person at the portal whose trail is kept."""

    def __init__(self, person: str, trail: Trail) -> None:
        """`person` is a key of the sandbox's table."""
        super().__init__(person, trace_configs=[trail.tracing()])
        self._trail = trail

    def _remember(self, text: str) -> None:
        super()._remember(text)
        self._trail.canaries.add(Kind.CSRF, self._csrf)
