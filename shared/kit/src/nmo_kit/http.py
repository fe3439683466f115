"""Calls between services: time-outs, trace headers, own service tokens (private_key_jwt, RFC 7523)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
from joserfc import jwt
from joserfc.jwk import ECKey
from opentelemetry.propagate import inject

from nmo_kit import clock
from nmo_kit.errors import Unavailable
from nmo_kit.json import dumps, loads

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIFETIME_S = 60
RENEW_BEFORE_S = 30


class UpstreamUnavailable(Unavailable):
    """The other service does not answer; `service` in the body names it."""

    code = "upstream_unavailable"

    def __init__(self, service: str) -> None:
        """Name the service."""
        super().__init__(service=service)
        self.service = service


class UpstreamProblem(Exception):  # noqa: N818 pairs with Problem
    """The other service answered with an error; `status` and its parsed `body`."""

    def __init__(self, service: str, status: int, body: Mapping[str, Any]) -> None:
        """Keep the answer."""
        super().__init__(f"{service} answered {status} {body.get('code', '')}")
        self.service = service
        self.status = status
        self.body = body

    @property
    def code(self) -> str:
        """Stable code of the problem."""
        return str(self.body.get("code", ""))


def client_assertion(key: ECKey, *, client_id: str, audience: str) -> str:
    """A signed statement of who calls, good for one minute and one use (RFC 7523)."""
    moment = int(clock.now().timestamp())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": moment,
        "exp": moment + ASSERTION_LIFETIME_S,
        "jti": uuid4().hex,
    }
    return jwt.encode({"alg": "ES256", "typ": "JWT"}, claims, key, algorithms=["ES256"])


class ServiceTokens:
    """Own tokens of a background part, one audience each, cached until shortly before they end."""

    def __init__(self, *, client_id: str, key_file: Path, identity_url: str, issuer: str) -> None:
        """`client_id` is the service's name; `issuer` the audience that assertions name."""
        self._client_id = client_id
        self._key = ECKey.import_key(key_file.read_text())
        self._identity_url = identity_url
        self._issuer = issuer
        self._tokens: dict[str, tuple[str, float]] = {}
        self._lock = asyncio.Lock()

    async def get(self, audience: str) -> str:
        """A bearer token for `audience`.

        Raises:
            UpstreamUnavailable: identity does not answer.
        """
        async with self._lock:
            token, ends = self._tokens.get(audience, ("", 0.0))
            if ends - RENEW_BEFORE_S > clock.now().timestamp():
                return token
            answer = await self._ask(audience)
            token = str(answer["access_token"])
            self._tokens[audience] = token, clock.now().timestamp() + float(answer["expires_in"])
            return token

    def forget(self, audience: str) -> None:
        """Ask for a new token next time: this one was refused (the keys were changed at once)."""
        self._tokens.pop(audience, None)

    async def _ask(self, audience: str) -> Mapping[str, Any]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": client_assertion(self._key, client_id=self._client_id, audience=self._issuer),
            "audience": audience,
        }
        timeout = aiohttp.ClientTimeout(total=5)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as client,
                client.post(f"{self._identity_url}/oauth2/token", data=form) as answer,
            ):
                if answer.status != 200:  # noqa: PLR2004 HTTP
                    raise UpstreamUnavailable("identity")
                body: Mapping[str, Any] = await answer.json(content_type=None)
                return body
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise UpstreamUnavailable("identity") from error


class ServiceClient:
    """JSON over HTTP to one other service."""

    def __init__(
        self, base_url: str, audience: str, tokens: ServiceTokens | None = None, *, timeout_s: float = 5.0
    ) -> None:
        """`audience` is the other service's name; without `tokens` each call needs its own token."""
        self._base_url = base_url.rstrip("/")
        self._audience = audience
        self._tokens = tokens
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, connect=2)
        self._session: aiohttp.ClientSession | None = None

    async def get_json(
        self, path: str, *, params: Mapping[str, str] | None = None, token: str | None = None
    ) -> Any:
        """GET; the parsed body of a 2xx.

        Raises:
            UpstreamUnavailable: no answer in time, or 5xx.
            UpstreamProblem: 4xx.
        """
        return await self._call("GET", path, params=params, body=None, token=token)

    async def post_json(self, path: str, body: Any, *, token: str | None = None) -> Any:
        """POST a JSON body; the parsed body of a 2xx, None for 204. Raises as `get_json`."""
        return await self._call("POST", path, params=None, body=body, token=token)

    async def close(self) -> None:
        """Close connections."""
        if self._session is not None:
            await self._session.close()

    async def _call(
        self, method: str, path: str, *, params: Mapping[str, str] | None, body: Any, token: str | None
    ) -> Any:
        if token is None and self._tokens is not None:
            token = await self._tokens.get(self._audience)
        headers = {"Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        inject(headers)
        data = None
        if body is not None:
            data = dumps(body)
            headers["Content-Type"] = "application/json"
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar())
        try:
            async with self._session.request(
                method,
                self._base_url + path,
                params=params,
                data=data,
                headers=headers,
                allow_redirects=False,
            ) as answer:
                return self._read(answer.status, await answer.read())
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise UpstreamUnavailable(self._audience) from error

    def _read(self, status: int, raw: bytes) -> Any:
        try:
            parsed = loads(raw) if raw else None
        except ValueError as error:
            raise UpstreamUnavailable(self._audience) from error
        if status >= 500 or 300 <= status < 400:  # noqa: PLR2004 HTTP classes
            raise UpstreamUnavailable(self._audience)
        if status >= 400:  # noqa: PLR2004 HTTP classes
            raise UpstreamProblem(self._audience, status, parsed if isinstance(parsed, dict) else {})
        return parsed
