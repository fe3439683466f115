"""`/rs/prns/…`: what ЕСИА tells about the person whose access token is shown, narrowed to the token's scopes."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from nmo_sandbox.esia import shapes
from nmo_sandbox.esia.accounts import Account
from nmo_sandbox.esia.core import Esia
from nmo_sandbox.esia.documents import DOCUMENT_SCOPES, documents
from nmo_sandbox.esia.exchange import broken_page, rest_json
from nmo_sandbox.esia.grants import Grant

Elements = list[dict[str, Any]]
_EMBED = re.compile(r"\(([\w.,-]*)\)")


class RestRefusalError(Exception):
    """A refusal of the REST service: HTTP status, ЕСИА code, sentence."""

    def __init__(self, status: int, code: str, text: str) -> None:
        self.status = status
        self.body = {"code": code, "message": text}
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Part:
    """A collection below a person.

    Attributes:
        path: its last path segment.
        embed: its name inside `embed=(…)` on the person.
        scopes: any of them opens it.
        elements: the elements a token's scopes show.
    """

    path: str
    embed: str
    scopes: frozenset[str]
    elements: Callable[[Account, frozenset[str]], Elements]


PARTS = (
    Part("ctts", "contacts", frozenset({"email", "mobile", "contacts"}), shapes.contacts),
    Part("addrs", "addresses", frozenset({"addresses"}), shapes.addresses),
    Part("docs", "documents", frozenset(DOCUMENT_SCOPES), documents),
    Part("roles", "roles", frozenset({"usr_org"}), shapes.roles),
    Part("orgs", "organizations", frozenset({"usr_org"}), shapes.employers),
    Part("vhls", "vehicles", frozenset({"vehicles"}), shapes.nothing),
    Part("kids", "kids", frozenset({"birth_cert_doc", "kid_fullname", "kid_birthdate"}), shapes.nothing),
)


def rest_routes(esia: Esia) -> APIRouter:
    """Return the REST routes."""
    router = APIRouter(prefix="/rs/prns")
    Embed = Annotated[str, Query()]  # noqa: N806 a type's name

    @router.get("/{oid}")
    async def person(request: Request, oid: str, embed: Embed = "") -> Response:
        """Return the person, with collections inside when `embed=(contacts.elements,…)` asks for them."""
        return rest_answer(esia, lambda: _person(esia, *_viewer(esia, request, oid), embed))

    @router.get("/{oid}/{part}")
    async def collection(request: Request, oid: str, part: str, embed: Embed = "") -> Response:
        """Return a collection: addresses of its elements, or the elements with `embed=(elements)`."""

        def answer() -> dict[str, Any]:
            account, scopes = _viewer(esia, request, oid)
            kind = _opened(part, scopes)
            # Roles have no address of their own: ЕСИА always gives them in full.
            inline = kind.path == "roles" or "elements" in wanted_parts(embed)
            return _collection(esia, account, kind, kind.elements(account, scopes), inline=inline)

        return rest_answer(esia, answer)

    @router.get("/{oid}/{part}/{number}")
    async def element(request: Request, oid: str, part: str, number: int) -> Response:
        """Return one element of a collection."""

        def answer() -> dict[str, Any]:
            account, scopes = _viewer(esia, request, oid)
            for found in _opened(part, scopes).elements(account, scopes):
                if found.get("id") == number:
                    return found
            raise RestRefusalError(404, "ESIA-005004", "The object isn't found")

        return rest_answer(esia, answer)

    return router


def rest_answer(esia: Esia, work: Callable[[], dict[str, Any]]) -> Response:
    """Answer with what `work` returns, or with its refusal; faults of the shown token's system included."""
    try:
        body = work()
        if esia.faults.on("html_error"):
            return broken_page()
        if esia.faults.on("rest_denied"):
            raise denied()
        return rest_json(esia, body)
    except RestRefusalError as refusal:
        listed = esia.faults.on("rest_error_list")
        return rest_json(esia, [refusal.body] if listed else refusal.body, refusal.status)


def denied() -> RestRefusalError:
    """Return the refusal of what a token's scopes do not show."""
    return RestRefusalError(403, "ESIA-005029", "The scope doesn't allow the request")


def shown_grant(esia: Esia, request: Request) -> Grant:
    """Return what the shown access token stands for.

    Raises:
        RestRefusalError: 401 for no, unknown, revoked or expired token.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    grant = esia.grants.access(token.strip()) if scheme.lower() == "bearer" else None
    if grant is None or grant.family.revoked:
        raise RestRefusalError(401, "ESIA-005011", "The access token is invalid")
    esia.faults.look_at(grant.asked.client_id)
    if grant.expires <= esia.clock.seconds():
        raise RestRefusalError(401, "ESIA-005013", "The access token has expired")
    return grant


def _viewer(esia: Esia, request: Request, oid: str) -> tuple[Account, frozenset[str]]:
    """Return the person of the path and the token's scopes.

    Raises:
        RestRefusalError: 401 as above; 403 for another person's path, or for a system's own token.
    """
    grant = shown_grant(esia, request)
    if grant.session is None:
        raise denied()
    account = esia.accounts.by_oid(grant.session.oid)
    if account is None or account.blocked:
        raise RestRefusalError(401, "ESIA-005011", "The access token is invalid")
    if oid != str(account.oid):
        raise denied()
    return account, frozenset(grant.asked.scopes)


def _opened(part: str, scopes: frozenset[str]) -> Part:
    for kind in PARTS:
        if kind.path == part:
            if not kind.scopes & scopes:
                raise denied()
            return kind
    raise RestRefusalError(404, "ESIA-005004", "The object isn't found")


def wanted_parts(embed: str) -> list[str]:
    """Read `(a.elements-1,b)` as names without their schema suffixes. Raises 400 for another form."""
    if not embed:
        return []
    inner = _EMBED.fullmatch(embed)
    if inner is None:
        raise RestRefusalError(400, "ESIA-005003", "The embed parameter is malformed")
    return [re.sub(r"-\d+$", "", name) for name in inner.group(1).split(",") if name]


def _person(esia: Esia, account: Account, scopes: frozenset[str], embed: str) -> dict[str, Any]:
    body = shapes.person(account, scopes)
    if esia.faults.on("missing_trusted"):
        body.pop("trusted")
    if esia.faults.on("missing_snils"):
        body.pop("snils", None)
    wanted = wanted_parts(embed)
    for kind in PARTS:
        if kind.scopes & scopes and {kind.embed, f"{kind.embed}.elements"} & set(wanted):
            inline = f"{kind.embed}.elements" in wanted
            body[kind.embed] = _collection(esia, account, kind, kind.elements(account, scopes), inline=inline)
    return body


def _collection(
    esia: Esia, account: Account, kind: Part, elements: Elements, *, inline: bool
) -> dict[str, Any]:
    person_root = f"{esia.settings.esia_url}/rs/prns/{account.oid}"
    root = f"{esia.settings.esia_url}/rs/orgs" if kind.path == "orgs" else f"{person_root}/{kind.path}"
    shown: list[Any] = elements if inline else [f"{root}/{element['id']}" for element in elements]
    return {"stateFacts": ["hasSize"], "size": len(elements), "eTag": shapes.tag(elements), "elements": shown}
