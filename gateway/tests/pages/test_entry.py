import csv
import io
import re

import pytest

from nmo_gateway.pages.entry import view


@pytest.mark.req("SSO-01")
def test_sign_in_has_one_big_button_and_keeps_the_page_asked_for(reader):
    page = reader().get("/login?return_to=/cabinet/plan").text
    assert 'href="/auth/esia/start?return_to=%2Fcabinet%2Fplan"' in page
    assert "Войти через Госуслуги" in page
    assert 'href="/auth/sandbox-oidc/start?return_to=%2Fcabinet%2Fplan"' in page


@pytest.mark.req("SSO-08")
def test_sign_in_never_leads_to_another_site(reader):
    page = reader().get("/login?return_to=https://evil.example/").text
    assert 'href="/auth/esia/start?return_to=%2Fcabinet"' in page


@pytest.mark.req("GWY-05")
@pytest.mark.parametrize("why", ["1", "ended_by_person"])
def test_sign_in_after_the_end_of_a_session_tells_of_the_kept_form(reader, why):
    kept = "Введённое в форму сохранено"
    assert kept in reader().get(f"/login?return_to=/resume/key&expired={why}").text
    assert kept not in reader().get(f"/login?return_to=/cabinet&expired={why}").text


def test_sign_in_stays_open_while_identity_is_down(reader, stop):
    someone = reader()
    stop("identity")
    page = someone.get("/login")
    assert page.status == 200
    assert "Войти через Госуслуги" in page.text


@pytest.mark.req("SSO-03")
def test_consent_lists_each_category_and_two_answers(reader):
    page = reader("unmatched").get("/consent").text
    for words in (
        "Фамилия, имя, отчество",
        "Дата рождения",
        "Квалификация",
        "Идентификатор",
        "Текущее обучение",
    ):
        assert words in page
    assert 'value="yes"' in page
    assert 'value="no"' in page
    assert 'name="text_version" value="2025-09"' in page


@pytest.mark.req("SSO-03")
def test_agreement_opens_the_cabinet_and_refusal_does_not(reader):
    someone = reader("unmatched")
    body = {"text_version": "2025-09", "return_to": "/cabinet/plan"}
    refused = someone.post("/consent", answer="no", **body)
    assert refused.headers["Location"].startswith("/consent?refused=1")
    assert "Мы ничего не запросили" in someone.get("/consent?refused=1").text
    unticked = someone.post("/consent", answer="yes", **body)
    assert unticked.status == 422
    assert "Отметьте, что вы прочитали текст" in unticked.text
    agreed = someone.post("/consent", answer="yes", agree="1", **body)
    assert agreed.headers["Location"] == "/cabinet/plan"
    assert someone.get("/cabinet/plan").status == 200


@pytest.mark.req("SSO-03", "P14")
def test_no_box_is_ticked_beforehand(reader):
    someone = reader("match")
    for purpose in ("organisation_transfer", "employer_transfer", "partner_transfer", "sms_messages"):
        page = someone.get(f"/consent/{purpose}").text
        (box,) = re.findall(r"<input[^>]*type=\"checkbox\"[^>]*>", page)
        assert 'name="agree"' in box
        assert "checked" not in box
    assert someone.get("/consent/all").status == 404


@pytest.mark.req("SSO-05", "P14")
def test_consents_are_given_and_taken_back_one_by_one(reader):
    someone = reader("match")
    answer = {"answer": "yes", "agree": "1", "text_version": "2025-09", "return_to": "/cabinet"}
    given = someone.post("/consent/partner_transfer", **answer)
    assert given.headers["Location"] == "/cabinet"
    page = someone.get("/cabinet/settings/consents").text
    assert page.count("Действует") == 2
    before = someone.get("/cabinet/settings/consents/data_transfer/withdraw").text
    assert "Через 30 дней данные будут уничтожены" in before
    taken = someone.post("/cabinet/settings/consents/partner_transfer/withdraw")
    assert taken.headers["Location"] == "/cabinet/settings/consents?done=withdrawn"
    after = someone.get("/cabinet/settings/consents?done=withdrawn").text
    assert "Согласие отозвано" in after
    assert after.count("Действует") == 1


@pytest.mark.req("P14")
def test_receipt_is_read_and_taken_away(reader):
    someone = reader("match")
    record = "0190f0a0-0000-7000-8000-000000000001"
    page = someone.get(f"/cabinet/settings/consents/receipts/{record}").text
    for words in (
        "Номер записи",
        "Условный номер субъекта",
        "Получатели",
        "Срок",
        "Контрольная сумма текста",
    ):
        assert words in page
    file = someone.get(f"/cabinet/settings/consents/receipts/{record}/file")
    assert file.headers["Content-Disposition"] == f'attachment; filename="consent-{record}.json"'
    assert "непрерывного" in file.text


@pytest.mark.req("AUD-03", "P23")
def test_who_got_data_is_listed_and_the_file_holds_no_formula(reader, stop):
    someone = reader("match")
    page = someone.get("/cabinet/settings/disclosures").text
    assert page.index("Система-партнёр") < page.index("Сотрудник организации")
    assert "фамилия, имя, отчество, СНИЛС" in page
    file = someone.post("/cabinet/settings/disclosures/file", since="", until="")
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(file.text.removeprefix("\ufeff")), delimiter=";"))
    assert len(rows) == 5
    assert "Руководитель организации, ГБ № 7" in page, "by the register: the catalogue has no hospitals"
    assert rows[3][1] == "Руководитель организации, ГБ № 7"
    assert "Места работы из регистра переданы сервису портала" in page
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert "'=cmd|' /C calc'!A0" in rows[2]
    stop("notifications")
    page = someone.get("/cabinet/settings/disclosures").text
    assert "Сотрудник организации" in page
    assert "временно" in page
    wrong = someone.get("/cabinet/settings/disclosures?since=tomorrow")
    assert wrong.status == 422


@pytest.mark.req("MAT-01", "MAT-06")
def test_mismatch_names_the_field_and_shows_both_sides(reader):
    page = reader("conflict").get("/mismatch").text
    assert "Не совпало: <strong>отчество</strong>" in page
    assert "Николаевич" in page
    assert "И••••••••" in page
    assert "отдел кадров" in page
    assert "/cabinet/tickets/new/mismatch?code=7f3a90c1" in page
    assert "Значения разные." in page
    assert 'href="/auth/esia/start?return_to=%2Fmismatch%3Fdone%3Drefreshed"' in page


@pytest.mark.req("MAT-01")
def test_weak_match_opens_after_the_person_confirms(reader):
    someone = reader("weak")
    assert "Совпадает не полностью" in someone.get("/match/confirm").text
    assert someone.post("/match/confirm").headers["Location"] == "/cabinet"
    assert someone.get("/cabinet").status == 200


def test_refreshing_tells_when_nothing_changed(reader):
    someone = reader("conflict")
    assert someone.post("/match/refresh").headers["Location"] == "/mismatch?done=refreshed"
    assert "Сверили ещё раз" in someone.get("/mismatch?done=refreshed").text


@pytest.mark.req("P11", "MAT-04")
def test_fourth_press_says_that_the_portal_looks_by_itself(reader):
    someone = reader("conflict")
    places = [someone.post("/match/refresh").headers["Location"] for _ in range(4)]
    assert places == ["/mismatch?done=refreshed"] * 3 + ["/mismatch?done=quota"]
    assert "уже сверяли 3 раза" in someone.get("/mismatch?done=quota").text


@pytest.mark.req("SSO-02")
def test_unconfirmed_account_is_told_how_to_confirm(reader):
    page = reader("unconfirmed").get("/unconfirmed").text
    assert "Как подтвердить" in page
    assert "/cabinet/" not in page


@pytest.mark.parametrize(
    ("providers", "main", "others"),
    [
        (None, "esia", []),
        ([], "esia", []),
        ([{"key": "b", "title": "Б"}, {"key": "esia", "title": "Госуслуги"}], "esia", ["b"]),
        ([{"key": "b", "title": "Б"}], "b", []),
    ],
)
def test_gosuslugi_come_first(providers, main, others):
    chosen, rest = view.provider_buttons(providers)
    assert chosen["key"] == main
    assert [item["key"] for item in rest] == others


def test_a_missing_value_of_the_register_is_said():
    me = {
        "match": {
            "fields": [
                {
                    "field": "patronymic",
                    "label": "Отчество",
                    "result": "weak",
                    "own": None,
                    "register_masked": None,
                }
            ]
        },
        "patronymic": None,
    }
    side = view.comparison(me)[0]
    assert (side.own, side.register) == ("не указано", "не указано")
    assert view.different_fields([side]) == "отчество"
