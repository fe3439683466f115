"""SSO-07: a further provider by configuration alone, in the browser: tied, confirmed by, signed in by, signed out of."""

from __future__ import annotations

import html
import re
from urllib.parse import urljoin, urlsplit

import pytest

from nmo_local.demo.browser import hidden_fields
from tests.conftest import Portal
from tests.e2e.conftest import Arrive
from tests.e2e.people import new_specialist
from tests.e2e.steps import wait
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.e2e
PROVIDER = "sandbox-oidc"
START = f"/auth/{PROVIDER}/start"
LINKS = "/cabinet/settings/links"
THERE = "match"
"""Whose account at the provider is tied."""


async def through(visitor: Visitor, portal: Portal, address: str, page: str) -> str:
    """Type the password on the provider's page and come back; where the portal leads to."""
    assert address.startswith(f"{portal.address('oidc')}/login"), f"the password was not asked for: {address}"
    action = re.search(r"<form[^>]*action=\"([^\"]*)\"", page)
    assert action is not None
    form = {**hidden_fields(page), "login": THERE, "password": "sandbox"}
    target = urljoin(address, html.unescape(action.group(1)))
    status, final, _ = await visitor.page(await visitor.walk(target, f"{portal.url}/auth/", form))
    assert status == 200, final
    return final


async def by_it(visitor: Visitor, portal: Portal, query: str = "") -> str:
    _, address, page = await visitor.page(START + query)
    return await through(visitor, portal, address, page)


async def tie(visitor: Visitor, portal: Portal) -> None:
    await visitor.page(LINKS)
    _, address, page = await visitor.submit(f"{LINKS}/start/{PROVIDER}")
    assert (await through(visitor, portal, address, page)).endswith("?done=linked")


async def way_in(visitor: Visitor) -> str:
    """The account of the provider among the person's ways in."""
    items = (await visitor.get("/api/v1/me/links"))["items"]
    return str(next(item["account_id"] for item in items if item["provider"] == PROVIDER))


async def signed_out(visitor: Visitor) -> None:
    async def over() -> bool | None:
        return True if (await visitor.ask("GET", "/api/v1/me"))[0] == 401 else None

    await wait(over, "the end of the session")


@pytest.mark.req("SSO-07", "SSO-10", "P09", "P13", "T11")
async def test_provider_is_tied_confirms_signs_in_and_out(portal: Portal, arrive: Arrive) -> None:
    person = await new_specialist(portal)
    visitor = await arrive(person.key)
    me = await visitor.enter()
    await tie(visitor, portal)
    confirmed = await by_it(visitor, portal, f"?confirm=1&return_to={LINKS}")
    assert urlsplit(confirmed).path == LINKS, (
        "asked anew in spite of the session there, and the one here lives"
    )
    actions = [item["action"] for item in (await visitor.get("/api/v1/me/journal"))["items"]]
    assert "login.confirmed" in actions

    await visitor.page(LINKS)
    status, final, _ = await visitor.submit("/logout", everywhere="1")
    assert (status, final) == (200, f"{portal.url}/login?out=1"), "signed out there too, and back"
    await signed_out(visitor)

    await by_it(visitor, portal)
    assert (await visitor.get("/api/v1/me"))["person_id"] == me["person_id"], "the session there was over"
    other = await arrive(person.key)
    await other.enter()
    await visitor.page(f"{portal.address('oidc')}/logout")
    await signed_out(visitor)
    assert (await other.ask("GET", "/api/v1/me"))[0] == 200, (
        "the sign-out there ends what was opened by it alone"
    )

    status, _ = await other.ask("DELETE", f"/api/v1/me/links/{await way_in(other)}")
    assert status == 204
