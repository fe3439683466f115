"""Matching with the register: never before consent, each outcome, the register down."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from nmo_contracts.purposes import EMPLOYER
from nmo_identity.matching.commands.retry_due import retry_due_matches
from nmo_kit import clock
from nmo_testkit.messages import drain_outbox


async def enter(portal: Any, **person: Any) -> str:
    """Sign in and agree; the handle."""
    handle: str = (await portal.sign_in(**person))["session"]["handle"]
    answer = await portal.agree(handle)
    assert answer.status_code == 201, answer.text
    return handle


async def events(portal: Any) -> list[Any]:
    return [(event.type_name, event.data) for event in await drain_outbox(portal.db)]


@pytest.mark.req("SSO-03")
async def test_register_is_not_asked_before_consent(portal: Any) -> None:
    handle = (await portal.sign_in())["session"]["handle"]
    await portal.client.get("/api/v1/me", headers=await portal.headers(handle))
    await portal.client.post("/api/v1/me/refresh", headers=await portal.headers(handle))
    await portal.client.get("/api/v1/me/journal", headers=await portal.headers(handle))
    await portal.sign_in()
    assert portal.register.asked == []
    await portal.agree(handle)
    assert len(portal.register.asked) == 1


@pytest.mark.req("SSO-03")
async def test_consent_is_kept_with_its_text(portal: Any) -> None:
    handle = (await portal.sign_in())["session"]["handle"]
    before = (await portal.client.get("/api/v1/me/consents", headers=await portal.headers(handle))).json()
    assert before["state"] == "none"
    codes = [item["code"] for item in before["current_text"]["categories"]]
    assert codes == ["full_name", "birth_date", "qualification", "identifier", "current_learning"]
    assert (await portal.agree(handle)).json()["consent"]["text_version"] == before["current_text"]["version"]
    after = (await portal.client.get("/api/v1/me/consents", headers=await portal.headers(handle))).json()
    assert (after["state"], after["history"][0]["kind"]) == ("granted", "granted")
    async with portal.db.read() as session:
        kept = (await session.execute(text("select text_version, text_hash from consent_event"))).one()
    assert tuple(kept) == (before["current_text"]["version"], before["current_text"]["hash"])
    await portal.agree(handle)
    again = (await portal.client.get("/api/v1/me/consents", headers=await portal.headers(handle))).json()
    assert len(again["history"]) == 1


async def answer(portal: Any, handle: str, *, agreed: bool) -> Any:
    """The answer on the consent page."""
    shown = (await portal.client.get("/api/v1/me/consents", headers=await portal.headers(handle))).json()[
        "current_text"
    ]
    body = {"text_version": shown["version"], "agreed": agreed}
    return await portal.client.post("/api/v1/me/consents", json=body, headers=await portal.headers(handle))


@pytest.mark.req("SSO-03", "SSO-04")
async def test_refusal_is_kept_with_its_text_and_reads_nothing(portal: Any) -> None:
    handle = (await portal.sign_in())["session"]["handle"]
    refusal = await answer(portal, handle, agreed=False)
    assert (refusal.status_code, refusal.json()["entry"], refusal.json()["consent"]) == (
        201,
        "unmatched",
        None,
    )
    await answer(portal, handle, agreed=False)
    consents = await portal.client.get("/api/v1/me/consents", headers=await portal.headers(handle))
    found = consents.json()
    assert found["state"] == "refused"
    assert [row["kind"] for row in found["history"]] == ["refused"]
    assert found["history"][0]["text_version"] == found["current_text"]["version"]
    (row,) = await portal.journal("action = 'consent.refused'")
    assert row["object"] == f"consent_text/data_transfer/{found['current_text']['version']}"
    assert portal.register.asked == []
    assert [name for name, _ in await events(portal)] == ["identity.person.registered.v1"]
    assert (await answer(portal, handle, agreed=True)).json()["entry"] == "full"


@pytest.mark.req("SSO-05")
async def test_refusal_while_a_consent_is_in_force_takes_it_back(portal: Any) -> None:
    handle = await enter(portal)
    await events(portal)
    assert (await answer(portal, handle, agreed=False)).json()["entry"] == "unmatched"
    assert [name for name, _ in await events(portal)] == ["identity.consent.withdrawn.v1"]


@pytest.mark.req("SSO-03")
async def test_refusal_of_a_text_nobody_saw_is_refused(portal: Any) -> None:
    handle = (await portal.sign_in())["session"]["handle"]
    body = {"text_version": "1999-01", "agreed": False}
    refusal = await portal.client.post("/api/v1/me/consents", json=body, headers=await portal.headers(handle))
    assert (refusal.status_code, refusal.json()["code"]) == (409, "consent_text_outdated")


async def test_repeated_agreement_asks_the_register_no_more(portal: Any) -> None:
    handle = await enter(portal)
    for _ in range(3):
        assert (await answer(portal, handle, agreed=True)).json()["entry"] == "full"
    assert len(portal.register.asked) == 1


@pytest.mark.req("MAT-04")
async def test_match_is_owed_from_the_moment_of_consent(portal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies between the answer and the question to the register."""
    handle = (await portal.sign_in())["session"]["handle"]

    async def dies(*_: Any, **__: Any) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr("nmo_identity.me.consents.match_after_consent", dies)
    assert (await portal.agree(handle)).status_code == 500
    assert (await portal.me(handle))["entry"] == "checking"
    extras = portal.runtime.extras
    later = clock.now() + timedelta(minutes=1)
    assert await retry_due_matches(portal.db, extras["register"], extras["cipher"], now=later) == 1
    assert (await portal.me(handle))["entry"] == "full"
    async with portal.db.read() as session:
        assert (await session.execute(text("select count(*) from match_task"))).scalar_one() == 0


@pytest.mark.req("SSO-03")
async def test_consent_to_another_text_is_refused(portal: Any) -> None:
    handle = (await portal.sign_in())["session"]["handle"]
    answer = await portal.client.post(
        "/api/v1/me/consents", json={"text_version": "1999-01"}, headers=await portal.headers(handle)
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "consent_text_outdated")
    assert portal.register.asked == []


@pytest.mark.req("SSO-03")
async def test_answers_to_the_consent_cannot_be_changed(portal: Any) -> None:
    await enter(portal)
    for statement in ("update consent_event set kind = 'refused'", "delete from match_result"):
        with pytest.raises(Exception, match="never changed"):
            async with portal.db.write() as session:
                await session.execute(text(statement))


@pytest.mark.req("MAT-01", "MAT-07")
@pytest.mark.parametrize("outcome", ["exact", "equivalent"])
async def test_agreeing_record_opens_the_cabinet(portal: Any, outcome: str, helpers: Any) -> None:
    portal.register.says(outcome, last_name="equivalent" if outcome == "equivalent" else "equal")
    handle = await enter(portal)
    me = await portal.me(handle)
    assert (me["entry"], me["specialist_id"]) == ("full", helpers.specialist)
    assert portal.register.asked[0] == {
        "snils": "97116165616",
        "last_name": "Журавская",
        "first_name": "Марина",
        "patronymic": "Викторовна",
        "birth_on": "1984-03-17",
        "person_id": me["person_id"],
        "refresh": False,
        "purpose": "sign_in",
    }
    claims = helpers.read_claims(portal.register.tokens[0])
    assert (claims["aud"], claims["sub"], claims["roles"]) == ("registry", "identity", ["service"])
    types = [kind for kind, _ in await events(portal)]
    assert types == [
        "identity.person.registered.v1",
        "identity.consent.granted.v1",
        "identity.person.matched.v1",
    ]
    (row,) = await portal.journal("action = 'match.checked'")
    assert row["result"] == outcome
    assert row["fields"][3] == "birth_on:equal"
    assert row["object"] == f"match/{me['match']['reference']}"


@pytest.mark.req("MAT-01")
async def test_weak_record_waits_for_the_persons_word(portal: Any) -> None:
    portal.register.says("weak", patronymic="weak")
    handle = await enter(portal)
    me = await portal.me(handle)
    assert (me["entry"], me["specialist_id"], me["match"]["outcome"]) == ("weak", None, "weak")
    weak = [item for item in me["match"]["fields"] if item["result"] == "weak"]
    assert [(item["label"], item["own"]) for item in weak] == [("Отчество", "Викторовна")]
    assert not any("matched" in kind for kind, _ in await events(portal))
    confirmed = await portal.client.post("/api/v1/me/match/confirm", headers=await portal.headers(handle))
    assert (confirmed.status_code, confirmed.json()["entry"]) == (200, "full")
    ((kind, data),) = await events(portal)
    assert (kind, data["outcome"]) == ("identity.person.matched.v1", "weak")
    await portal.client.post("/api/v1/me/match/confirm", headers=await portal.headers(handle))
    assert await events(portal) == []


@pytest.mark.req("ROL-02", "MAT-01")
@pytest.mark.parametrize("outcome", ["exact", "weak", "conflict"])
async def test_agreeing_to_be_shown_to_the_employer_tells_the_standing_match_again(
    portal: Any, outcome: str
) -> None:
    portal.register.says(outcome, patronymic=outcome if outcome != "exact" else "equal")
    handle = await enter(portal)
    body = {"purpose": EMPLOYER, "text_version": "2026-11"}

    async def told_by_agreement() -> list[Any]:
        """Matches told by an agreement, given anew."""
        await events(portal)
        answer = await portal.client.post(
            "/api/v1/me/consents", json=body, headers=await portal.headers(handle)
        )
        assert answer.status_code == 201, answer.text
        found = await events(portal)
        await portal.client.delete(
            "/api/v1/me/consents", params={"purpose": EMPLOYER}, headers=await portal.headers(handle)
        )
        return [data for kind, data in found if kind != "identity.consent.granted.v1"]

    if outcome == "weak":
        assert await told_by_agreement() == [], "nobody's record before the person's own word"
        await portal.client.post("/api/v1/me/match/confirm", headers=await portal.headers(handle))
    before = [data for kind, data in await events(portal) if kind == "identity.person.matched.v1"]
    again = await told_by_agreement()
    assert again == before
    assert len(again) == (0 if outcome == "conflict" else 1)


@pytest.mark.req("MAT-01")
async def test_persons_word_holds_for_that_difference_only(portal: Any) -> None:
    portal.register.says("weak", patronymic="weak")
    handle = await enter(portal)
    await portal.client.post("/api/v1/me/match/confirm", headers=await portal.headers(handle))
    again = await portal.client.post("/api/v1/me/refresh", headers=await portal.headers(handle))
    assert portal.register.asked[-1]["refresh"], "the register itself is asked, not its mirror"
    assert again.json()["entry"] == "full"
    portal.register.says("weak", patronymic="weak", last_name="weak")
    again = await portal.client.post("/api/v1/me/refresh", headers=await portal.headers(handle))
    assert again.json()["entry"] == "weak"


@pytest.mark.req("MAT-01")
async def test_conflict_closes_the_cabinet_and_names_the_field(portal: Any) -> None:
    portal.register.says("conflict", patronymic="conflict")
    handle = await enter(portal)
    me = await portal.me(handle)
    assert (me["entry"], me["specialist_id"]) == ("conflict", None)
    assert [item["label"] for item in me["match"]["fields"] if item["result"] == "conflict"] == ["Отчество"]
    (mismatch,) = [data for kind, data in await events(portal) if kind == "identity.person.mismatched.v1"]
    assert (mismatch["outcome"], mismatch["fields"]) == ("conflict", ["patronymic"])
    confirmed = await portal.client.post("/api/v1/me/match/confirm", headers=await portal.headers(handle))
    assert (confirmed.status_code, confirmed.json()["code"]) == (409, "nothing_to_confirm")


@pytest.mark.req("MAT-01")
async def test_absent_record_limits_the_cabinet(portal: Any) -> None:
    portal.register.says("not_found")
    handle = await enter(portal)
    assert (await portal.me(handle))["entry"] == "limited"


@pytest.mark.req("MAT-01")
async def test_person_without_a_number_is_not_looked_up(portal: Any) -> None:
    handle = await enter(portal, snils="", oid=1000400777)
    assert portal.register.asked == []
    assert (await portal.me(handle))["entry"] == "limited"


@pytest.mark.req("MAT-07")
async def test_register_down_is_checked_later(portal: Any) -> None:
    portal.register.down = True
    handle = await enter(portal)
    assert (await portal.me(handle))["entry"] == "checking"
    register, cipher = portal.runtime.extras["register"], portal.runtime.extras["cipher"]
    assert await retry_due_matches(portal.db, register, cipher, now=clock.now()) == 0
    portal.register.down = False
    later = clock.now() + timedelta(seconds=20)
    assert await retry_due_matches(portal.db, register, cipher, now=later) == 1
    assert (await portal.me(handle))["entry"] == "full"
    assert await retry_due_matches(portal.db, register, cipher, now=later + timedelta(hours=1)) == 0
    assert [row["action"] for row in await portal.journal("action like 'match.%'")] == [
        "match.postponed",
        "match.checked",
    ]


async def test_known_match_outlives_an_outage(portal: Any) -> None:
    handle = await enter(portal)
    portal.register.down = True
    answer = await portal.client.post("/api/v1/me/refresh", headers=await portal.headers(handle))
    assert answer.json()["entry"] == "full"


async def test_unreadable_answer_counts_as_no_answer(portal: Any) -> None:
    portal.register.answer = {"outcome": "perfect", "fields": []}
    handle = await enter(portal)
    assert (await portal.me(handle))["entry"] == "checking"


@pytest.mark.req("SSO-03")
async def test_withdrawal_closes_the_cabinet_at_once(portal: Any, helpers: Any) -> None:
    handle = await enter(portal)
    await events(portal)
    answer = await portal.client.delete("/api/v1/me/consents", headers=await portal.headers(handle))
    assert answer.status_code == 204
    claims = helpers.read_claims((await portal.exchange(handle, "cycles")).json()["access_token"])
    assert (claims["consent"], claims["entry"], claims.get("spec")) == (False, "unmatched", None)
    ((kind, data),) = await events(portal)
    assert (kind, data["purpose"]) == ("identity.consent.withdrawn.v1", "data_transfer")
    me = await portal.me(handle)
    assert me["match"] is None
    asked = len(portal.register.asked)
    await portal.client.post("/api/v1/me/refresh", headers=await portal.headers(handle))
    assert len(portal.register.asked) == asked
    await portal.agree(handle)
    assert (await portal.me(handle))["entry"] == "full"


async def test_versions_of_events_grow_by_one(portal: Any) -> None:
    await enter(portal)
    assert [event.subjectversion for event in await drain_outbox(portal.db)] == [1, 2, 3]


@pytest.mark.req("MAT-03")
async def test_answer_about_data_that_changed_meanwhile_is_not_kept(
    portal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = (await portal.sign_in())["session"]["handle"]
    extras, register = portal.runtime.extras, portal.runtime.extras["register"]
    ask = register.match

    async def ask_while_the_name_changes(question: Any) -> Any:
        monkeypatch.setattr(register, "match", ask)
        portal.register.says("conflict")
        await portal.sign_in(lastName="Орлова")
        portal.register.says("exact")
        return await ask(question)

    monkeypatch.setattr(register, "match", ask_while_the_name_changes)
    assert (await portal.agree(handle)).json()["entry"] == "conflict"
    portal.register.says("conflict")
    later = clock.now() + timedelta(minutes=1)
    assert await retry_due_matches(portal.db, register, extras["cipher"], now=later) == 1
    assert (await portal.me(handle))["entry"] == "conflict"
