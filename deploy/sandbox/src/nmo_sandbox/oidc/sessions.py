"""Browsers that signed in at the plain OIDC provider."""

import secrets
from dataclasses import dataclass, field

COOKIE = "oidc_sandbox_session"
SESSION_SECONDS = 8 * 3600


@dataclass(slots=True)
class Session:
    """One sign-in of one browser.

    Attributes:
        sid: the name that clients know it by.
        key: whose it is.
        auth_time: when the password was typed last.
        clients: systems that were let know of it.
    """

    sid: str
    key: str
    auth_time: int
    expires: int
    clients: set[str] = field(default_factory=set)


class Sessions:
    """Live sessions by the handles that browsers keep."""

    def __init__(self) -> None:
        self._by_handle: dict[str, Session] = {}

    def of(self, handle: str, now: int) -> Session | None:
        """Return the live session of a handle."""
        found = self._by_handle.get(handle)
        return found if found and found.expires > now else None

    def open(self, key: str, now: int) -> tuple[str, Session]:
        """Begin a session: its handle and itself."""
        self._by_handle = {name: kept for name, kept in self._by_handle.items() if kept.expires > now}
        handle = secrets.token_urlsafe(32)
        self._by_handle[handle] = Session(secrets.token_urlsafe(16), key, now, now + SESSION_SECONDS)
        return handle, self._by_handle[handle]

    def end(self, handle: str) -> Session | None:
        """Forget a session; returns it."""
        return self._by_handle.pop(handle, None)
