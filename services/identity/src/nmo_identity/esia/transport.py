"""HTTP to ЕСИА: bounded time and size, JSON or nothing, no redirects."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import aiohttp

from nmo_identity.esia.errors import refusal
from nmo_identity.providers.jws import TokenFault, strict_json
from nmo_identity.providers.port import ProviderRefusal

MAX_ANSWER_BYTES = 262_144
SERVER_FAULT = 500
MAX_ELEMENTS = 20
PROBE_TIMEOUT = aiohttp.ClientTimeout(total=2.5)
"""Half of the five seconds after which a person must be told (SSO-09)."""


class EsiaTransport:
    """One pool of connections; opened at the first call."""

    def __init__(self, base_url: str, *, timeout_s: float, ca_file: Path | None) -> None:
        """Take the root address and the time allowed to one call."""
        self._base_url = base_url
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, connect=min(timeout_s, 3.0))
        self._ssl: ssl.SSLContext | bool = (
            True if ca_file is None else ssl.create_default_context(cafile=str(ca_file))
        )
        self._session: aiohttp.ClientSession | None = None

    async def probe(self) -> None:
        """Whether the root address answers in time; what it answers does not matter, only that it is no failure.

        Raises:
            ProviderRefusal: `provider_unavailable`.
        """
        try:
            async with self._open().get(
                self._base_url + "/", ssl=self._ssl, allow_redirects=False, timeout=PROBE_TIMEOUT
            ) as response:
                status = response.status
        except TimeoutError:
            raise ProviderRefusal("provider_unavailable", "provider_timeout") from None
        except aiohttp.ClientError:
            raise ProviderRefusal("provider_unavailable", "provider_unreachable") from None
        if status >= SERVER_FAULT:
            raise ProviderRefusal("provider_unavailable", f"provider_http_{status}")

    async def post_form(self, path: str, form: dict[str, str]) -> dict[str, Any]:
        """POST a form once: a code is worth one try, so nothing is retried.

        Raises:
            ProviderRefusal: see `_answer`.
        """
        return await self._answer("POST", path, data=form)

    async def get_json(self, path: str, token: str) -> dict[str, Any]:
        """GET a JSON object with the person's token; one more try when ЕСИА stumbles.

        Raises:
            ProviderRefusal: see `_answer`.
        """
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        try:
            return await self._answer("GET", path, headers=headers)
        except ProviderRefusal as first:
            if first.code != "provider_unavailable":
                raise
            return await self._answer("GET", path, headers=headers)

    async def collection(self, path: str, token: str, *, wanted: bool = True) -> list[dict[str, Any]]:
        """Elements of a collection as objects; nothing is asked when it is not `wanted`.

        Where ЕСИА answers with addresses in spite of `embed`, each is fetched, if it is one of its own.

        Raises:
            ProviderRefusal: see `_answer`; `foreign_address` for an element that leads elsewhere.
        """
        if not wanted:
            return []
        body = await self.get_json(f"{path}?embed=(elements)", token)
        elements = body.get("elements") or []
        if not isinstance(elements, list):
            raise ProviderRefusal("login_provider_error", "collection_shape")
        found = [item for item in elements if isinstance(item, dict)]
        for address in [item for item in elements if isinstance(item, str)][:MAX_ELEMENTS]:
            below = address.removeprefix(self._base_url)
            if below == address or not below.startswith(path + "/"):
                raise ProviderRefusal("login_provider_error", "foreign_address")
            found.append(await self.get_json(below, token))
        return found

    async def _answer(self, method: str, path: str, **kwargs: Any) -> dict[str, Any]:
        """The JSON object of a 200 answer.

        Raises:
            ProviderRefusal: `provider_unavailable` for time-outs, broken connections and 5xx; otherwise the code of
                ЕСИА's own error; `answer_not_json` and `answer_too_large` as reasons of `login_provider_error`.
        """
        session = self._open()
        try:
            async with session.request(
                method, self._base_url + path, ssl=self._ssl, allow_redirects=False, **kwargs
            ) as response:
                body = await _bounded(response)
                status, content_type = response.status, response.content_type
        except TimeoutError:
            raise ProviderRefusal("provider_unavailable", "provider_timeout") from None
        except aiohttp.ClientError:
            raise ProviderRefusal("provider_unavailable", "provider_unreachable") from None
        if status >= SERVER_FAULT:
            raise ProviderRefusal("provider_unavailable", _number_told(body) or f"provider_http_{status}")
        try:
            found = strict_json(body, "answer_not_json")
        except TokenFault:
            reason = "answer_not_json" if status == 200 else f"provider_http_{status}"  # noqa: PLR2004 OK
            raise ProviderRefusal("login_provider_error", reason) from None
        if status != 200:  # noqa: PLR2004 OK
            raise _told(found)
        if not isinstance(found, dict):
            raise ProviderRefusal("login_provider_error", "answer_not_json")
        if not content_type.endswith("json"):
            raise ProviderRefusal("login_provider_error", "answer_not_json")
        answer: dict[str, Any] = found
        return answer

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=self._timeout, trust_env=False)
        return self._session

    async def close(self) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    body = await response.content.read(MAX_ANSWER_BYTES + 1)
    while len(body) <= MAX_ANSWER_BYTES and (
        more := await response.content.read(MAX_ANSWER_BYTES + 1 - len(body))
    ):
        body += more
    if len(body) > MAX_ANSWER_BYTES:
        raise ProviderRefusal("login_provider_error", "answer_too_large")
    return body


def _told(found: object) -> ProviderRefusal:
    """What a parsed answer says went wrong; errors come as an object or as a list of them."""
    told = found[0] if isinstance(found, list) and found else found
    told = told if isinstance(told, dict) else {}
    return refusal(told.get("error") or told.get("code"), told.get("error_description") or told.get("code"))


def _number_told(body: bytes) -> str | None:
    """The reason by ЕСИА's own number in the answer of a server that failed; None where it tells none."""
    try:
        reason = _told(strict_json(body, "answer_not_json")).reason
    except TokenFault:
        return None
    return reason if reason.startswith("esia_") else None
