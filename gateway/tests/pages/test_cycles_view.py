from datetime import date

import pytest

from nmo_gateway.pages.cycles.view import last_day, offers, read_new, sections, status_of
from nmo_gateway.pages.forms import Form, parse_day

TODAY = date(2026, 6, 1)
SPECIALTIES = {"VO-042": "Кардиология"}


def typed(**more):
    values = {
        "specialty_key": "VO-042",
        "kind": "accreditation",
        "series": "7726",
        "number": "031524876",
        "exam_on": "25.05.2021",
        **more,
    }
    return Form(values=values)


@pytest.mark.req("CYC-02")
@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        (date(2016, 5, 25), date(2021, 5, 24)),
        (date(2021, 1, 1), date(2025, 12, 31)),
        (date(2020, 2, 29), date(2025, 2, 28)),
        (date(2020, 3, 1), date(2025, 2, 28)),
    ],
)
def test_end_is_five_years_less_a_day(starts, ends):
    assert last_day(starts) == ends


@pytest.mark.req("CYC-01")
@pytest.mark.parametrize(
    ("exam_on", "section"),
    [("31.12.2015", "Для допуска к сертификации"), ("01.01.2016", "Для допуска к аккредитации")],
)
def test_section_by_the_date_of_the_document(exam_on, section):
    assert read_new(typed(exam_on=exam_on), specialties=SPECIALTIES, today=TODAY).section == section


@pytest.mark.parametrize(
    ("more", "field", "message"),
    [
        ({"specialty_key": ""}, "specialty_key", "Выберите специальность"),
        ({"specialty_key": "VO-999"}, "specialty_key", "Выберите специальность из списка"),
        ({"kind": ""}, "kind", "Выберите, какой у вас документ"),
        ({"number": ""}, "number", "Введите номер документа"),
        ({"exam_on": ""}, "exam_on", "Введите дату сдачи экзамена"),
        (
            {"exam_on": "31.11.2021"},
            "exam_on",
            "Введите дату сдачи экзамена в формате ДД.ММ.ГГГГ, например 25.05.2021",
        ),
        ({"exam_on": "02.06.2026"}, "exam_on", "Дату сдачи экзамена: этот день ещё не наступил"),
        ({"series": "9" * 21}, "series", "Сократите до 20 знаков"),
    ],
)
def test_each_fault_is_named_at_its_field(more, field, message):
    form = typed(**more)
    assert read_new(form, specialties=SPECIALTIES, today=TODAY) is None
    assert form.errors == {field: message}
    assert form.status == 422


def test_an_extract_needs_no_number():
    made = read_new(
        typed(kind="accreditation_protocol", series="", number=""), specialties=SPECIALTIES, today=TODAY
    )
    assert made.document == {
        "kind": "accreditation_protocol",
        "series": None,
        "number": None,
        "issued_on": None,
        "exam_on": "2021-05-25",
    }


@pytest.mark.parametrize(
    "text", ["25.05.2021", "25/05/2021", "25-5-2021", "25 05 2021", "25052021", " 25.05.2021 "]
)
def test_dates_as_russians_write_them(text):
    assert parse_day(text) == date(2021, 5, 25)


@pytest.mark.parametrize("text", ["", "25.05.21", "2021-05-25", "31.02.2021", "00.01.2021", "двадцать пятое"])
def test_what_is_no_date(text):
    assert parse_day(text) is None


@pytest.mark.req("CYC-03")
def test_offers_leave_out_what_is_open(data):
    items = [
        {
            "document_id": "1",
            "kind": "accreditation",
            "specialty_name": "А",
            "series": None,
            "number": None,
            "exam_on": None,
            "starts_on": "2025-01-01",
            "ends_on": "2029-12-31",
            "section": "accreditation",
            "cycle_id": "c",
        },
        {
            "document_id": "2",
            "kind": "accreditation_protocol",
            "specialty_name": "Б",
            "series": None,
            "number": None,
            "exam_on": "2025-01-01",
            "starts_on": "2025-01-01",
            "ends_on": "2029-12-31",
            "section": "accreditation",
            "cycle_id": None,
        },
    ]
    assert [offer.document_id for offer in offers(items)] == ["2"]


@pytest.mark.req("CYC-05")
def test_both_sections_stand_even_when_empty(data):
    found = sections(data.new_world()["cycles"])
    assert [(section.code, len(section.lines)) for section in found] == [
        ("accreditation", 2),
        ("certification", 1),
    ]
    assert status_of({"status": "unconfirmed", "closed": False}).word == "Не подтверждён"
    assert status_of({"status": "confirmed", "closed": True}).word == "Завершён"
    assert [section.lines for section in sections([])] == [[], []]
