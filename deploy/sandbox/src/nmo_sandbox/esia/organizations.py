"""`/rs/orgs/…`: what ЕСИА tells about an organisation to a token with that organisation's scopes."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from nmo_sandbox.esia import shapes
from nmo_sandbox.esia.accounts import Account, Membership
from nmo_sandbox.esia.core import Esia
from nmo_sandbox.esia.grants import Grant
from nmo_sandbox.esia.rest import RestRefusalError, denied, rest_answer, shown_grant, wanted_parts
from nmo_sandbox.esia.scopes import organization_scope


def organization_routes(esia: Esia) -> APIRouter:
    """Return the REST routes of organisations."""
    router = APIRouter(prefix="/rs/orgs")
    Embed = Annotated[str, Query()]  # noqa: N806 a type's name

    @router.get("/{oid}")
    async def organization(request: Request, oid: int) -> Response:
        """Return the organisation's fields that the token's scopes name."""

        def answer() -> dict[str, Any]:
            scopes = _scopes(esia, request, oid)
            found = _places(esia, oid)
            if not found:
                raise RestRefusalError(404, "ESIA-005004", "The object isn't found")
            return shapes.organization(found[0][1], scopes)

        return rest_answer(esia, answer)

    @router.get("/{oid}/emps")
    async def employees(request: Request, oid: int, embed: Embed = "") -> Response:
        """Return the employees: addresses, or with `embed=(elements)` the rows."""

        def answer() -> dict[str, Any]:
            _need(_scopes(esia, request, oid), "org_emps")
            rows = [
                {"prnOid": account.oid, "orgOid": oid, "chief": place.chief, "stateFacts": ["Identifiable"]}
                for account, place in _places(esia, oid)
            ]
            root = f"{esia.settings.esia_url}/rs/orgs/{oid}/emps"
            inline = "elements" in wanted_parts(embed)
            return _collection(rows if inline else [f"{root}/{row['prnOid']}" for row in rows])

        return rest_answer(esia, answer)

    @router.get("/{oid}/emps/{person_oid}/grps")
    async def groups(request: Request, oid: int, person_oid: int, embed: Embed = "") -> Response:
        """Return an employee's groups of access: addresses, or with `embed=(elements)` the rows."""

        def answer() -> dict[str, Any]:
            _need(_scopes(esia, request, oid), "org_grps")
            rows = [
                group
                for account, place in _places(esia, oid)
                if account.oid == person_oid
                for group in shapes.groups(place)
            ]
            root = f"{esia.settings.esia_url}/rs/orgs/{oid}/emps/{person_oid}/grps"
            inline = "elements" in wanted_parts(embed)
            return _collection(rows if inline else [f"{root}/{row['grp_id']}" for row in rows])

        return rest_answer(esia, answer)

    return router


def _collection(elements: list[Any]) -> dict[str, Any]:
    return {
        "stateFacts": ["hasSize"],
        "size": len(elements),
        "eTag": shapes.tag(elements),
        "elements": elements,
    }


def _places(esia: Esia, oid: int) -> list[tuple[Account, Membership]]:
    return [
        (account, place)
        for account in esia.accounts.all()
        for place in account.memberships
        if place.organization_oid == oid
    ]


def _scopes(esia: Esia, request: Request, oid: int) -> frozenset[str]:
    """Names of the token's scopes for that organisation. Raises 401, or 403 when there are none."""
    grant = shown_grant(esia, request)
    found = {
        name for name, named in _named(grant) if named == oid or (named is None and _works(esia, grant, oid))
    }
    if not found:
        raise denied()
    return frozenset(found)


def _named(grant: Grant) -> list[tuple[str, int | None]]:
    return [found for scope in grant.asked.org_scopes if (found := organization_scope(scope)) is not None]


def _works(esia: Esia, grant: Grant, oid: int) -> bool:
    """Whether the person of the token has a place in the organisation."""
    account = esia.accounts.by_oid(grant.session.oid) if grant.session else None
    return account is not None and oid in grant.asked.employers(account)


def _need(scopes: frozenset[str], name: str) -> None:
    if name not in scopes:
        raise denied()
