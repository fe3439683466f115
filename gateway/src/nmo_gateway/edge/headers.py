"""Security headers of every answer (security D14, cabinet.md 3.6)."""

from collections.abc import Awaitable

from nmo_gateway.asgi import App, Message, RawHeaders, Receive, Scope, Send

API_POLICY = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
SANDBOXED = API_POLICY + b"; sandbox"
COMMON: RawHeaders = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
]
OPEN = (b"application/pdf", b"text/javascript", b"application/javascript")
"""Never in a sandbox: the browsers' own PDF viewers fail there, and a worker would lose the site's cryptography."""
HSTS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
NO_STORE = (b"cache-control", b"no-store")
FORM_TARGET = b"x-form-target"
"""A page's own field: an origin that its form's redirect may end at. It never leaves the gateway."""
DROPPED = frozenset({b"server", b"x-powered-by"})


def page_policy(form_action_origins: str) -> bytes:
    """Content security policy of pages.

    Some browsers apply ``form-action`` to the redirect after a POST: signing out also at the provider ends there.
    """
    origins = [origin.strip() for origin in form_action_origins.split(",") if origin.strip()]
    parts = (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        " ".join(["form-action 'self'", *origins]),
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
    )
    return "; ".join(parts).encode("ascii")


class SecurityHeaders:
    """Adds the headers; an answer's own ``Cache-Control`` stays, everything else is not to be stored."""

    def __init__(self, app: App, *, form_action_origins: str, hsts: bool) -> None:
        self._app = app
        self._page_policy = page_policy(form_action_origins)
        self._common = [*COMMON, HSTS] if hsts else COMMON
        self._ours = {name for name, _ in self._common} | DROPPED | {b"content-security-policy"}

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request."""

        def send_with_headers(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                message["headers"] = self._complete(message.get("headers", []))
            return send(message)

        return self._app(scope, receive, send_with_headers)

    def _complete(self, given: RawHeaders) -> RawHeaders:
        kept: RawHeaders = []
        content_type, stored, target = b"", False, b""
        for name, value in given:
            lowered = name.lower()
            if lowered in self._ours:
                continue
            if lowered == FORM_TARGET:
                target = value
                continue
            if lowered == b"content-type":
                content_type = value
            elif lowered == b"cache-control":
                stored = True
            kept.append((lowered, value))
        if content_type.startswith(b"text/html"):
            policy = self._page_policy
            if target:
                policy = policy.replace(b"form-action 'self'", b"form-action 'self' " + target)
            kept.append((b"content-security-policy", policy))
            kept.append((b"vary", b"HX-Request"))
        else:
            kept.append(
                (b"content-security-policy", API_POLICY if content_type.startswith(OPEN) else SANDBOXED)
            )
        if not stored:
            kept.append(NO_STORE)
        return kept + self._common
