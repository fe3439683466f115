"""The broker's management API (HTTP), as far as deployment, partners' queues and tests need it."""

from __future__ import annotations

from base64 import b64encode
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import aiohttp
from yarl import URL

TIMEOUT_S = 15


class BrokerAdminError(RuntimeError):
    """The management API refused a request; `status` is its HTTP status."""

    def __init__(self, method: str, path: str, status: int, reason: str) -> None:
        super().__init__(f"{method} {path}: {status} {reason}")
        self.status = status


class BrokerAdmin:
    """One administrator's session; use as an async context manager. Every change is idempotent."""

    def __init__(self, url: str) -> None:
        """`url` carries the credentials: `http://user:password@host:15672`."""
        parts = urlsplit(url)
        credentials = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
        self._headers = {"authorization": "Basic " + b64encode(credentials.encode()).decode()}
        host = parts.netloc.rpartition("@")[2]
        self._base = urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(
            headers=self._headers, timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._http is not None:
            await self._http.close()

    async def call(self, method: str, *path: str, body: Any = None, missing_ok: bool = False) -> Any:
        """Request `/api/<path parts, each quoted>`; returns the parsed answer or None.

        Raises:
            BrokerAdminError: any answer of 400 and above (404 counts as None with `missing_ok`).
            aiohttp.ClientError: the broker is not there.
        """
        if self._http is None:
            raise RuntimeError("use BrokerAdmin as an async context manager")
        address = "/".join(quote(part, safe="") for part in path)
        # encoded=True: otherwise %2F of the default vhost would become a slash again.
        async with self._http.request(
            method, URL(f"{self._base}/api/{address}", encoded=True), json=body
        ) as answer:
            if answer.status == 404 and missing_ok:  # noqa: PLR2004 an HTTP status
                return None
            if answer.status >= 400:  # noqa: PLR2004 same
                raise BrokerAdminError(method, address, answer.status, (await answer.text())[:300])
            if answer.content_type == "application/json" and answer.status != 204:  # noqa: PLR2004 same
                return await answer.json()
            return None

    async def put_vhost(self, vhost: str) -> None:
        """Create a vhost."""
        await self.call("PUT", "vhosts", vhost, body={})

    async def delete_vhost(self, vhost: str) -> None:
        """Delete a vhost with everything in it."""
        await self.call("DELETE", "vhosts", vhost, missing_ok=True)

    async def put_user(self, name: str, password: str, *, tags: str = "") -> None:
        """Create a user or set the password anew."""
        await self.call("PUT", "users", name, body={"password": password, "tags": tags})

    async def delete_user(self, name: str) -> None:
        """Delete a user; the broker closes its connections."""
        await self.call("DELETE", "users", name, missing_ok=True)

    async def put_permission(
        self, vhost: str, user: str, *, configure: str = "^$", write: str = "^$", read: str = "^$"
    ) -> None:
        """Let a user into a vhost with these patterns; by default it may do nothing there."""
        body = {"configure": configure, "write": write, "read": read}
        await self.call("PUT", "permissions", vhost, user, body=body)

    async def put_topic_permission(
        self, vhost: str, user: str, exchange: str, *, write: str, read: str = ".*"
    ) -> None:
        """Limit the routing keys a user may publish to a topic exchange with."""
        body = {"exchange": exchange, "write": write, "read": read}
        await self.call("PUT", "topic-permissions", vhost, user, body=body)

    async def put_user_limit(self, user: str, *, connections: int) -> None:
        """Limit the connections a user may hold."""
        await self.call("PUT", "user-limits", user, "max-connections", body={"value": connections})

    async def put_policy(
        self,
        vhost: str,
        name: str,
        *,
        pattern: str,
        definition: dict[str, Any],
        apply_to: str = "queues",
        priority: int = 0,
    ) -> None:
        """Set a policy; unknown keys are refused by the broker."""
        body = {"pattern": pattern, "definition": definition, "apply-to": apply_to, "priority": priority}
        await self.call("PUT", "policies", vhost, name, body=body)

    async def put_exchange(self, vhost: str, name: str, kind: str) -> None:
        """Declare a durable exchange."""
        await self.call("PUT", "exchanges", vhost, name, body={"type": kind, "durable": True})

    async def put_queue(self, vhost: str, name: str, *, single_active: bool = False) -> None:
        """Declare a quorum queue. An existing queue with other arguments makes BrokerAdminError (400)."""
        arguments: dict[str, Any] = {"x-queue-type": "quorum"}
        if single_active:
            arguments["x-single-active-consumer"] = True
        await self.call("PUT", "queues", vhost, name, body={"durable": True, "arguments": arguments})

    async def delete_queue(self, vhost: str, name: str) -> None:
        """Delete a queue with its messages."""
        await self.call("DELETE", "queues", vhost, name, missing_ok=True)

    async def queue_names(self, vhost: str) -> set[str]:
        """Queues of a vhost."""
        return {item["name"] for item in await self.call("GET", "queues", vhost)}

    async def bind(self, vhost: str, exchange: str, target: str, *, keys: set[str], kind: str = "q") -> None:
        """Make exactly these bindings from the exchange to a queue (or, `kind` "e", an exchange), and no others."""
        place = ("bindings", vhost, "e", exchange, kind, target)
        found = {item["routing_key"]: item["properties_key"] for item in await self.call("GET", *place)}
        for key in sorted(keys - found.keys()):
            await self.call("POST", *place, body={"routing_key": key})
        for key in sorted(found.keys() - keys):
            await self.call("DELETE", *place, found[key])
