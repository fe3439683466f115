import pytest

from nmo_gateway.pages.notifications.endpoints import bell
from nmo_gateway.pages.notifications.view import notices
from nmo_gateway.pages.public import view


@pytest.mark.parametrize("data", ["", "{}", "[]", '{"unread": "<b>"}', "<script>", '{"unread": null}'])
def test_only_a_number_reaches_the_bell(data):
    assert bell(data) == ""


@pytest.mark.req("NOT-01")
def test_bell_is_a_partial():
    assert bell('{"unread": 4}') == '<hx-partial hx-target="#bell" hx-swap="innerHTML">4</hx-partial>'


def test_links_of_notices_stay_on_the_site():
    found = notices(
        [
            {
                "title": "А",
                "body": "",
                "link": "//evil.example",
                "created_at": "2026-01-01T00:00:00Z",
                "read_at": None,
            },
            {
                "title": "Б",
                "body": "",
                "link": "/cabinet/plan",
                "created_at": "2026-01-01T00:00:00Z",
                "read_at": "2026-01-01T00:00:00Z",
            },
        ]
    )
    assert [(notice.href, notice.new) for notice in found] == [(None, True), ("/cabinet/plan", False)]


@pytest.mark.req("NOT-01")
def test_notices_are_read_at_one_press(reader):
    someone = reader("match")
    assert someone.get("/cabinet/notifications").text.count(">Новое<") == 2
    assert 'class="nmfo-bell">2<' in someone.get("/cabinet").text
    assert (
        someone.post("/cabinet/notifications/read").headers["Location"] == "/cabinet/notifications?done=read"
    )
    assert ">Новое<" not in someone.get("/cabinet/notifications").text
    assert 'class="nmfo-bell">0<' in someone.get("/cabinet").text


@pytest.mark.req("APP-04")
def test_a_document_is_checked_by_its_code(reader):
    someone = reader()
    assert someone.get("/verify?code=k7q4-9tzm%20").headers["Location"] == "/verify/K7Q4-9TZM"
    found = someone.get("/verify/K7Q4-9TZM")
    assert "Документ подлинный" in found.text
    assert "О. А. С." in found.text
    absent = someone.get("/verify/NOTHING")
    assert absent.status == 404
    assert "Документа с кодом NOTHING нет" in absent.text


def test_a_revoked_document_is_said_to_be_so():
    found = view.checked(
        {
            "valid": False,
            "title": "Заявка",
            "number": "NMO-1",
            "issued_at": "2026-01-01T00:00:00Z",
            "status": "withdrawn",
            "sha256": "00",
        }
    )
    assert not found.valid
    assert ("Состояние заявки сейчас", "Отозвана") in found.rows


@pytest.mark.req("SSO-10")
def test_name_last_entry_and_sign_out_stand_on_every_cabinet_page(reader):
    for path in ("/cabinet", "/cabinet/plan", "/cabinet/progress", "/cabinet/profile"):
        page = reader("match").get(path).text
        assert "Орлова А. С." in page
        assert "вход " in page
        assert '<form method="post" action="/logout">' in page


@pytest.mark.req("FRM-01")
def test_personal_data_show_every_kind_of_document_and_their_day(reader):
    page = reader("match").get("/cabinet/profile").text
    for words in (
        "Аккредитации",
        "Сертификаты специалиста",
        "Места работы",
        "Образование",
        "Квалификационные категории",
        "Сведения в регистре изменены",
    ):
        assert words in page
