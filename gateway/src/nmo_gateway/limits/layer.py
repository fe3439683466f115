"""Rate limits as ASGI layers: per address before anything is looked up, per person after (GWY-03)."""

from collections.abc import Awaitable

from nmo_gateway.asgi import App, Receive, Scope, Send
from nmo_gateway.edge.refusal import refuse
from nmo_gateway.limits.address import limit_key
from nmo_gateway.limits.rate import RateLimit
from nmo_kit.errors import TooManyRequests, retry_after

FREE = ("/static/", "/livez", "/readyz", "/metrics")


class AddressLimit:
    """429 for an address that asks too fast; static files and probes are free."""

    def __init__(self, app: App, limit: RateLimit) -> None:
        self._app = app
        self._limit = limit

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request."""
        wait_s = 0.0
        if not scope["path"].startswith(FREE):
            wait_s = self._limit.wait_s(limit_key(scope["state"]["client_address"]))
        if wait_s:
            return refuse(scope, receive, send, TooManyRequests(headers=retry_after(wait_s)))
        return self._app(scope, receive, send)


class PersonLimit:
    """429 for a person or a system that asks too fast, from however many addresses."""

    def __init__(self, app: App, limit: RateLimit) -> None:
        self._app = app
        self._limit = limit

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request."""
        who = scope["state"].get("limit_subject")
        wait_s = 0.0 if who is None or scope["path"].startswith(FREE) else self._limit.wait_s(who)
        if wait_s:
            return refuse(scope, receive, send, TooManyRequests(headers=retry_after(wait_s)))
        return self._app(scope, receive, send)
