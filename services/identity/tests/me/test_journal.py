"""The person's journal, sessions, and what other services may learn (AUD-01)."""

from datetime import timedelta
from typing import Any

import pytest

from nmo_identity.journal.rules import TITLES
from nmo_identity.oidc_provider.minting import Mint
from nmo_kit import clock


async def journal(portal: Any, handle: str, **params: str) -> Any:
    return await portal.client.get("/api/v1/me/journal", params=params, headers=await portal.headers(handle))


@pytest.mark.req("AUD-01", "MAT-07")
async def test_journal_is_in_russian_and_newest_first(portal: Any) -> None:
    handle = (await portal.sign_in())["session"]["handle"]
    await portal.agree(handle)
    items = (await journal(portal, handle)).json()["items"]
    assert [item["title"] for item in items] == [
        "Сверка с регистром медицинских работников: данные совпали полностью",
        "Вы дали согласие на передачу данных",
        "Вход",
        "Первый вход, учётная запись создана",
    ]
    assert items[2]["ip_prefix"] == "203.0.113.0/24"
    assert items[0]["fields"] == ["last_name:equal", "first_name:equal", "patronymic:equal", "birth_on:equal"]


@pytest.mark.req("AUD-01")
async def test_pages_and_dates(portal: Any) -> None:
    handle = (await portal.sign_in())["session"]["handle"]
    await portal.agree(handle)
    first = (await journal(portal, handle, limit="3")).json()
    second = (await journal(portal, handle, limit="3", cursor=first["next_cursor"])).json()
    assert (len(first["items"]), len(second["items"]), second["next_cursor"]) == (3, 1, None)
    today = clock.today()
    whole = (await journal(portal, handle, **{"from": today.isoformat(), "to": today.isoformat()})).json()
    assert len(whole["items"]) == 4
    before = (await journal(portal, handle, to=(today - timedelta(days=1)).isoformat())).json()
    assert before["items"] == []


@pytest.mark.req("AUD-01")
@pytest.mark.parametrize(
    "params",
    [
        {"from": "2026-02-02", "to": "2026-02-01"},
        {"from": "вчера"},
        {"limit": "0"},
        {"cursor": "x"},
        {"cursor": "e30"},
        {"to": "9999-12-31"},
    ],
)
async def test_odd_questions_are_answered_by_fields(portal: Any, params: dict[str, str]) -> None:
    handle = (await portal.sign_in())["session"]["handle"]
    answer = await journal(portal, handle, **params)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_fields")


@pytest.mark.req("AUD-01")
async def test_journal_shows_own_rows_only(portal: Any) -> None:
    await portal.agree((await portal.sign_in())["session"]["handle"])
    other = (await portal.sign_in(oid=1000400666, snils="12345678964"))["session"]["handle"]
    items = (await journal(portal, other)).json()["items"]
    assert [item["action"] for item in items] == ["login.succeeded", "account.registered"]


@pytest.mark.req("AUD-01", "AUD-03")
@pytest.mark.parametrize(
    ("service", "purpose", "filled", "empty"),
    [
        ("applications", "application_form", {"snils", "birth_on", "email", "phone"}, set()),
        ("applications", "application_queue", set(), {"snils", "birth_on", "email", "phone"}),
        ("notifications", "deliver_message", {"email", "phone"}, {"snils", "birth_on"}),
    ],
)
async def test_purpose_decides_what_is_told(
    portal: Any, service: str, purpose: str, filled: set[str], empty: set[str]
) -> None:
    signed_in = await portal.sign_in()
    person_id = signed_in["person"]["person_id"]
    answer = await portal.client.post(
        "/internal/persons/disclose",
        json={
            "person_ids": [person_id, person_id, "00000000-0000-0000-0000-000000000000"],
            "purpose": purpose,
        },
        headers=await portal.service_headers(service),
    )
    (item,) = answer.json()["items"]
    assert item["short_name"] == "Журавская М. В."
    assert all(item[name] for name in filled)
    assert all(item[name] is None for name in empty)
    items = (await journal(portal, signed_in["session"]["handle"])).json()["items"]
    assert items[0]["action"] == "person.read"
    assert items[0]["title"].startswith("Ваши данные переданы сервису портала для")


@pytest.mark.parametrize(
    ("service", "purpose", "status"),
    [
        ("notifications", "application_form", 403),
        ("applications", "deliver_message", 403),
        ("cycles", "application_form", 403),
        ("applications", "curiosity", 422),
    ],
)
async def test_service_learns_for_its_own_purposes_only(
    portal: Any, service: str, purpose: str, status: int
) -> None:
    person_id = (await portal.sign_in())["person"]["person_id"]
    answer = await portal.client.post(
        "/internal/persons/disclose",
        json={"person_ids": [person_id], "purpose": purpose},
        headers=await headers_of(portal, service),
    )
    assert answer.status_code == status


async def headers_of(portal: Any, service: str) -> dict[str, str]:
    """A service with a token for identity, also one that the token endpoint gives none: each net holds alone."""
    mint = Mint(portal.runtime.extras["keyring"], portal.runtime.settings.public_url)
    return {"Authorization": f"Bearer {await mint.for_service(service, 'identity', now=clock.now())}"}


async def test_person_cannot_ask_as_a_service(portal: Any) -> None:
    signed_in = await portal.sign_in()
    answer = await portal.client.post(
        "/internal/persons/disclose",
        json={"person_ids": [signed_in["person"]["person_id"]], "purpose": "application_form"},
        headers=await portal.headers(signed_in["session"]["handle"]),
    )
    assert answer.status_code == 403


async def test_sessions_are_listed(portal: Any) -> None:
    await portal.sign_in()
    handle = (await portal.sign_in())["session"]["handle"]
    answer = await portal.client.get("/api/v1/me/sessions", headers=await portal.headers(handle))
    items = answer.json()["items"]
    assert [item["current"] for item in items] == [True, False]
    assert items[0]["user_agent"] == "tests"


async def test_nobody_without_a_token(portal: Any) -> None:
    for path in ("/api/v1/me", "/api/v1/me/journal", "/api/v1/me/sessions", "/api/v1/me/consents"):
        assert (await portal.client.get(path)).status_code == 401


def test_every_action_has_a_title() -> None:
    assert all(any("а" <= char <= "я" for char in title.lower()) for title in TITLES.values())
