"""Which pages are closed: no session → sign in; not admitted yet → the page that says what to do (SSO-02).

A second net under the pages' own checks: what lies under these addresses is closed even if a page forgets to ask.
"""

from urllib.parse import quote, urlsplit

from nmo_gateway.asgi import Scope, header
from nmo_gateway.browser_session.model import Session

GUARDED = (
    "/cabinet",
    "/edu",
    "/employer",
    "/support",
    "/admin",
    "/organisation",
    "/workplace",
    "/events",
    "/resume",
    "/portals",
)
OPEN_BEFORE_THE_MATCH = (
    "/cabinet/settings",
    "/cabinet/profile/questionnaire",
    "/cabinet/journal",
    "/workplace",
)
"""Pages of a confirmed person that ask for no match and no consent: staff are no specialists, settings are one's own.

Whoever took the consent back still reads what happened, downloads the receipt, ends sign-ins, closes a site's access.
"""
STEPS_OF_SPECIALISTS = frozenset({"conflict", "weak", "unmatched"})
ENTRY_PAGES = {
    "restricted": "/login/next",
    "unverified": "/unverified",
    "unconfirmed": "/unconfirmed",
    "conflict": "/mismatch",
    "weak": "/match/confirm",
    "unmatched": "/consent",
}
OPEN_IN_EVERY_STATE = ("/cabinet/tickets", "/cabinet/comparison", "/cabinet/profile/contacts")
"""Ways out of the states: turning to support, seeing what differs, being reached. Who owes a step first (restricted) makes it first."""
RAN_OUT = frozenset({"idle", "absolute", "revoked"})
WORK_PLACES = {
    "/edu": frozenset({"org_staff", "org_admin"}),
    "/employer": frozenset({"head", "hr"}),
    "/support": frozenset({"support"}),
    "/admin": frozenset({"admin"}),
    "/organisation": frozenset({"org_admin", "head"}),
}


def is_guarded(path: str) -> bool:
    """Whether the address needs a session."""
    return _is_under(path, GUARDED)


def _is_under(path: str, prefixes: tuple[str, ...]) -> bool:
    return any(path == prefix or path.startswith(prefix + "/") for prefix in prefixes)


def over_word(ended: str | None) -> str:
    """How the sign-in page is told why a session is over: ``1`` when it ran out, else the reason; empty for a sign-out."""
    if ended is None or ended == "logout":
        return ""
    return "1" if ended in RAN_OUT else ended


def sign_in_address(scope: Scope, *, expired: bool, why: str = "1") -> str:
    """The sign-in page that leads back to the address in hand; forms lead back to where they were.

    ``why``: the word of `over_word` that chooses the page's sentence.
    """
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    target = raw.decode("ascii", "replace") if scope["method"] in {"GET", "HEAD"} else _form_page(scope)
    query = (scope.get("query_string") or b"").decode("ascii", "replace")
    if target and query and scope["method"] in {"GET", "HEAD"}:
        target += "?" + query
    address = "/login?return_to=" + quote(target, safe="") if target else "/login"
    if expired:
        address += ("&" if "?" in address else "?") + f"expired={why}"
    return address


def _form_page(scope: Scope) -> str:
    """Path of our own page that a form was sent from; empty when the browser does not tell it."""
    parts = urlsplit(header(scope, b"referer") or "")
    own = parts.netloc == (header(scope, b"host") or "")
    return parts.path if own and is_guarded(parts.path) else ""


def diversion(scope: Scope, session: Session | None, ended: str | None) -> str | None:
    """Where the browser must go instead of a guarded page; None when it may stay."""
    path: str = scope["path"]
    if not is_guarded(path) or path == "/events":
        return None
    if session is None:
        why = over_word(ended)
        return sign_in_address(scope, expired=bool(why), why=why)
    if session.entry != "restricted" and _is_under(path, OPEN_IN_EVERY_STATE):
        return None
    if session.entry in STEPS_OF_SPECIALISTS and _is_under(path, OPEN_BEFORE_THE_MATCH):
        return None
    return ENTRY_PAGES.get(session.entry)


def may_enter(path: str, session: Session) -> bool:
    """Whether one of the session's roles has its work place at this address."""
    for prefix, roles in WORK_PLACES.items():
        if path == prefix or path.startswith(prefix + "/"):
            return bool(session.roles & roles)
    return True
