"""The next step in words."""

from datetime import date
from decimal import Decimal

import pytest

from nmo_cycles.progress.advice import Standing, Step, day, next_step, zet

TODAY = date(2026, 11, 21)
NUMBER = "NMO-0000042-2026"


def step(status, *, title="Неотложная кардиология", starts_on=date(2026, 12, 2)):
    return Step(title=title, starts_on=starts_on, number=NUMBER, status=status)


def advice(*steps, total=0, formal=180, informal=70, today=TODAY):
    standing = Standing(
        ends_on=date(2031, 6, 14),
        total=Decimal(total),
        target=Decimal(250),
        formal_missing=Decimal(formal),
        informal_missing=Decimal(informal),
        steps=steps,
    )
    return next_step(standing, today=today).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.req("CYC-10")
def test_an_empty_plan_asks_for_the_first_programme():
    assert advice() == "Выберите первую программу: организация, которая её проводит, подтвердит и цикл."


@pytest.mark.req("CYC-10")
@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        (["draft"], f"Заполните и подайте заявку {NUMBER} на программу «Неотложная кардиология»."),
        (
            ["draft", "documents_requested"],
            f"Организация просит документы по заявке {NUMBER} на программу «Неотложная кардиология».",
        ),
        (["submitted"], f"Заявка {NUMBER} на рассмотрении. Организация сообщит решение."),
        (["confirmed"], "Обучение по программе «Неотложная кардиология» начнётся 2 декабря 2026 года."),
        (
            ["submitted", "enrolled"],
            "Обучение по программе «Неотложная кардиология» начнётся 2 декабря 2026 года.",
        ),
        (
            ["submitted", "draft"],
            f"Заполните и подайте заявку {NUMBER} на программу «Неотложная кардиология».",
        ),
        (
            ["application_pending"],
            "Заявка формируется. Через несколько секунд её можно будет заполнить.",
        ),
        (
            ["rejected"],
            "Добавьте в план программу: до 14 июня 2031 года осталось набрать 180 ЗЕТ программ.",
        ),
    ],
)
def test_what_waits_for_the_person_goes_first(steps, sentence):
    assert advice(*[step(status) for status in steps]) == sentence


@pytest.mark.req("CYC-10")
def test_training_that_runs_is_to_be_finished():
    running = step("enrolled", starts_on=date(2026, 11, 10))
    assert (
        advice(running)
        == "Завершите обучение по программе «Неотложная кардиология»: организация внесёт результат."
    )


@pytest.mark.req("CYC-10")
def test_what_is_missing_is_named_with_its_measure():
    done = step("completed")
    assert advice(done, total=72, formal=108) == (
        "Добавьте в план программу: до 14 июня 2031 года осталось набрать 108 ЗЕТ программ."
    )
    assert advice(done, total=200, formal=0, informal="49.5") == (
        "Добавьте в план мероприятие или модуль: до 14 июня 2031 года осталось набрать 49,5 ЗЕТ мероприятий и модулей."
    )


@pytest.mark.req("CYC-10")
def test_a_fulfilled_norm_and_an_ended_cycle():
    assert advice(total=250, formal=0, informal=0) == (
        "Норма 250 ЗЕТ выполнена. Готовьте документы к периодической аккредитации."
    )
    after = date(2031, 6, 15)
    assert advice(total=250, formal=0, informal=0, today=after) == (
        "Цикл завершён, норма выполнена. Подайте документы на периодическую аккредитацию."
    )
    assert advice(step("draft"), total=200, formal=0, informal=50, today=after) == (
        "Цикл завершён, до нормы не хватило 50 ЗЕТ. Откройте новый цикл по действующему документу."
    )


@pytest.mark.parametrize(
    ("value", "words"), [("72.00", "72 ЗЕТ"), ("1.50", "1,5 ЗЕТ"), ("100", "100 ЗЕТ"), ("0.00", "0 ЗЕТ")]
)
def test_credits_in_words(value, words):
    assert zet(Decimal(value)).replace("\N{NO-BREAK SPACE}", " ") == words


def test_a_day_in_words():
    assert day(date(2026, 5, 24)) == "24\N{NO-BREAK SPACE}мая 2026 года"
