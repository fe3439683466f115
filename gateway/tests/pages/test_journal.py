"""SCR-40: the journal out of all services, its filters and its file (AUD-01, P15, P23)."""

import csv
import io

import pytest

from nmo_gateway.pages.journal.view import safe_cell

pytestmark = pytest.mark.req("AUD-01", "AUD-03", "P15")


def test_rows_of_all_services_stand_in_one_order_with_who_looked(reader):
    page = reader("match").get("/cabinet/journal").text
    told = [
        "Вход через Госуслуги",
        "Просмотрены ваша заявка и данные в ней",
        "Вы отправили заявку",
        "Вы открыли пятилетний цикл",
        "Вы дали согласие на передачу данных",
        "Вход отклонён",
    ]
    places = [page.index(words) for words in told]
    assert places == sorted(places)
    assert "Сотрудник организации, СМУ" in page
    assert "Руководитель организации, ГБ № 7" in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("since=99.99.2026", "Введите дату в формате ДД.ММ.ГГГГ"),
        ("since=02.02.2026&until=01.02.2026", "Начало позже конца"),
    ],
)
def test_wrong_dates_are_named(reader, query, words):
    wrong = reader("match").get(f"/cabinet/journal?{query}")
    assert wrong.status == 422
    assert words in wrong.text


@pytest.mark.req("GWY-03")
@pytest.mark.parametrize(
    ("service", "gone", "stays"),
    [
        ("applications", "Вы отправили заявку", "Вы открыли пятилетний цикл"),
        ("cycles", "Вы открыли пятилетний цикл", "Вы отправили заявку"),
        ("identity", "Вход через Госуслуги", "Вы отправили заявку"),
    ],
)
def test_stopped_service_takes_only_its_rows_away(reader, stop, service, gone, stays):
    someone = reader("match")
    stop(service)
    page = someone.get("/cabinet/journal")
    assert page.status == 200
    assert "временно недоступны" in page.text
    assert gone not in page.text
    assert stays in page.text


@pytest.mark.req("P23")
def test_file_holds_the_same_rows_and_no_formula(reader):
    answer = reader("match").post("/cabinet/journal/export", since="", until="", kind="")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="journal-')
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
    assert rows[0][:4] == ["Время, мск", "Вид", "Что произошло", "Кто"]
    assert len(rows) == 9
    assert [row[2] for row in rows if row[4] == "да"] == ["Вход отклонён"]


@pytest.mark.req("P23")
def test_no_file_with_a_hole_in_it(reader, stop):
    someone = reader("match")
    stop("applications")
    assert someone.post("/cabinet/journal/export", since="", until="", kind="").status == 503


@pytest.mark.req("P23")
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_cell_is_never_a_formula(start):
    assert safe_cell(f"{start}HYPERLINK(1)") == f"'{start}HYPERLINK(1)"
    assert safe_cell(f"a{start}") == f"a{start}"


def test_journal_is_open_before_consent(reader):
    assert reader("unmatched").get("/cabinet/journal").status == 200
