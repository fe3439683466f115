"""REG-01 … REG-05: registering, the letter, the first sign-in, the confirmed address."""

import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from nmo_identity.local_accounts.commands.answer_received import answer_received
from nmo_identity.local_accounts.commands.expire import expire_unconfirmed
from nmo_kit import clock
from services.identity.tests.timings import assert_untold


@pytest.mark.req("REG-01", "REG-02", "P04", "P05")
async def test_newcomer_comes_in_by_mail_changes_the_password_and_confirms_the_address(
    portal: Any, newcomer: Any, helpers: Any
) -> None:
    person = newcomer()
    answer = await person.register()
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
    (letter,) = await person.letters()
    assert letter["kind"] == "registration"
    assert letter["login"] == person.email

    first = await person.sign_in(letter["secret"])
    handle = first.json()["session"]["handle"]
    assert first.json()["person"]["entry"] == "restricted"
    token = (await portal.exchange(handle)).json()["access_token"]
    claims = helpers.read_claims(token)
    assert (claims["entry"], claims["roles"]) == ("restricted", ["person"])
    me = await portal.me(handle)
    assert me["restrictions"] == ["must_change_password"]
    assert (me["full_name"], me["snils"], me["email"]) == (
        "Ветрова Мария Юрьевна",
        "971-710-101 94",
        person.email,
    )
    refused = await portal.client.get("/api/v1/me/consents", headers=await portal.headers(handle))
    assert (refused.status_code, refused.json()["code"]) == (403, "entry_restricted")

    assert (await person.set_password(handle)).status_code == 204
    assert (await portal.me(handle))["entry"] == "unverified"
    assert (await portal.agree(handle)).json()["entry"] == "unverified"
    assert (await person.sign_in(letter["secret"])).json()["code"] == "login_wrong"
    assert (await person.sign_in()).json()["person"]["entry"] == "unverified"

    assert (await person.confirm()).status_code == 204
    assert (await portal.me(handle))["entry"] == "unmatched"
    assert (await person.sign_in()).json()["person"]["entry"] == "unmatched"


@pytest.mark.req("REG-01", "MAT-02")
async def test_each_field_at_fault_is_named_at_once_in_words(portal: Any, newcomer: Any) -> None:
    person = newcomer()
    wrong = {
        "email": "вера@почта", "snils": "123-456-789 65", "last_name": "Petrov", "first_name": " ",
        "patronymic": "Юр1евна", "birth_on": "2030-01-01", "gender": "", "citizenship": "ZZZ", "phone": "12",
        "region_code": "",
    }  # fmt: skip
    answer = await person.register(**wrong)
    assert answer.status_code == 422
    found = {item["pointer"]: item["message"] for item in answer.json()["errors"]}
    assert found == {
        "/email": "Введите адрес латинскими буквами, например name@example.ru",
        "/snils": "Проверьте СНИЛС: контрольное число 65 не подходит к номеру",
        "/last_name": "Введите фамилию русскими буквами, как в паспорте",
        "/first_name": "Введите имя",
        "/patronymic": "Введите отчество русскими буквами, как в паспорте",
        "/birth_on": "Дата рождения не может быть в будущем",
        "/gender": "Выберите пол",
        "/citizenship": "Выберите гражданство",
        "/phone": "Введите номер с кодом страны, например +7 900 123-45-67",
        "/region_code": "Выберите регион проживания из списка",
    }
    assert await person.letters() == []


@pytest.mark.req("MAT-02")
@pytest.mark.parametrize(("snils", "good"), [("123-456-789 64", True), ("123-456-789 65", False)])
async def test_control_number_is_checked_where_it_is_typed(newcomer: Any, snils: str, good: bool) -> None:
    assert (await newcomer(snils=snils).register()).status_code == (202 if good else 422)


@pytest.mark.req("REG-03", "T06")
async def test_second_registration_with_a_held_number_looks_like_the_first_and_its_owner_is_told(
    portal: Any, newcomer: Any, helpers: Any
) -> None:
    owner = await portal.sign_in()
    stranger = newcomer(snils="971-161-656 16")
    fresh = newcomer(snils="971-710-102 95")
    answers = [await stranger.register(), await fresh.register()]
    assert [item.status_code for item in answers] == [202, 202]
    assert answers[0].content == answers[1].content
    assert [item["kind"] for item in await stranger.letters()] == ["registration"]
    assert [item["kind"] for item in await helpers.mailbox(portal, "match@klinika.example.org")] == [
        "registration_number_used"
    ]
    told = await portal.client.get(
        "/api/v1/me/journal", headers=await portal.headers(owner["session"]["handle"])
    )
    (row,) = [item for item in told.json()["items"] if item["result"] == "refused"]
    assert (row["title"], row["kind"]) == ("Кто-то указал ваш СНИЛС при регистрации", "sign_in")
    # The number stays where it is, whatever the stranger does with the letter.
    (letter,) = await stranger.letters()
    await stranger.sign_in(letter["secret"])
    await stranger.confirm(letter["token"])
    async with portal.db.read() as session:
        rows = await session.execute(text("select id from person where holds_snils"))
        assert [str(row[0]) for row in rows] == [owner["person"]["person_id"]]


@pytest.mark.req("REG-03", "T06")
async def test_known_address_gets_a_word_instead_of_a_second_account(portal: Any, newcomer: Any) -> None:
    person = newcomer()
    await person.settle()
    again = newcomer(person.email, snils="971-710-102 95")
    answer = await again.register()
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
    assert [item["kind"] for item in await person.letters()] == ["registration", "registration_known"]
    async with portal.db.read() as session:
        assert (await session.execute(text("select count(*) from account"))).scalar_one() == 1


@pytest.mark.req("T05", "P05")
async def test_unconfirmed_registration_reserves_neither_address_nor_number(
    portal: Any, newcomer: Any
) -> None:
    squatter = newcomer(snils="971-161-656 16")
    await squatter.register()
    (letter,) = await squatter.letters()
    await squatter.sign_in(letter["secret"])
    owner = await portal.sign_in()
    assert owner["person"]["entry"] == "unmatched"
    second = newcomer(squatter.email)
    await second.register()
    assert [item["kind"] for item in await second.letters()] == ["registration", "registration"]


@pytest.mark.req("T05", "REG-05")
async def test_account_nobody_confirmed_is_closed_after_three_days_and_forgets_what_was_typed(
    portal: Any, newcomer: Any
) -> None:
    person = newcomer()
    handle = await person.settle(confirmed=False)
    assert await expire_unconfirmed(portal.db, now=clock.now() + timedelta(hours=71, minutes=59)) == 0
    assert await expire_unconfirmed(portal.db, now=clock.now() + timedelta(hours=72, minutes=1)) == 1
    assert (await portal.exchange(handle)).status_code == 400
    assert (await person.sign_in()).json()["code"] == "login_wrong"
    assert (await person.confirm()).status_code == 410
    async with portal.db.read() as session:
        row = (await session.execute(text("select last_name, email, snils_sealed from person"))).one()
    assert tuple(row) == ("", None, None)


@pytest.mark.req("T04", "REG-05")
async def test_link_works_once_and_only_by_post(portal: Any, newcomer: Any) -> None:
    person = newcomer()
    await person.register()
    (letter,) = await person.letters()
    looked = await portal.client.get("/api/v1/registrations/confirm", params={"token": letter["token"]})
    assert looked.status_code == 405
    assert (await person.confirm(letter["token"])).status_code == 204
    again = await person.confirm(letter["token"])
    assert (again.status_code, again.json()["code"]) == (410, "confirmation_over")
    unknown = await person.confirm("x" * 43)
    assert unknown.json()["detail"] == again.json()["detail"]


@pytest.mark.req("REG-02", "P04")
async def test_temporary_password_works_once_and_for_a_day(portal: Any, newcomer: Any) -> None:
    late, early = newcomer(), newcomer()
    for person in (late, early):
        await person.register()
    (letter,) = await early.letters()
    assert (await early.sign_in(letter["secret"])).status_code == 200
    assert (await early.sign_in(letter["secret"])).json()["code"] == "login_wrong"
    async with portal.db.write() as session:
        await session.execute(
            text("update registration set secret_expires_at = now() where secret_used_at is null")
        )
    (letter,) = await late.letters()
    assert (await late.sign_in(letter["secret"])).json()["code"] == "login_wrong"


@pytest.mark.req("REG-02")
async def test_link_before_the_first_sign_in_leads_to_the_same_account(portal: Any, newcomer: Any) -> None:
    person = newcomer()
    await person.register()
    (letter,) = await person.letters()
    assert (await person.confirm(letter["token"])).status_code == 204
    signed_in = (await person.sign_in(letter["secret"])).json()
    assert signed_in["person"]["entry"] == "restricted"
    await person.set_password(signed_in["session"]["handle"])
    assert (await portal.me(signed_in["session"]["handle"]))["entry"] == "unmatched"


@pytest.mark.req("REG-05", "P06")
async def test_link_is_mailed_anew_and_not_without_end(portal: Any, newcomer: Any) -> None:
    """Five letters a day, whatever strangers made the portal send to the address."""
    person = newcomer()
    handle = await person.settle(confirmed=False)
    for _ in range(4):
        assert (await newcomer(person.email).register()).status_code == 202
    assert len(await person.letters("registration")) == 3
    headers = await portal.headers(handle)
    answers = [await portal.client.post("/api/v1/registrations/resend", headers=headers) for _ in range(6)]
    assert [item.status_code for item in answers] == [204, 204, 204, 204, 429, 429]
    assert (answers[-1].json()["code"], answers[-1].json()["title"]) == (
        "letters_spent", "Больше сообщений сегодня не отправим",
    )  # fmt: skip
    assert answers[-1].json()["detail"].startswith("Сегодня мы отправили на этот адрес 5 писем со ссылкой.")
    letters = await person.letters("confirm_address")
    assert (await person.confirm(letters[0]["token"])).status_code == 410
    assert (await person.confirm(letters[-1]["token"])).status_code == 204


@pytest.mark.req("P18", "REG-01")
async def test_proof_of_work_is_bound_to_its_form_used_once_and_runs_out(
    portal: Any, newcomer: Any, helpers: Any
) -> None:
    person = newcomer()
    proof = await person.proof()
    assert (await person.register(proof=proof)).status_code == 202
    foreign = helpers.solved(portal.runtime.extras["prover"].challenge("recovery"))
    clock.set_offset(-301)
    try:
        old = await person.proof()
    finally:
        clock.set_offset(0)
    reasons = {}
    for name, given in {
        "used": proof,
        "form": foreign,
        "expired": old,
        "missing": None,
        "rubbish": "AAAA",
    }.items():
        answer = await person.register(proof=given)
        assert (answer.status_code, answer.json()["code"]) == (422, "robot_check_failed"), name
        reasons[name] = answer.json()["reason"]
    assert reasons == {
        "used": "used", "form": "form", "expired": "expired", "missing": "malformed", "rubbish": "malformed",
    }  # fmt: skip


@pytest.mark.req("P18")
async def test_without_scripts_the_form_is_opened_by_mail(portal: Any, newcomer: Any) -> None:
    person = newcomer()
    asked = await portal.client.post("/api/v1/registrations/invitations", json={"email": person.email})
    assert asked.status_code == 202
    (letter,) = await person.letters("registration_invitation")
    shown = await portal.client.post(
        "/api/v1/registrations/invitations/open", json={"token": letter["token"]}
    )
    assert shown.json() == {"email": person.email}
    stranger = newcomer()
    assert (await stranger.register(proof=None, invitation=letter["token"])).status_code == 410
    assert (await person.register(proof=None, invitation=letter["token"])).status_code == 202
    assert (await person.register(proof=None, invitation=letter["token"])).status_code == 410
    assert [item["kind"] for item in await person.letters()] == ["registration_invitation", "registration"]


@pytest.mark.req("T06", "REG-01")
async def test_one_address_gets_three_letters_a_day(portal: Any, newcomer: Any) -> None:
    person = newcomer()
    for _ in range(5):
        assert (await person.register()).status_code == 202
    assert len(await person.letters()) == 3


@pytest.mark.req("T06")
async def test_answers_do_not_tell_known_from_unknown_by_their_time(portal: Any, newcomer: Any) -> None:
    """60 + 60 registrations, half of them with a number and an address that are known; figures are printed."""
    known = newcomer()
    await known.settle()
    await portal.sign_in()
    bodies = set()

    async def registrations() -> dict[str, list[float]]:
        times: dict[str, list[float]] = {"known": [], "unknown": []}
        for number in range(120):
            kind = "known" if number % 2 else "unknown"
            person = newcomer(
                known.email if number % 2 else None,
                snils="971-161-656 16" if number % 2 else "971-710-103 96",
            )
            body = {**person.typed, "proof": await person.proof()}
            async with portal.db.write() as session:
                await session.execute(text("delete from rate_limit"))
            start = time.perf_counter()
            answer = await portal.client.post("/api/v1/registrations", json=body)
            times[kind].append(time.perf_counter() - start)
            bodies.add((answer.status_code, answer.content))
        return times

    await assert_untold("registration", registrations, limit=0.3)
    assert bodies == {(202, b'{"status":"accepted"}')}
    while await answer_received(portal.db, portal.runtime.extras["cipher"], now=clock.now()):
        pass
