"""Asks the register over REST: own signed token, time-outs, one error for «does not answer»."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from nmo_kit.ids import uuid7
from nmo_kit.json import loads
from nmo_registry.frmr.values import number_in

logger = structlog.get_logger(__name__)
TOKEN_LIFETIME_S = 300
RENEW_BEFORE_S = 60
SILENCE_S = 30.0
"""Longest pause within a dump."""
USUAL_PAUSE_S, LONGEST_PAUSE_S = 10.0, 3600.0
"""How long a busy register is left alone when it does not say, and at most."""
LONGEST_LINE = 4 * 1024 * 1024


class RegisterUnavailableError(Exception):
    """The register does not answer as it should: no connection, time-out, 5xx, broken JSON. The reason is for logs."""


class AnswerUnreadableError(RegisterUnavailableError):
    """One answer is no JSON of the right shape: cut short, or in another encoding.

    Attributes:
        number: the person's number, if it can still be told; empty otherwise.
    """

    def __init__(self, reason: str, *, number: str = "") -> None:
        super().__init__(reason)
        self.number = number


class RegisterBusyError(RegisterUnavailableError):
    """The register wants no question for a while (429).

    Attributes:
        retry_after_s: seconds until it may be asked again.
    """

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("status 429")
        self.retry_after_s = retry_after_s


class CursorExpiredError(Exception):
    """The change feed no longer knows the cursor; reading starts anew."""


class RegisterRefusedError(Exception):
    """The register refuses this system (4xx other than «not found»): a fault of configuration, not of the moment."""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One person in the change feed."""

    oid: str
    removed: bool


@dataclass(frozen=True, slots=True)
class FeedPage:
    """A page of the change feed; `remaining` counts entries from the asked cursor on, this page's included."""

    entries: tuple[FeedEntry, ...]
    next_cursor: str
    remaining: int | None

    @property
    def left(self) -> int | None:
        """Entries after this page, as far as the register tells."""
        named = {entry.oid for entry in self.entries}
        return None if self.remaining is None else max(0, self.remaining - len(named))

    def is_last(self, limit: int) -> bool:
        """Whether nothing comes after this page; a short page is the last one only if the register says so, or nothing."""
        return not self.entries or (len(self.entries) < limit and not self.left)


@dataclass(frozen=True, slots=True)
class Dump:
    """A dump of the whole register: how many cards, and where the change feed stood at it."""

    dump_id: str
    total: int
    cursor: str


class DumpExpiredError(Exception):
    """The register no longer has this dump; the comparison starts anew."""


class FrmrClient:
    """One connection pool to the register.

    When the register asks to be left alone for a while (429), every question of this process waits for that time: it is
    answered with `RegisterBusyError` here, without a request.
    """

    def __init__(
        self, base_url: str, *, client_id: str, organization: str, key_file: Path, timeout_s: float = 5.0
    ) -> None:
        """Read the private key; nothing is connected yet. Raises ValueError for a key of another kind."""
        self._base_url = base_url.rstrip("/")
        self._host = urlsplit(base_url).hostname or ""
        self._client_id = client_id
        self._organization = organization
        self._key, self._algorithm = _private_key(key_file)
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, connect=min(2.0, timeout_s))
        self._session: aiohttp.ClientSession | None = None
        self._token, self._token_ends = "", 0.0
        self._busy_until = 0.0

    async def changes(self, cursor: str, limit: int) -> FeedPage:
        """Read one page of the change feed from the cursor on (empty: from the beginning).

        Raises:
            CursorExpiredError, RegisterUnavailableError, RegisterRefusedError.
        """
        status, body = await self._get("/person/changes", {"cursor": cursor, "limit": str(limit)})
        if status == 410:  # noqa: PLR2004 HTTP
            raise CursorExpiredError
        content, next_cursor = body.get("content"), body.get("nextCursor")
        if not isinstance(content, list) or not isinstance(next_cursor, str):
            raise RegisterUnavailableError("the change feed has another shape")
        try:
            entries = tuple(FeedEntry(str(item["oid"]), item.get("removed") is True) for item in content)
        except (KeyError, TypeError, AttributeError) as error:
            raise RegisterUnavailableError("the change feed has another shape") from error
        total = body.get("total")
        if not entries and total:
            raise RegisterUnavailableError("the change feed was cut short")
        if entries and next_cursor == cursor:
            raise RegisterUnavailableError("the change feed stands still, it has another shape")
        return FeedPage(entries, next_cursor, total if isinstance(total, int) else None)

    async def card(self, *, oid: str | None = None, snils: str | None = None) -> Mapping[str, Any] | None:
        """Read the whole card of one person by number or СНИЛС (11 digits); None if there is no such person.

        Raises:
            RegisterUnavailableError, RegisterRefusedError.
        """
        key = {"oid": oid} if oid else {"snils": snils or ""}
        return await self._content("/person/full", {"mo": self._organization, **key})

    async def organization(self, oid: str) -> Mapping[str, Any] | None:
        """Read one organisation of ФРМО; None if there is no such. Raises as `card`."""
        return await self._content(f"/org/{quote(oid, safe='')}", {})

    async def dump(self) -> Dump:
        """The newest dump.

        Raises:
            RegisterUnavailableError, RegisterRefusedError.
        """
        content = await self._content("/person/dump", {"mo": self._organization}) or {}
        found = content.get("dumpId"), content.get("total"), content.get("cursor")
        match found:
            case (str(dump_id), int(total), str(cursor)):
                return Dump(dump_id, total, cursor)
        raise RegisterUnavailableError("the dump's description has another shape")

    async def dump_lines(self, dump_id: str, after: str) -> AsyncIterator[list[bytes]]:
        """Lines of the dump's cards after a person's number, several at a time as they come; the whole is never in memory.

        Raises:
            DumpExpiredError.
            RegisterUnavailableError: no connection, or silence for longer than the time-out; what came is good.
            RegisterRefusedError.
        """
        params = {"mo": self._organization, "after": after}
        timeout = aiohttp.ClientTimeout(total=None, connect=self._timeout.connect, sock_read=SILENCE_S)
        try:
            async with self._open().get(
                f"{self._base_url}/person/dump/{quote(dump_id, safe='')}",
                params=params, headers=self._headers(), allow_redirects=False, timeout=timeout,
            ) as answer:  # fmt: skip
                if answer.status == 410:  # noqa: PLR2004 HTTP
                    raise DumpExpiredError
                if answer.status != 200:  # noqa: PLR2004 HTTP
                    self._read(answer.status, await answer.read(), answer.headers)
                    raise RegisterUnavailableError(f"status {answer.status}")
                rest = b""
                async for piece in answer.content.iter_any():
                    *lines, rest = (rest + piece).split(b"\n")
                    if len(rest) > LONGEST_LINE:
                        raise RegisterUnavailableError("a line of the dump has no end")
                    if lines:
                        yield lines
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise RegisterUnavailableError(type(error).__name__) from error

    async def close(self) -> None:
        """Close connections."""
        if self._session is not None:
            await self._session.close()

    async def _content(self, path: str, params: Mapping[str, str]) -> Mapping[str, Any] | None:
        status, body = await self._get(path, params)
        if status == 404:  # noqa: PLR2004 HTTP
            return None
        content = body.get("content")
        if not isinstance(content, dict):
            raise AnswerUnreadableError("the answer has another shape")
        return content

    async def _get(self, path: str, params: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
        try:
            async with self._open().get(
                self._base_url + path, params=params, headers=self._headers(), allow_redirects=False
            ) as answer:
                return answer.status, self._read(answer.status, await answer.read(), answer.headers)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise RegisterUnavailableError(type(error).__name__) from error

    def _open(self) -> aiohttp.ClientSession:
        if (left := self._busy_until - time.monotonic()) > 0:
            raise RegisterBusyError(left)
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._own_token()}", "Accept": "application/json"}

    def _read(self, status: int, raw: bytes, headers: Mapping[str, str]) -> Mapping[str, Any]:
        if status == 429:  # noqa: PLR2004 HTTP
            wait_s = retry_after_s(headers.get("Retry-After", ""))
            self._busy_until = max(self._busy_until, time.monotonic() + wait_s)
            raise RegisterBusyError(wait_s)
        if status >= 500 or 300 <= status < 400:  # noqa: PLR2004 HTTP classes
            raise RegisterUnavailableError(f"status {status}")
        try:
            body = loads(raw)
        except ValueError as error:
            raise AnswerUnreadableError("broken JSON", number=number_in(raw)) from error
        if not isinstance(body, dict):
            raise AnswerUnreadableError("the answer has another shape")
        if status >= 400 and status not in {404, 410}:  # noqa: PLR2004 HTTP classes
            raise RegisterRefusedError(f"refused with {status} {body.get('code', '')}")
        return body

    def _own_token(self) -> str:
        # Real time on purpose: a shifted clock of ours must not make the other side refuse the token.
        moment = time.time()
        if self._token_ends - RENEW_BEFORE_S <= moment:
            claims = {
                "iss": self._client_id,
                "sub": self._client_id,
                "aud": self._host,
                "iat": int(moment),
                "exp": int(moment) + TOKEN_LIFETIME_S,
                "jti": uuid7().hex,
            }
            self._token = jwt.encode(
                {"alg": self._algorithm, "typ": "JWT"}, claims, self._key, algorithms=[self._algorithm]
            )
            self._token_ends = moment + TOKEN_LIFETIME_S
        return self._token


def retry_after_s(told: str) -> float:
    """Seconds that a `Retry-After` means, a number or a date; a usual pause for what is neither, never over an hour."""
    try:
        seconds = float(told) if told.isdigit() else parsedate_to_datetime(told).timestamp() - time.time()
    except (ValueError, TypeError):
        return USUAL_PAUSE_S
    return min(max(seconds, 0.0), LONGEST_PAUSE_S)


def _private_key(path: Path) -> tuple[RSAKey | ECKey, str]:
    pem = path.read_bytes()
    if isinstance(load_pem_private_key(pem, password=None), RSAPrivateKey):
        return RSAKey.import_key(pem), "RS256"
    return ECKey.import_key(pem), "ES256"
