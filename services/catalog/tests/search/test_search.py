"""The search over a real database, through its API."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from nmo_catalog.spelling.commands.count import count_words
from nmo_kit import clock

ELEMENTS = "/api/v1/catalog/elements"


async def titles(client, **params):
    answer = await client.get(ELEMENTS, params=params)
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json()["items"]]


async def count(db):
    async with db.write() as session:
        await count_words(session, at=clock.now())


@pytest.mark.req("CAT-02")
@pytest.mark.parametrize(
    "q",
    [
        "кардиологии",
        "НЕОТЛОЖНОЙ кардиологией",
        "кардиол",
        "неотлож кард",
        "коронарного",
        "легочных",
        "лёгочная",
    ],
)
async def test_words_match_in_any_form(client, publish, q):
    await publish(
        {"title": "Неотложная кардиология", "about": "Острый коронарный синдром. Лёгочная гипертензия"},
        {"title": "Эндодонтия", "about": "Лечение корневых каналов"},
    )
    assert await titles(client, q=q) == ["Неотложная кардиология"]


@pytest.mark.req("CAT-02")
@pytest.mark.parametrize(
    ("q", "suggestion"),
    [
        ("кордиология", "кардиология"),
        ("неотложая кардиалогия", "неотложная кардиология"),
        ("rfhlbjkjubz", "кардиология"),
        ("rfhlbfkjubz", "кардиология"),
    ],
)
async def test_a_typo_is_corrected_and_searched_again(client, db, publish, q, suggestion):
    await publish({"title": "Неотложная кардиология"}, {"title": "Эндодонтия", "about": "Каналы"})
    await count(db)
    body = (await client.get(ELEMENTS, params={"q": q})).json()
    assert [item["title"] for item in body["items"]] == ["Неотложная кардиология"]
    assert (body["suggestion"], body["corrected"]) == (suggestion, True)


async def test_a_word_that_is_like_nothing_finds_nothing(client, db, publish):
    await publish({})
    await count(db)
    body = (await client.get(ELEMENTS, params={"q": "зюзюблик"})).json()
    assert body == {
        "items": [],
        "next_cursor": None,
        "total_capped": 0,
        "suggestion": None,
        "corrected": False,
    }


async def test_words_that_are_known_are_not_corrected_when_a_filter_empties_the_list(client, db, publish):
    await publish({})
    await count(db)
    body = (await client.get(ELEMENTS, params={"q": "кардиология", "region": "01"})).json()
    assert (body["items"], body["suggestion"]) == ([], None)


async def test_the_pages_of_a_corrected_search_go_on_with_the_correction(client, db, publish):
    await publish(*[{} for _ in range(5)])
    await count(db)
    first = (await client.get(ELEMENTS, params={"q": "кордиология", "limit": 3})).json()
    params = {"q": "кордиология", "limit": 3, "cursor": first["next_cursor"]}
    second = (await client.get(ELEMENTS, params=params)).json()
    assert len({item["element_id"] for item in first["items"] + second["items"]}) == 5
    assert (second["suggestion"], second["corrected"], second["total_capped"]) == ("кардиология", True, 5)


@pytest.mark.req("CAT-02")
@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"specialty": "VO-113"}, {"Хирургия"}),
        ({"specialty": ["VO-113", "VO-027"]}, {"Хирургия", "Кардиология", "Вебинар", "Модуль"}),
        ({"kind": "event"}, {"Вебинар"}),
        ({"kind": ["event", "module"]}, {"Вебинар", "Модуль"}),
        ({"form": "correspondence"}, {"Вебинар"}),
        ({"basis": "budget"}, {"Хирургия"}),
        ({"organization": str(UUID(int=2))}, {"Хирургия"}),
        ({"region": "66"}, {"Хирургия"}),
        ({"zet_min": "72"}, {"Хирургия"}),
        ({"zet_max": "6"}, {"Вебинар", "Модуль"}),
        ({"free": "true"}, {"Кардиология", "Вебинар", "Модуль"}),
        ({"free": "true", "kind": "programme"}, {"Кардиология"}),
        ({"q": "кардиология", "zet_min": "36"}, {"Кардиология"}),
    ],
)
async def test_filters_narrow(client, publish, params, found):
    await publish(
        {"title": "Кардиология"},
        {
            "title": "Хирургия",
            "specialty_keys": ["VO-113"],
            "bases": ["budget"],
            "organization_id": UUID(int=2),
            "region_code": "66",
            "zet": Decimal(72),
            "seats_total": 5,
            "seats_held": 5,
        },
        {
            "title": "Вебинар",
            "kind": "event",
            "form": "correspondence",
            "zet": Decimal(6),
            "seats_total": None,
        },
        {"title": "Модуль", "kind": "module", "zet": Decimal(1)},
    )
    answer = await client.get(ELEMENTS, params=params)
    assert {item["title"] for item in answer.json()["items"]} == found
    assert answer.json()["total_capped"] == len(found)


@pytest.mark.req("CAT-02")
async def test_dates_narrow_and_what_began_is_not_listed_unasked(client, publish):
    today = clock.today()
    await publish(
        {"title": "Вчера", "starts_on": today - timedelta(days=1)},
        {"title": "Сегодня", "starts_on": today},
        {"title": "Через месяц", "starts_on": today + timedelta(days=30)},
        {"title": "Модуль", "kind": "module"},
    )
    assert await titles(client) == ["Сегодня", "Через месяц", "Модуль"]
    assert await titles(client, **{"from": str(today - timedelta(days=5)), "to": str(today)}) == [
        "Вчера",
        "Сегодня",
        "Модуль",
    ]
    assert await titles(client, **{"from": str(today + timedelta(days=1))}) == ["Через месяц", "Модуль"]


@pytest.mark.req("CAT-02")
@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("date", "бвга"),
        ("-date", "агвб"),
        ("zet", "вагб"),
        ("-zet", "бгав"),
        ("title", "абвг"),
        ("-title", "гвба"),
        ("price", "гвба"),
        ("-price", "абвг"),
    ],
)
async def test_columns_sort_both_ways(client, publish, sort, order):
    today = clock.today()
    rows = {
        "а": {
            "zet": Decimal(2),
            "price_kopecks": 9,
            "starts_on": today + timedelta(days=9),
            "title": "«Абсцессы»",
        },
        "б": {
            "zet": Decimal(9),
            "price_kopecks": 5,
            "starts_on": today + timedelta(days=1),
            "title": "белок",
        },
        "в": {
            "zet": Decimal(1),
            "price_kopecks": 2,
            "starts_on": today + timedelta(days=2),
            "title": "Ведение",
        },
        "г": {
            "zet": Decimal(3),
            "price_kopecks": 1,
            "starts_on": today + timedelta(days=3),
            "title": "Гастрит",
        },
    }
    published = await publish(*rows.values())
    letters = {str(element.id): letter for element, letter in zip(published, rows, strict=True)}
    items = (await client.get(ELEMENTS, params={"sort": sort})).json()["items"]
    assert "".join(letters[item["element_id"]] for item in items) == order


@pytest.mark.req("CYC-08")
async def test_the_preferred_organisation_comes_first(client, publish):
    today = clock.today()
    await publish(
        {"title": "Раньше всех", "starts_on": today + timedelta(days=1)},
        {"title": "Своя поздняя", "starts_on": today + timedelta(days=90), "organization_id": UUID(int=2)},
        {"title": "Своя", "starts_on": today + timedelta(days=60), "organization_id": UUID(int=2)},
    )
    assert await titles(client, preferred=str(UUID(int=2))) == ["Своя", "Своя поздняя", "Раньше всех"]


@pytest.mark.req("CYC-08")
async def test_a_specialty_without_elements_has_an_empty_list(client, publish):
    await publish({})
    body = (await client.get(ELEMENTS, params={"specialty": "VO-008"})).json()
    assert (body["items"], body["total_capped"]) == ([], 0)


@pytest.mark.req("CAT-09")
async def test_the_catalogue_needs_no_sign_in_but_refuses_a_bad_token(client, publish):
    await publish({})
    answer = await client.get(ELEMENTS)
    assert (answer.status_code, len(answer.json()["items"])) == (200, 1)
    refused = await client.get(ELEMENTS, headers={"authorization": "Bearer broken"})
    assert refused.status_code == 401


@pytest.mark.parametrize(
    "params",
    [
        {"sort": "id"},
        {"limit": 101},
        {"limit": 0},
        {"kind": "course"},
        {"from": "01.02.2026"},
        {"cursor": "x"},
    ],
)
async def test_wrong_parameters_are_named(client, params):
    answer = await client.get(ELEMENTS, params=params)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["pointer"].startswith("/" + next(iter(params)))
