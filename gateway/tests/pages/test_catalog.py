import pytest

from nmo_gateway.pages.catalog import query, view

ELEMENT = {
    "element_id": "e1",
    "kind": "programme",
    "title": "Аритмология",
    "zet": "72.00",
    "workload_hours": 72,
    "form": "full_time",
    "bases": ["budget", "contract"],
    "starts_on": "2026-07-01",
    "ends_on": "2026-07-12",
    "organization": {"organization_id": "o1", "name": "Университет"},
    "place": "Москва",
    "price_kopecks": 1850000,
    "seats_total": 25,
    "seats_left": 3,
    "has_simulation": True,
    "has_placement": False,
    "uses_distance": True,
    "specialty_names": ["Кардиология"],
}


def asked(**params):
    return query.read(params, "/cabinet/catalog", {"specialty": "VO-042", "preferred": "o9"})


@pytest.mark.req("CAT-02", "CYC-08")
def test_filters_become_the_service_parameters():
    sent = asked(
        q=" аритмия ",
        kind="programme",
        basis="budget",
        zet_min="36",
        free="1",
        sort="-zet",
        **{"from": "01.07.2026"},
    ).parameters()
    assert sent["q"] == "аритмия"
    assert (sent["specialty"], sent["preferred"]) == ("VO-042", "o9")
    assert (sent["kind"], sent["basis"], sent["zet_min"], sent["free"]) == (
        "programme",
        "budget",
        "36",
        "true",
    )
    assert (sent["from"], sent["to"], sent["sort"]) == ("2026-07-01", None, "-zet")


def test_senseless_values_are_dropped_and_wrong_dates_are_told():
    search = asked(kind="<script>", sort="; drop", **{"from": "31.02.2026"}, zet_min="много")
    assert search.value("kind") == ""
    assert search.value("sort") == ""
    assert set(search.form.errors) == {"from", "zet_min"}
    assert search.form.status == 422


def test_clearing_keeps_words_and_cycle():
    search = asked(q="сердце", cycle="c1", basis="budget")
    assert search.filtered
    assert search.cleared == "/cabinet/catalog?q=%D1%81%D0%B5%D1%80%D0%B4%D1%86%D0%B5&cycle=c1"
    assert "cursor=abc" in search.with_(cursor="abc")


@pytest.mark.req("CAT-01")
def test_card_tells_everything_of_the_document():
    rows = dict(view.card_rows(ELEMENT))
    assert rows["Трудоёмкость"] == "72\u00a0ЗЕТ, 72\u00a0часа"
    assert rows["Основа обучения"] == "бюджетная, договорная"
    assert rows["Стоимость на договорной основе"] == "18\u00a0500\u00a0₽"
    assert rows["Особенности"] == "симуляционное обучение, дистанционные технологии"
    assert rows["Места"] == "свободно 3 из\u00a025"


@pytest.mark.req("CAT-03")
def test_what_is_in_the_plan_is_marked():
    line = view.line(ELEMENT, base="/cabinet/catalog", suffix="?cycle=c", chosen={"e1": "NMO-1"})
    assert line.in_plan
    assert line.plan_href == "/cabinet/applications/NMO-1"
    assert not view.line(ELEMENT, base="/catalog", suffix="", chosen={}).in_plan


@pytest.mark.parametrize(
    ("left", "words", "full"),
    [
        (None, "", False),
        (0, "Мест нет", True),
        (3, "Осталось 3\u00a0места", False),
        (21, "Свободно 21\u00a0место", False),
    ],
)
def test_seats_in_words(left, words, full):
    line = view.line({**ELEMENT, "seats_left": left}, base="/catalog", suffix="", chosen={})
    assert (line.seats, line.full) == (words, full)


def test_nothing_found_names_the_filter_to_loosen():
    assert "«Бюджетная»" in view.empty_advice({"basis": "budget"})
    assert "другие слова" in view.empty_advice({"q": "ъ"})


@pytest.mark.req("CAT-03", "APP-01")
def test_one_press_makes_an_application_and_opens_its_form(reader, data):
    chosen = data.ELEMENTS[5]["element_id"]
    answer = reader("match").post(f"/cabinet/catalog/{chosen}/choose", cycle_id=data.CYCLE)
    assert answer.status == 303
    assert answer.headers["Location"].startswith("/cabinet/applications/NMO-")
    assert answer.headers["Location"].endswith("/edit")


@pytest.mark.req("FRM-07", "CYC-06")
def test_what_is_taught_for_a_successor_counts_for_the_cycle_of_a_split_specialty(reader, data):
    someone = reader("match")
    taught = data.ELEMENTS[9]["element_id"]
    card = someone.get(f"/cabinet/catalog/{taught}?cycle={data.CYCLE_3}").text
    assert "В какой цикл зачесть" in card
    assert f'value="{data.CYCLE_3}" checked' in card
    answer = someone.post(f"/cabinet/catalog/{taught}/choose", cycle_id=data.CYCLE_3)
    assert answer.headers["Location"] == f"/cabinet/plan?cycle={data.CYCLE_3}&done=added"
    other = someone.get(f"/cabinet/catalog/{data.ELEMENTS[8]['element_id']}").text
    assert data.CYCLE_3 not in other


def test_events_go_into_the_plan_without_an_application(reader, data):
    answer = reader("match").post(
        f"/cabinet/catalog/{data.ELEMENTS[7]['element_id']}/choose", cycle_id=data.CYCLE
    )
    assert answer.headers["Location"] == f"/cabinet/plan?cycle={data.CYCLE}&done=added"


def test_an_element_already_in_the_plan_is_told_so(reader, data):
    answer = reader("match").post(
        f"/cabinet/catalog/{data.ELEMENTS[0]['element_id']}/choose", cycle_id=data.CYCLE
    )
    assert answer.status == 409
    assert "уже в вашем плане" in answer.text


def test_a_late_application_gets_a_page_that_waits(reader, data, stop):
    someone = reader("match")
    stop("applications")
    answer = someone.post(f"/cabinet/catalog/{data.ELEMENTS[5]['element_id']}/choose", cycle_id=data.CYCLE)
    assert answer.headers["Location"].startswith("/cabinet/applications/creating?item=")
    waiting = someone.get(answer.headers["Location"])
    assert "Готовим заявку" in waiting.text
    assert 'data-refresh="2"' in waiting.text


@pytest.mark.req("CAT-04")
def test_organisation_card_has_contacts(reader, data):
    page = reader().get(f"/organisations/{data.NORTH}").text
    for words in ("Северный медицинский университет", "+7 495 000-00-00", "dpo@smu.example"):
        assert words in page
