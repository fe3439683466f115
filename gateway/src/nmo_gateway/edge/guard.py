"""Which pages are closed: no session → sign in; not admitted yet → the page that says what to do (SSO-02).

A second net under the pages' own checks: what lies under these addresses is closed even if a page forgets to ask.
"""

from urllib.parse import quote

from nmo_gateway.asgi import Scope
from nmo_gateway.browser_session.model import Session

GUARDED = ("/cabinet", "/edu", "/employer", "/support", "/admin", "/events", "/resume")
ENTRY_PAGES = {
    "restricted": "/login/next",
    "unverified": "/unverified",
    "unconfirmed": "/unconfirmed",
    "conflict": "/mismatch",
    "weak": "/match/confirm",
    "unmatched": "/consent",
}
WORK_PLACES = {
    "/edu": frozenset({"org_staff", "org_admin"}),
    "/employer": frozenset({"head", "hr"}),
    "/support": frozenset({"support"}),
    "/admin": frozenset({"admin"}),
}


def is_guarded(path: str) -> bool:
    """Whether the address needs a session."""
    return any(path == prefix or path.startswith(prefix + "/") for prefix in GUARDED)


def sign_in_address(scope: Scope, *, expired: bool) -> str:
    """The sign-in page that leads back to the address in hand; forms lead back to where they were."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    target = raw.decode("ascii", "replace") if scope["method"] in {"GET", "HEAD"} else ""
    query = (scope.get("query_string") or b"").decode("ascii", "replace")
    if target and query:
        target += "?" + query
    address = "/login?return_to=" + quote(target, safe="") if target else "/login"
    if expired:
        address += "&expired=1" if "?" in address else "?expired=1"
    return address


def diversion(scope: Scope, session: Session | None, ended: str | None) -> str | None:
    """Where the browser must go instead of a guarded page; None when it may stay."""
    path: str = scope["path"]
    if not is_guarded(path) or path == "/events":
        return None
    if session is None:
        return sign_in_address(scope, expired=ended is not None and ended != "logout")
    return ENTRY_PAGES.get(session.entry)


def may_enter(path: str, session: Session) -> bool:
    """Whether one of the session's roles has its work place at this address."""
    for prefix, roles in WORK_PLACES.items():
        if path == prefix or path.startswith(prefix + "/"):
            return bool(session.roles & roles)
    return True
