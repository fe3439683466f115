"""Who is let in, who is not and what they are told: every state of entry, by the API and by the pages."""

from __future__ import annotations

import aiohttp
import pytest

from nmo_contracts.purposes import PURPOSES
from nmo_local import system
from nmo_local.demo.browser import words
from tests.authz import matrix
from tests.conftest import Portal
from tests.e2e.conftest import Arrive
from tests.e2e.people import change_card, new_person, new_specialist
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.e2e
UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057"
CABINET = ("/cabinet", "/cabinet/profile", "/cabinet/cycles", "/cabinet/applications", "/cabinet/progress")
OWN = [row for row in matrix() if row.kind.startswith("specialist / ") and row.path.startswith("/api/v1/")]
"""Routes of a specialist's own matters: all need the match and consent."""


async def refusals(visitor: Visitor) -> dict[str, str]:
    """Code that each route of a specialist's own matters answers with."""
    found = {}
    for row in OWN:
        path = row.path.replace("{kind}", "application")
        while "{" in path:
            start, _, rest = path.partition("{")
            path = start + UNKNOWN + rest.partition("}")[2]
        body = {} if row.method in {"POST", "PATCH"} else None
        status, answer = await visitor.ask(row.method, path, body)
        found[row.name] = f"{status} {answer['code']}" if status >= 400 else str(status)
    return found


def open_to(entry: str) -> set[str]:
    """Routes that the matrix opens in this state."""
    return {row.name for row in OWN if entry in row.entry}


def let_in(answers: dict[str, str]) -> set[str]:
    """Routes that did not refuse for the state."""
    return {name for name, answer in answers.items() if answer != "403 entry_restricted"}


async def pages_of(visitor: Visitor) -> set[str]:
    """Where the pages of the cabinet lead."""
    return {
        (await visitor.page(path))[1].removeprefix(system.PUBLIC_URL).partition("?")[0] for path in CABINET
    }


@pytest.mark.req("MAT-01", "MAT-06", "MAT-07")
async def test_conflict_is_stopped_with_the_field_named(portal: Portal, arrive: Arrive) -> None:
    person = await new_specialist(portal, card={"patronymic": "Степанович"})
    visitor = await arrive(person.key)
    me = await visitor.enter()
    assert (me["entry"], me["match"]["outcome"]) == ("conflict", "conflict")
    levels = {field["field"]: field["result"] for field in me["match"]["fields"]}
    assert levels == {
        "last_name": "equal",
        "first_name": "equal",
        "patronymic": "conflict",
        "birth_on": "equal",
    }
    (differs,) = [field for field in me["match"]["fields"] if field["result"] == "conflict"]
    assert "Степанович" not in str(me), "the register's side is masked"
    assert differs["register_masked"].startswith("С")

    assert let_in(await refusals(visitor)) == open_to("conflict")
    assert await pages_of(visitor) == {"/mismatch"}
    _, _, text = await visitor.page("/mismatch")
    assert "отчество" in words(text).lower()
    assert me["match"]["reference"] in words(text)
    rows = (await visitor.get("/api/v1/me/journal"))["items"]
    (row,) = [row for row in rows if row["action"] == "match.checked"]
    assert (row["result"], "patronymic:conflict" in row["fields"]) == ("conflict", True)
    assert row["at"]


@pytest.mark.req("MAT-04")
async def test_corrected_record_lets_the_person_in_without_staff(portal: Portal, arrive: Arrive) -> None:
    person = await new_specialist(portal, card={"patronymic": "Степанович"})
    visitor = await arrive(person.key)
    assert (await visitor.enter())["entry"] == "conflict"
    await change_card(portal, person, patronymic=person.patronymic)
    me = await visitor.post("/api/v1/me/refresh", {})
    assert (me["entry"], me["match"]["outcome"]) == ("full", "exact")
    assert await pages_of(visitor) == set(CABINET)


@pytest.mark.req("SSO-02", "P10")
async def test_unconfirmed_account_is_told_how_to_confirm(portal: Portal, arrive: Arrive) -> None:
    person = await new_specialist(portal, trusted=False)
    visitor = await arrive(person.key)
    address, text = await visitor.sign_in()
    assert address.endswith("/unconfirmed")
    for way in ("подтверд", "Госуслуг", "МФЦ"):
        assert way in words(text)
    assert set((await refusals(visitor)).values()) == {"403 entry_restricted"}
    for method, path in (
        ("POST", "/api/v1/me/consents"), ("POST", "/api/v1/me/refresh"), ("POST", "/api/v1/me/match/confirm"),
        ("GET", "/api/v1/me/journal"), ("GET", "/api/v1/me/sessions"), ("GET", "/api/v1/notifications"),
        ("GET", "/api/v1/organization/applications"),
    ):  # fmt: skip
        status, problem = await visitor.ask(method, path, {} if method == "POST" else None)
        assert (status, problem["code"]) == (403, "entry_restricted"), path
    assert await pages_of(visitor) == {"/unconfirmed"}
    for path in ("/", "/catalog"):
        assert (await visitor.page(path))[0] == 200


@pytest.mark.req("MAT-01")
async def test_weak_match_enters_after_the_persons_own_word(portal: Portal, arrive: Arrive) -> None:
    person = await new_specialist(portal, card={"patronymic": None})
    visitor = await arrive(person.key)
    me = await visitor.enter()
    assert (me["entry"], me["match"]["outcome"]) == ("weak", "weak")
    assert let_in(await refusals(visitor)) == open_to("weak")
    assert await pages_of(visitor) == {"/match/confirm"}
    me = await visitor.post("/api/v1/me/match/confirm", {})
    assert (me["entry"], me["match"]["outcome"]) == ("full", "weak")
    assert (await visitor.ask("GET", "/api/v1/cycles"))[0] == 200
    assert await pages_of(visitor) == set(CABINET)


@pytest.mark.req("MAT-01", "MAT-03")
async def test_equivalent_spelling_enters(portal: Portal, arrive: Arrive) -> None:
    person = await new_specialist(portal, first_name="Пётр", card={"firstName": "ПЕТР", "lastName": None})
    await change_card(portal, person, lastName=f" {person.last_name.upper()} ")
    visitor = await arrive(person.key)
    me = await visitor.enter()
    assert (me["entry"], me["match"]["outcome"]) == ("full", "equivalent")


@pytest.mark.req("MAT-05")
async def test_person_outside_the_register_gets_in_with_limits(portal: Portal, arrive: Arrive) -> None:
    person = await new_person(portal, in_register=False)
    visitor = await arrive(person.key)
    me = await visitor.enter()
    assert (me["entry"], me["match"]["outcome"]) == ("limited", "not_found")
    assert let_in(await refusals(visitor)) == open_to("limited")


@pytest.mark.req("SSO-03", "SSO-04")
async def test_without_consent_nothing_is_read_and_nothing_opens(portal: Portal, arrive: Arrive) -> None:
    person = await new_specialist(portal)
    visitor = await arrive(person.key)
    await visitor.sign_in()
    shown = (await visitor.get("/api/v1/me/consents"))["current_text"]["version"]
    _, address, text = await visitor.submit("/consent", answer="no", text_version=shown)
    assert "/consent" in address
    assert "Согласен" in words(text), "the page offers consent again"
    answers = await visitor.get("/api/v1/me/consents")
    assert answers["state"] == "refused"
    assert [(row["kind"], row["text_version"]) for row in answers["history"]] == [("refused", shown)]
    me = await visitor.get("/api/v1/me")
    assert (me["entry"], me["match"], me["specialist_id"]) == ("unmatched", None, None)
    assert set((await refusals(visitor)).values()) == {"403 consent_required"}
    assert await pages_of(visitor) == {"/consent"}


@pytest.mark.req("SSO-04", "SSO-05")
async def test_withdrawal_closes_and_a_new_consent_opens_again(portal: Portal, arrive: Arrive) -> None:
    person = await new_specialist(portal)
    visitor = await arrive(person.key)
    assert (await visitor.enter())["entry"] == "full"
    assert (await visitor.ask("GET", "/api/v1/cycles"))[0] == 200
    status, _ = await visitor.ask("DELETE", "/api/v1/me/consents")
    assert status == 204
    assert set((await refusals(visitor)).values()) == {"403 consent_required"}
    assert await pages_of(visitor) == {"/consent"}
    consents = await visitor.get("/api/v1/me/consents")
    assert consents["state"] == "withdrawn"
    await visitor.agree()
    assert (await visitor.get("/api/v1/me"))["entry"] == "full"
    assert (await visitor.ask("GET", "/api/v1/cycles"))[0] == 200
    actions = [row["action"] for row in (await visitor.get("/api/v1/me/journal"))["items"]]
    # Each purpose was agreed to twice and ended once: the others rest on the main one.
    assert actions.count("consent.granted") == 2 * len(PURPOSES)
    assert actions.count("consent.withdrawn") == len(PURPOSES)


@pytest.mark.req("SSO-10")
async def test_after_sign_out_the_cookie_is_dead(
    portal: Portal, arrive: Arrive, http: aiohttp.ClientSession
) -> None:
    person = await new_specialist(portal)
    visitor = await arrive(person.key)
    await visitor.enter()
    stolen = visitor.cookies()
    fields = {"Cookie": "; ".join(f"{name}={value}" for name, value in stolen.items())}
    async with http.get(f"{portal.url}/api/v1/me", headers=fields) as answer:
        assert answer.status == 200
    _, _, text = await visitor.page("/cabinet")
    assert person.last_name in words(text), "the name stands on every page"
    await visitor.leave()
    async with http.get(f"{portal.url}/api/v1/me", headers=fields) as answer:
        assert answer.status == 401
        assert answer.content_type == "application/problem+json"
    async with http.get(f"{portal.url}/cabinet", headers=fields, allow_redirects=False) as answer:
        assert "/login" in answer.headers["Location"]
    assert (await visitor.ask("GET", "/api/v1/me"))[0] == 401


@pytest.mark.req("SSO-10")
async def test_next_sign_in_shows_the_time_of_the_last(portal: Portal, arrive: Arrive) -> None:
    person = await new_specialist(portal)
    first = await arrive(person.key)
    before = await first.enter()
    assert before["previous_login_at"] is None
    second = await arrive(person.key)
    me = await second.enter()
    assert me["previous_login_at"] == before["login_at"]
