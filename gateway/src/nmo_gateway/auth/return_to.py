"""Where a sign-in may lead back to: known pages of this site and nothing else (SSO-08)."""

from typing import Final
from urllib.parse import unquote, urlsplit

from nmo_gateway.browser_session.model import STAFF_ROLES, Session
from nmo_gateway.edge.guard import may_enter
from nmo_kit.principal import UNPROVEN

MAX_CHARS: Final = 2048
PAGES: Final = frozenset(
    {
        "",
        "about",
        "accessibility",
        "admin",
        "cabinet",
        "catalog",
        "checking",
        "consent",
        "contacts",
        "display",
        "edu",
        "employer",
        "faq",
        "help",
        "law",
        "match",
        "mismatch",
        "no-account",
        "organisations",
        "organizations",
        "portals",
        "resume",
        "sitemap",
        "support",
        "unconfirmed",
        "verify",
    }
)
AUTHORIZE: Final = "/oauth2/authorize"
STEPS: Final = {
    "restricted": "/login/next",
    "unverified": "/unverified",
    "unconfirmed": "/unconfirmed",
    "conflict": "/mismatch",
    "weak": "/match/confirm",
}
"""State of entry -> the page of the step that comes first."""


def local_target(text: str | None) -> str | None:
    """The address when a browser will read it as a known page of this site; None otherwise."""
    if not text or not _is_plain_text(text) or not text.startswith("/") or text.startswith("//"):
        return None
    parts = urlsplit(text)
    if parts.scheme or parts.netloc or parts.fragment:
        return None
    path = unquote(parts.path)
    segments = path.split("/")[1:]
    odd = {".", "..", ""} & set(segments[:-1]) or segments[-1] in {".", ".."} or "\\" in path
    if odd or not path.isprintable():
        return None
    return text if parts.path == AUTHORIZE or segments[0] in PAGES else None


def _is_plain_text(text: str) -> bool:
    """Only signs that no browser drops, joins or turns into others."""
    return len(text) <= MAX_CHARS and all(" " < sign < "\x7f" and sign not in '\\"<>' for sign in text)


def destination(session: Session, return_to: str) -> str:
    """First page after a sign-in: the step that is still missing, else the page first asked for, else one's place."""
    wanted = local_target(return_to)
    step = STEPS.get(session.entry)
    if session.entry == "unmatched" or (not session.consent and not session.roles & STAFF_ROLES):
        step = step if session.entry in UNPROVEN else "/consent"
    if step is not None:
        return step
    if wanted is not None and wanted != "/" and may_enter(urlsplit(wanted).path, session):
        return wanted
    return "/edu/applications" if session.works_for_organisation else "/cabinet"
