"""Where a sign-in may lead back to: known pages of this site and nothing else (SSO-08)."""

from typing import Final
from urllib.parse import quote, unquote, urlsplit

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
        "organisation",
        "organisations",
        "organizations",
        "portals",
        "resume",
        "sitemap",
        "support",
        "unconfirmed",
        "verify",
        "workplace",
    }
)
AUTHORIZE: Final = "/oauth2/authorize"
BACK_TO_SITE: Final = "/portals/return"
NEXT: Final = "/login/next"
"""Leads to the first step that a session owes, and on to the page first asked for when it owes none."""
STEPS: Final = {
    "restricted": NEXT,
    "unverified": "/unverified",
    "unconfirmed": "/unconfirmed",
    "conflict": "/mismatch",
    "weak": "/match/confirm",
}
"""State of entry -> the page of the step that comes first."""
OWED: Final = frozenset({"restricted", "unverified"})
"""States in which the person finishes a step of the account itself: a new password, a confirmed address."""


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
        step = step if session.entry in UNPROVEN else _consent(wanted)
    if step is not None:
        return step
    if wanted is not None and wanted != "/" and may_enter(urlsplit(wanted).path, session):
        return wanted
    return "/edu/applications" if session.works_for_organisation else "/cabinet"


def after_form(target: str) -> str:
    """Where a sent form may lead when the person was on the way to a partner's site (SSO-07).

    Browsers apply the page's ``form-action`` to every redirect that follows a form, and a partner's site is not in it: a
    page of our own ends the form's redirects and goes on to the site from there.
    """
    if urlsplit(target).path != AUTHORIZE:
        return target
    return f"{BACK_TO_SITE}?to={quote(target, safe='')}"


def _consent(wanted: str | None) -> str:
    """The consent's page; it leads on to what was asked for first."""
    return (
        "/consent"
        if wanted in {None, "/", "/cabinet"}
        else f"/consent?return_to={quote(str(wanted), safe='')}"
    )
