"""A plain ЕСИА client of version 2, written from the protocol's description alone: httpx and the openssl program.

It shares nothing with the portal's connector or with the stand-in, so that the two are not merely of one mind: the
addresses, the order of what is signed, the shape of tokens and answers are spelled out here once more.
"""

from __future__ import annotations

import base64
import datetime as dt
import io
import re
import uuid
import zipfile
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx2

from tests.foreign.esia_v2_keys import Pair

AUTHORIZE = "/aas/oauth2/v2/ac"
TOKEN = "/aas/oauth2/v3/te"
LOGOUT = "/idp/ext/Logout"
CERTIFICATES = "/public/esia.zip"
_MAX_PAGES = 4


@dataclass(frozen=True)
class System:
    """An information system as registered at ЕСИА."""

    address: str
    client_id: str
    redirect_uri: str
    scope: str
    pair: Pair


@dataclass(frozen=True)
class Came:
    """Where the browser ended: what came back to the system, or ЕСИА's own page."""

    back: dict[str, str]
    page: str
    status: int

    @property
    def code(self) -> str:
        """ЕСИА's number of an error, wherever it stands; empty when there is none."""
        found = re.search(r"ESIA-(\d{6})", self.back.get("error_description", "") or self.page)
        return found[1] if found else ""


def authorization(system: System, state: str, **told: str) -> dict[str, str]:
    """The signed parameters of an authorisation request; `told` replaces or adds to what is signed."""
    fields = _common(system, state) | {"response_type": "code", "access_type": "offline"} | told
    text = _signed_text(fields)
    return fields | {"client_secret": encoded(system.pair.sign(text))}


def exchange(system: System, state: str, code: str, **told: str) -> dict[str, str]:
    """The signed form that changes a code for tokens."""
    fields = _common(system, state) | {"grant_type": "authorization_code", "token_type": "Bearer"}
    fields |= {"code": code} | told
    return fields | {"client_secret": encoded(system.pair.sign(_signed_text(fields) + fields["code"]))}


def refreshing(system: System, state: str, refresh_token: str) -> dict[str, str]:
    """The signed form that changes a refresh token for new tokens: the five fields, as at the authorisation."""
    fields = _common(system, state) | {"grant_type": "refresh_token", "token_type": "Bearer"}
    fields |= {"refresh_token": refresh_token}
    return fields | {"client_secret": encoded(system.pair.sign(_signed_text(fields)))}


def refreshing_briefly(system: System, state: str, refresh_token: str) -> dict[str, str]:
    """The same as other clients send it: the token signed in place of the address; no hash, address or token type."""
    left_out = {"redirect_uri", "client_certificate_hash"}
    fields = {name: value for name, value in _common(system, state).items() if name not in left_out}
    fields |= {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return fields | {"client_secret": encoded(system.pair.sign(_signed_text(fields) + refresh_token))}


def encoded(signature: bytes) -> str:
    """A signature as it is sent: base64url."""
    return base64.urlsafe_b64encode(signature).decode()


def timestamp(moved: dt.timedelta = dt.timedelta()) -> str:
    """A moment as ЕСИА reads it, by default now: `2025.12.29 17:47:23 +0000`."""
    return (dt.datetime.now(dt.UTC) + moved).strftime("%Y.%m.%d %H:%M:%S %z")


def _common(system: System, state: str) -> dict[str, str]:
    return {
        "client_id": system.client_id,
        "scope": system.scope,
        "timestamp": timestamp(),
        "state": state,
        "redirect_uri": system.redirect_uri,
        "client_certificate_hash": system.pair.certificate_hash(),
    }


def _signed_text(fields: dict[str, str]) -> str:
    order = ("client_id", "scope", "scope_org", "timestamp", "state", "redirect_uri")
    return "".join(fields.get(name, "") for name in order)


def new_state() -> str:
    """A state: a UUID of version 4."""
    return str(uuid.uuid4())


def certificates(http: httpx2.Client) -> list[bytes]:
    """Certificates that ЕСИА publishes for its tokens."""
    archive = zipfile.ZipFile(io.BytesIO(http.get(CERTIFICATES).raise_for_status().content))
    wanted = [name for name in archive.namelist() if name.endswith((".cer", ".crt", ".pem", ".der"))]
    return [archive.read(name) for name in wanted]


def through_pages(http: httpx2.Client, system: System, query: dict[str, str], typed: dict[str, str]) -> Came:
    """Go as a browser does from the authorisation address: follow redirects, fill each form in with `typed`.

    Ends where the address is the system's, or where ЕСИА shows a page with nothing to fill in.

    Raises:
        AssertionError: the pages do not end.
    """
    answer = http.get(f"{AUTHORIZE}?{urlencode(query)}")
    for _ in range(_MAX_PAGES):
        while answer.is_redirect:
            target = urljoin(str(answer.url), answer.headers["Location"])
            if target.split("?")[0] == system.redirect_uri:
                return Came(dict(parse_qsl(urlsplit(target).query)), "", answer.status_code)
            answer = http.get(target)
        form = _Form(answer.text)
        known = {name: typed[name] for name in form.fields if name in typed}
        if not known or answer.status_code != httpx2.codes.OK:
            return Came({}, answer.text, answer.status_code)
        answer = http.post(urljoin(str(answer.url), form.action), data=form.hidden | known)
    raise AssertionError(f"{_MAX_PAGES} pages of ЕСИА led nowhere; the last is {answer.url.path}")


class _Form(HTMLParser):
    """The form of a page: where it goes, what it holds hidden, what there is to fill in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.hidden: dict[str, str] = {}
        self.fields: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = told.get("action", "")
        elif tag == "input" and told.get("type") == "hidden":
            self.hidden[told.get("name", "")] = told.get("value", "")
        elif tag == "input":
            self.fields.append(told.get("name", ""))
