"""The gateway's cookies: names, attributes, reading (security D1, D2).

sid (Lax) gives reading; write (Strict) is demanded for changes; login (Lax, 10 minutes) binds a sign-in under way to
the browser that began it; step (Strict, 30 minutes) carries a recovery or a second step from page to page; detour (Lax, 1 hour) holds the page
first asked for while a letter comes. On plain http over loopback the prefix and ``Secure`` are dropped.
"""

from dataclasses import dataclass

from nmo_gateway.asgi import Scope

LOGIN_LIFETIME_S = 600
DEVICE_LIFETIME_S = 365 * 24 * 3600
STEP_LIFETIME_S = 1800
DETOUR_LIFETIME_S = 3600
MAX_VALUE_CHARS = 128
API = "/api/"
# Requests a page makes by itself: they do not keep a session alive and never change its id.
PASSIVE = frozenset({"/events", "/api/v1/notifications/stream"})


def may_clear_cookies(path: str) -> bool:
    """Whether an answer to this address may take a dead session's cookies away.

    Not to a page's own requests: they may cross the answer of a sign-in and would clear its new cookies; and the form
    that is sent next from that page would no longer be known as its person's, so nothing typed could be kept (GWY-05).
    """
    return path not in PASSIVE and not path.startswith(API)


@dataclass(frozen=True, slots=True)
class Cookies:
    """Names and attributes for this installation."""

    secure: bool

    @property
    def sid(self) -> str:
        """Name of the session cookie."""
        return "__Host-Http-sid" if self.secure else "nmo_sid"

    @property
    def write(self) -> str:
        """Name of the cookie that changes demand."""
        return "__Host-write" if self.secure else "nmo_write"

    @property
    def login(self) -> str:
        """Name of the cookie of a sign-in under way."""
        return "__Host-login" if self.secure else "nmo_login"

    @property
    def step(self) -> str:
        """Name of the cookie of steps between pages before a sign-in: recovery, the second step."""
        return "__Host-step" if self.secure else "nmo_step"

    @property
    def detour(self) -> str:
        """Name of the cookie of the page first asked for, on the way through a letter."""
        return "__Host-detour" if self.secure else "nmo_detour"

    @property
    def device(self) -> str:
        """Name of the cookie by which a browser is known to the account that signed in from it (security D11)."""
        return "__Host-device" if self.secure else "nmo_device"

    def set_device(self, value: str) -> str:
        """Set-Cookie of a known browser: a year, renewed at each sign-in."""
        return self._field(self.device, value, "Lax", DEVICE_LIFETIME_S)

    def set_sid(self, value: str) -> str:
        """Set-Cookie of the session: ends with the browser, the server's limits end it sooner."""
        return self._field(self.sid, value, "Lax")

    def set_write(self, value: str) -> str:
        """Set-Cookie of the write cookie."""
        return self._field(self.write, value, "Strict")

    def set_login(self, value: str) -> str:
        """Set-Cookie of a sign-in under way."""
        return self._field(self.login, value, "Lax", LOGIN_LIFETIME_S)

    def set_step(self, kind: str, secret: str) -> str:
        """Set-Cookie of a step: ``kind`` keeps the secret of one from being taken for another's."""
        return self._field(self.step, f"{kind}.{secret}", "Strict", STEP_LIFETIME_S)

    def clear_step(self) -> str:
        """Set-Cookie that removes the step."""
        return self._field(self.step, "", "Strict", 0)

    def set_detour(self, value: str) -> str:
        """Set-Cookie of the page first asked for: a letter is followed from another site."""
        return self._field(self.detour, value, "Lax", DETOUR_LIFETIME_S)

    def clear_detour(self) -> str:
        """Set-Cookie that removes it."""
        return self._field(self.detour, "", "Lax", 0)

    def clear_session(self) -> list[str]:
        """Set-Cookie fields that remove the session's two cookies."""
        return [self._field(self.sid, "", "Lax", 0), self._field(self.write, "", "Strict", 0)]

    def clear_login(self) -> str:
        """Set-Cookie that removes the login cookie."""
        return self._field(self.login, "", "Lax", 0)

    def _field(self, name: str, value: str, same_site: str, max_age: int | None = None) -> str:
        parts = [f"{name}={value}", "Path=/", "HttpOnly", f"SameSite={same_site}"]
        if max_age is not None:
            parts.append(f"Max-Age={max_age}")
        if self.secure:
            parts.append("Secure")
        return "; ".join(parts)


def read_step(scope: Scope, cookies: Cookies, kind: str) -> str | None:
    """The secret of the step of this kind that the browser has under way."""
    found, sign, secret = (read_cookie(scope, cookies.step) or "").partition(".")
    return secret if sign and found == kind else None


def read_cookie(scope: Scope, name: str, *, longest: int = MAX_VALUE_CHARS) -> str | None:
    """Value of the cookie; None when absent, too long, or sent twice with different values (a planted twin)."""
    found: set[str] = set()
    for key, raw in scope["headers"]:
        if key != b"cookie":
            continue
        for pair in bytes(raw).decode("latin-1").split(";"):
            cookie, sign, value = pair.strip().partition("=")
            if sign and cookie == name:
                found.add(value.strip('"'))
    if len(found) != 1:
        return None
    value = found.pop()
    return value if value and len(value) <= longest and value.isascii() else None
