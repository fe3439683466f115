from datetime import date
from decimal import Decimal

import pytest

from nmo_gateway import texts


@pytest.mark.parametrize(
    ("count", "word"),
    [
        (1, "день"),
        (2, "дня"),
        (4, "дня"),
        (5, "дней"),
        (11, "дней"),
        (12, "дней"),
        (14, "дней"),
        (21, "день"),
        (22, "дня"),
        (111, "дней"),
        (0, "дней"),
        (101, "день"),
    ],
)
def test_noun_agrees_with_its_count(count, word):
    assert texts.plural(count, "день", "дня", "дней") == word


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("72.00", "72"),
        ("1.50", "1,5"),
        (Decimal(1250), "1\u00a0250"),
        ("0.00", "0"),
        ("100.00", "100"),
        ("36.25", "36,25"),
    ],
)
def test_numbers_have_no_idle_zeros(value, words):
    assert texts.number(value) == words


def test_units_never_leave_their_numbers():
    assert texts.zet("86.00") == "86\u00a0ЗЕТ"
    assert texts.counted(184, "день", "дня", "дней") == "184\u00a0дня"
    assert texts.roubles(1850000) == "18\u00a0500\u00a0₽"
    assert texts.roubles(0) == "бесплатно"


def test_dates_in_text_and_in_tables():
    assert texts.day_long("2026-05-24") == "24\u00a0мая\u00a02026"
    assert texts.day("2026-05-24") == "24.05.2026"
    assert texts.day(None) == "—"
    assert texts.day_month("2025-11-27", date(2025, 1, 1)) == "27\u00a0ноября"
    assert texts.day_month("2026-05-24", date(2025, 1, 1)) == "24\u00a0мая\u00a02026"


def test_times_are_moscow_times():
    assert texts.moment("2025-11-20T15:42:00Z") == "20.11.2025\u00a0в\u00a018:42"
    assert texts.as_date("2025-11-20") == date(2025, 11, 20)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2025-12-08", "2025-12-19", "08.12.2025\u00a0– 19.12.2025"),
        ("2025-12-08", "2025-12-08", "08.12.2025"),
        ("2025-12-08", None, "08.12.2025"),
        (None, "2025-12-19", "до\u00a019.12.2025"),
        (None, None, "без срока"),
    ],
)
def test_span_of_dates(first, last, words):
    assert texts.span(first, last) == words


def test_every_status_has_a_word_and_yo_stands_where_it_must():
    words = [status.word for status in (*texts.APPLICATION.values(), *texts.CYCLE.values())]
    assert "Успешно завершён" in words
    assert "Не подтверждён" in words
    assert all(words)


def test_quotes_inside_quotes():
    assert texts.quoted("Вопросы специальности «Терапия»") == "«Вопросы специальности „Терапия“»"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("+79000001011", "+7\u00a0900\u00a0000-10-11"),
        ("8 900", "8 900"),
        (None, ""),
        ("+7(900)000101", "+7(900)000101"),
    ],
)
def test_phone_in_groups(given, shown):
    assert texts.phone(given) == shown
