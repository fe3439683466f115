"""Whose request it is by network address."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from nmo_gateway.asgi import Scope


class AddressBook:
    """Finds the caller's address; believes ``X-Forwarded-For`` only from the configured proxies (security T10)."""

    def __init__(self, trusted_proxies: str) -> None:
        self._trusted = tuple(ip_network(text.strip()) for text in trusted_proxies.split(",") if text.strip())

    def address_of(self, scope: Scope) -> str:
        """The address of the caller: the last one in the chain that is not our own proxy."""
        peer = str((scope.get("client") or ("0.0.0.0", 0))[0])  # noqa: S104 a word for "unknown", nothing is bound
        if not self._trusted or not self._is_trusted(peer):
            return peer
        # Some proxies append to the field, others add one of their own below the client's: the chain is all of them.
        chain = ",".join(
            bytes(value).decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"
        )
        for hop in reversed(chain.split(",")):
            candidate = hop.strip()
            if not candidate:
                continue
            if not self._is_trusted(candidate):
                return candidate if _parse(candidate) is not None else peer
            peer = candidate
        return peer

    def _is_trusted(self, text: str) -> bool:
        address = _parse(text)
        return address is not None and any(address in network for network in self._trusted)


@lru_cache(maxsize=4096)
def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


@lru_cache(maxsize=4096)
def limit_key(text: str) -> str:
    """What the limits count by: the IPv4 address, or the /64 of an IPv6 one (a household has them all)."""
    address = _parse(text)
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address or text)


@lru_cache(maxsize=4096)
def network_prefix(text: str) -> str:
    """The part that journals may keep: /24 of IPv4, /64 of IPv6."""
    address = _parse(text)
    if address is None:
        return ""
    return str(ip_network((address, 24 if isinstance(address, IPv4Address) else 64), strict=False))
