"""Outgoing calls to addresses that others chose (webhooks): guarded against reaching our own network (security D13)."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

ALLOWED_PORTS = frozenset({443, 8443})
MAX_ANSWER_BYTES = 2048
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_SIX_TO_FOUR = ipaddress.ip_network("2002::/16")
_CARRIER = ipaddress.ip_network("100.64.0.0/10")
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRefused(ValueError):  # noqa: N818 reads as what happened
    """The address may not be called; calling again will not help."""


@dataclass(frozen=True, slots=True)
class SafeResponse:
    """What came back: status, `Retry-After`, and at most 2 KiB of the body."""

    status: int
    retry_after: str | None
    body: bytes


def is_public(address: IPAddress) -> bool:
    """True for an address of the open internet, after unwrapping mapped, NAT64 and 6to4 forms."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address in _SIX_TO_FOUR:
            return is_public(ipaddress.IPv4Address((int(address) >> 80) & 0xFFFFFFFF))
    elif address in _CARRIER:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def check_url(url: str, *, allow_loopback: bool) -> None:
    """Refuse addresses that can be judged without looking them up.

    Raises:
        AddressRefused: scheme, port, credentials or host are not allowed.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused("malformed") from error
    host = parts.hostname or ""
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        raise AddressRefused("malformed")
    loopback = allow_loopback and host in {"127.0.0.1", "localhost", "::1"}
    if loopback and parts.scheme in {"http", "https"}:
        return
    if parts.scheme != "https" or (port or 443) not in ALLOWED_PORTS:
        raise AddressRefused("https_only")
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        return
    if not is_public(literal):
        raise AddressRefused("not_public")


class _PinnedResolver(AbstractResolver):
    """Resolves once and refuses when any answer is not public; the connection goes to the checked address."""

    def __init__(self, *, allow_loopback: bool) -> None:
        self._allow_loopback = allow_loopback

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 the interface has it
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        results: list[ResolveResult] = []
        for kind, _, proto, _, sockaddr in found:
            address = ipaddress.ip_address(str(sockaddr[0]).partition("%")[0])
            if not is_public(address) and not (self._allow_loopback and address.is_loopback):
                raise AddressRefused("not_public")
            results.append(
                ResolveResult(
                    hostname=host,
                    host=str(address),
                    port=port,
                    family=kind,
                    proto=proto,
                    flags=socket.AI_NUMERICHOST,
                )
            )
        return results

    async def close(self) -> None:
        """Nothing is held."""


async def post(
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    allow_loopback: bool = False,
    timeout_s: float = 15.0,
) -> SafeResponse:
    """POST once: no redirects, no proxy from the environment, 5 s to connect, `timeout_s` in all.

    `allow_loopback` is for development and tests; callers pass `not settings.is_production`.

    Raises:
        AddressRefused: the address may not be called.
        aiohttp.ClientError, TimeoutError: no answer.
    """
    check_url(url, allow_loopback=allow_loopback)
    connector = aiohttp.TCPConnector(
        resolver=_PinnedResolver(allow_loopback=allow_loopback), use_dns_cache=False
    )
    timeout = aiohttp.ClientTimeout(total=timeout_s, connect=5)
    options: dict[str, Any] = {"connector": connector, "timeout": timeout, "trust_env": False}
    async with (
        aiohttp.ClientSession(**options) as client,
        client.post(url, data=body, headers=dict(headers), allow_redirects=False) as answer,
    ):
        text = await answer.content.read(MAX_ANSWER_BYTES)
        return SafeResponse(answer.status, answer.headers.get("Retry-After"), text)
