"""Asks НСИ over REST (`/port/rest/`): passport of a book, pages of its rows; one error for «does not answer»."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp

from nmo_kit.json import loads
from nmo_registry.nsi.answers import Page, Passport, day_of

NO_KEY = "00000000-0000-0000-0000-000000000000"
LONGEST_ANSWER = 32 * 1024 * 1024


class NsiUnavailableError(Exception):
    """The service does not answer as it should: no connection, time-out, 5xx, broken JSON. The reason is for logs."""


class NsiRefusedError(Exception):
    """The service refuses: no such book or version, or the key of this system is not known."""


class NsiEncodingError(Exception):
    """The answer is not in UTF-8; `start` is its beginning, readable as far as can be."""

    def __init__(self, start: str) -> None:
        """Keep the beginning for the operator."""
        super().__init__("encoding")
        self.start = start


class NsiClient:
    """One connection pool to the service."""

    def __init__(
        self, base_url: str, *, key_file: Path | None, ca_file: Path | None = None, timeout_s: float = 10.0
    ) -> None:
        """Read the key of this system and the root certificates; nothing is connected yet.

        Args:
            base_url: address without a trailing slash.
            key_file: holds `userKey`; None for a service that takes any.
            ca_file: root certificates (PEM) of the national authority that signs the service's own; the certificate is
                always checked.
            timeout_s: longest wait for one answer.
        """
        self._base_url = base_url.rstrip("/")
        self._key = key_file.read_text().strip() if key_file else NO_KEY
        self._tls = ssl.create_default_context(cafile=ca_file) if ca_file else True
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, connect=min(3.0, timeout_s))
        self._session: aiohttp.ClientSession | None = None

    async def passport(self, oid: str, version: str | None = None) -> Passport:
        """Describe one version of a book, the newest when none is named.

        Raises:
            NsiUnavailableError, NsiRefusedError, NsiEncodingError.
        """
        body = await self._get("passport", {"identifier": oid, **_named(version)})
        found = body.get("version"), body.get("rowsCount")
        match found:
            case (str(told), int(rows)) if told and not isinstance(rows, bool):
                title = str(body.get("fullName") or body.get("shortName") or "")
                day = day_of(body.get("approveDate")) or day_of(body.get("lastUpdate"))
                return Passport(oid, title, told, rows, day, str(body.get("releaseNotes") or ""))
        raise NsiUnavailableError("the passport has another shape")

    async def page(self, oid: str, version: str, *, page: int, size: int) -> Page:
        """Read one page of a version; pages count from 1. Raises as `passport`."""
        params = {"identifier": oid, "version": version, "page": str(page), "size": str(size)}
        body = await self._get("data", params)
        rows, total = body.get("list"), body.get("total")
        if not isinstance(rows, list) or not isinstance(total, int):
            raise NsiUnavailableError("the page has another shape")
        try:
            return Page(total, tuple(_row(cells) for cells in rows))
        except (KeyError, TypeError, AttributeError) as error:
            raise NsiUnavailableError("a row has another shape") from error

    async def close(self) -> None:
        """Close connections."""
        if self._session is not None:
            await self._session.close()

    async def _get(self, path: str, params: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            async with self._open().get(
                f"{self._base_url}/port/rest/{path}",
                params={"userKey": self._key, **params}, allow_redirects=False,
            ) as answer:  # fmt: skip
                raw = await answer.content.read(LONGEST_ANSWER)
                if answer.status != 200:  # noqa: PLR2004 HTTP
                    kind = NsiRefusedError if 400 <= answer.status < 429 else NsiUnavailableError  # noqa: PLR2004 HTTP
                    raise kind(f"status {answer.status}")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NsiUnavailableError(type(error).__name__) from error
        return _body(raw)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(ssl=self._tls, limit=4)
            self._session = aiohttp.ClientSession(
                timeout=self._timeout, connector=connector, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session


def _body(raw: bytes) -> Mapping[str, Any]:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NsiEncodingError(raw[:2000].decode("utf-8", errors="replace")) from error
    try:
        body = loads(raw)
    except ValueError as error:
        raise NsiUnavailableError("broken JSON") from error
    if not isinstance(body, dict):
        raise NsiUnavailableError("the answer has another shape")
    if body.get("result") != "OK":
        raise NsiRefusedError(f"refused with code {body.get('resultCode')}")
    return body


def _row(cells: Any) -> Mapping[str, str]:
    """A row comes as a list of `{column, value}`, or as a plain object in older answers."""
    if isinstance(cells, dict):
        return {str(name).upper(): _text(value) for name, value in cells.items()}
    return {str(cell["column"]).upper(): _text(cell.get("value")) for cell in cells}


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _named(version: str | None) -> dict[str, str]:
    return {"version": version} if version else {}
