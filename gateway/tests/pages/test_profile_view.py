"""What «Личные сведения» show of the register's card (FRM-01, FRM-10)."""

import re

import pytest
from people import CARD

from nmo_gateway import texts
from nmo_gateway.pages.profile.view import PART_NAMES, never_given, sections, sign_out_there, way_in


@pytest.mark.req("FRM-01", "FRM-10")
def test_each_group_tells_how_old_it_is_where_the_register_left_it_out():
    shown = {section.title: section for section in sections(CARD)}

    assert shown["Награды"].rows == [("Нагрудный знак «Отличник здравоохранения»", "10417", "11.06.2019")]
    days = {item["part"]: texts.moment(item["fetched_at"]) for item in CARD["parts"]}
    older = {title: section.as_of for title, section in shown.items() if section.as_of}
    assert older == {
        "Образование": days["postgraduate_education"],
        "Квалификационные категории": days["categories"],
    }


@pytest.mark.req("FRM-10")
def test_the_page_names_the_day_of_an_older_group(reader):
    page = reader("match").get("/cabinet/profile").text

    assert len(re.findall(r"По данным регистра на \d\d\.\d\d\.\d{4}\sв\s\d\d:\d\d мск", page)) == 2
    assert "Отличник здравоохранения" in page
    assert "Регистр ещё не передал порталу: общее образование." in page


@pytest.mark.req("FRM-01")
def test_department_and_numbers_of_an_accreditation_stand_under_the_job_and_the_document(reader):
    shown = {section.title: section.rows[0] for section in sections(CARD)}
    assert shown["Места работы"][1] == "Врач-кардиолог\nКардиологическое отделение"
    numbers = "7726 031524876\nРегистрационный номер\u00a077000121\nПротокол №\u00a02510-121"
    assert shown["Аккредитации"][2] == numbers
    assert shown["Сертификаты специалиста"][1] == "0177 0123456"
    small = '<br><span class="nmfo-muted nmfo-small">'
    page = reader("match").get("/cabinet/profile").text
    assert f"Врач-кардиолог{small}Кардиологическое отделение</span></td>" in page
    cell = f"7726 031524876{small}Регистрационный номер 77000121</span>{small}Протокол № 2510-121</span></td>"
    for path in ("/cabinet/profile", "/cabinet/documents"):
        assert cell in reader("match").get(path).text

    # Neither was told: nothing stands under, not even an empty line.
    untold = {"department": "", "register_number": "", "protocol_number": ""}
    bare = {name: [{**CARD[name][0], **untold}] for name in ("employments", "accreditations")}
    job, accreditation = (section.rows[0] for section in reversed(sections(bare)))
    assert (job[1], accreditation[2]) == ("Врач-кардиолог", "7726 031524876")


@pytest.mark.req("FRM-10")
def test_what_the_register_never_gave_is_named_in_words():
    parts = [item["part"] for item in CARD["parts"]]

    assert {"person", *PART_NAMES} == set(parts)
    nothing = [
        {**item, "fetched_at": None}
        for item in CARD["parts"]
        if item["part"] in {"categories", "nominations"}
    ]
    assert never_given({"parts": nothing}) == "квалификационные категории, награды"
    assert never_given({}) == ""


@pytest.mark.req("SSO-07", "SSO-10")
@pytest.mark.parametrize(
    ("provider", "title", "way", "button"),
    [
        ("esia", "Госуслуги", "Госуслуги", "Выйти здесь и на Госуслугах"),
        ("clinic", "Вход клиники", "Вход клиники", "Выйти здесь и в сервисе «Вход клиники»"),
        ("local", "Вход по паролю", "Вход по паролю", None),
    ],
)
def test_the_provider_is_called_by_its_title_and_left_by_it(provider, title, way, button):
    other = {"provider": "x", "title": "Другой", "current": False}
    links = {"items": [other, {"provider": provider, "title": title, "current": True}]}
    assert way_in({"provider": provider}, links) == way
    offered = sign_out_there({"provider": provider}, way)
    assert (offered[1] if offered else None) == button


@pytest.mark.req("SSO-10")
def test_who_came_by_gosuslugi_may_leave_them_too(reader):
    page = reader("match").get("/cabinet/profile").text
    assert "Выйти здесь и на Госуслугах" in page
