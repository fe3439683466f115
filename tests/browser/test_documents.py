"""Documents by hand and answers about differences, as they are done in a browser."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser]
SCAN = {"name": "scan.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 small"}


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


@pytest.mark.req("FRM-04", "FRM-05", "GWY-04", "GWY-05")
def test_an_extract_is_sent_after_all_faults_were_told_at_once(desk, world):
    reader = desk("absent", width=360, scripts=False)
    page = reader.page
    reader.open("/cabinet/documents")
    expect(page.get_by_role("main")).to_contain_text("Данные не подтянулись из Федерального регистра")
    page.get_by_role("link", name="Добавить документ").click()
    page.get_by_label("Выписка из протокола аккредитационной комиссии").check()
    press(page, "Продолжить")
    page.locator("#scan").set_input_files(SCAN)
    press(page, "Отправить на проверку")
    told = page.locator(".govuk-error-summary__list a")
    expect(told).to_have_text(
        [
            "Выберите специальность из списка",
            "Введите организацию, при которой работала комиссия",
            "Введите дату сдачи экзамена",
            "Введите дату протокола",
            "Подтвердите, что данные верны",
            "Подтвердите, что сообщите о смене фамилии",
        ]
    )
    expect(page.locator("#scan-hint")).to_contain_text("Приложено файлов: 1.")
    assert reader.overflow() <= 0
    page.get_by_label("Специальность").select_option("Кардиология")
    page.get_by_label("Организация, при которой работала комиссия").fill("Северный медицинский университет")
    page.get_by_label("Дата сдачи экзамена").fill("14.09.2026")
    page.get_by_label("Дата протокола").fill("16.09.2026")
    page.get_by_label("Подтверждаю, что данные верны").check()
    page.get_by_label("Обязуюсь сообщить, если сменю фамилию").check()
    press(page, "Отправить на проверку")
    expect(page.get_by_role("alert")).to_contain_text("Документ отправлен на проверку")
    expect(page.get_by_role("main")).to_contain_text("Не подтверждено, ждёт проверки")


@pytest.mark.req("FRM-08", "GWY-04")
def test_the_letter_is_made_from_the_answer_and_prints_without_the_portal_around_it(desk, world):
    reader = desk("match")
    page = reader.page
    reader.open("/cabinet/comparison")
    page.get_by_role("link", name="Указать, что верно").click()
    page.get_by_label("Пусть регистр исправит работодатель").check()
    press(page, "Сохранить ответ")
    expect(page.get_by_role("heading", level=1)).to_have_text("Письмо в отдел кадров")
    expect(page.get_by_role("main")).to_contain_text("От кого: Орлова Анна Сергеевна, врач-кардиолог")
    expect(page.get_by_role("button", name="Напечатать")).to_be_visible()
    assert reader.axe() == []
    page.set_viewport_size({"width": 360, "height": 900})
    assert reader.overflow() <= 0
    page.emulate_media(media="print")
    for part in (".govuk-back-link", ".govuk-service-navigation", "[data-print]", "h1"):
        expect(page.locator(part)).to_be_hidden()
    expect(page.get_by_role("heading", name="Заявление")).to_be_visible()
