"""Everything can be done with a keyboard, and focus goes where the reader needs it."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.req("GWY-04")]


def focused(reader):
    return reader.page.evaluate(
        "document.activeElement.innerText || document.activeElement.name || ''"
    ).strip()


def test_first_stop_leads_past_the_menu(desk):
    reader = desk("match")
    reader.open("/cabinet")
    reader.page.keyboard.press("Tab")
    assert focused(reader) == "Перейти к содержанию"
    reader.page.keyboard.press("Enter")
    assert reader.page.evaluate("document.activeElement.id") == "main-content"
    reader.page.keyboard.press("Tab")
    assert focused(reader) == "Подобрать обучение"


def test_every_stop_shows_where_the_focus_is(desk):
    reader = desk("match")
    reader.open("/cabinet")
    for _ in range(25):
        reader.page.keyboard.press("Tab")
        seen = reader.page.evaluate(
            "(() => { const s = getComputedStyle(document.activeElement);"
            " return s.outlineStyle !== 'none' || s.boxShadow !== 'none'; })()"
        )
        assert seen, focused(reader)


def test_errors_take_the_focus_and_lead_to_their_fields(desk, world):
    reader = desk("match")
    reader.open("/cabinet/cycles/new")
    reader.page.get_by_role("button", name="Продолжить").press("Enter")
    summary = reader.page.locator(".govuk-error-summary")
    expect(summary).to_be_focused()
    assert reader.page.title() == "Ошибка: Добавить пятилетний цикл — Портал НМФО"
    reader.page.keyboard.press("Tab")
    assert focused(reader) == "Выберите специальность"
    reader.page.get_by_role("link", name="Введите дату сдачи экзамена").press("Enter")
    expect(reader.page.locator("#exam_on")).to_be_focused()
    assert reader.axe() == []


def test_menu_of_the_phone_opens_with_a_key(desk):
    reader = desk("match", width=375)
    reader.open("/cabinet")
    toggle = reader.page.get_by_role("button", name="Меню")
    expect(toggle).to_have_attribute("aria-expanded", "false")
    toggle.press("Enter")
    expect(toggle).to_have_attribute("aria-expanded", "true")
    expect(reader.page.get_by_role("link", name="План обучения", exact=True)).to_be_visible()


def test_specialty_is_found_by_typing(desk, world):
    reader = desk("match")
    reader.open("/cabinet/cycles/new")
    box = reader.page.get_by_role("combobox", name="Специальность")
    box.press_sequentially("Пед")
    box.press("ArrowDown")
    box.press("Enter")
    expect(reader.page.locator("select[name=specialty_key]")).to_have_value("VO-066")
    assert reader.axe() == []


def test_dependent_fields_follow_their_answer(desk, world):
    reader = desk("match")
    reader.open(f"/cabinet/applications/NMO-0121334-{world.TODAY.year}/edit")
    expect(reader.page.get_by_label("Должность")).to_be_visible()
    reader.page.get_by_label("Не работаю").check()
    expect(reader.page.get_by_label("Должность")).to_be_hidden()
    reader.page.get_by_label("Договорная", exact=True).check()
    expect(reader.page.get_by_label("Юридическое лицо")).to_be_visible()
    assert reader.axe() == []


def test_text_spacing_of_the_reader_breaks_nothing(desk):
    reader = desk("match", width=375)
    reader.open("/cabinet")
    reader.page.evaluate(
        "for (const node of document.querySelectorAll('*')) {"
        " node.style.letterSpacing = '0.12em'; node.style.wordSpacing = '0.16em'; node.style.lineHeight = '1.5'; }"
    )
    assert reader.overflow() <= 0


def test_forced_colours_keep_the_page_readable(desk):
    reader = desk("match")
    reader.page.emulate_media(forced_colors="active")
    reader.open("/cabinet")
    assert reader.axe() == []
    assert (
        reader.page.locator(".nmfo-donut__done").evaluate("node => getComputedStyle(node).stroke") != "none"
    )


def test_years_have_a_table_beside_the_picture(desk):
    reader = desk("match")
    reader.open("/cabinet/progress")
    chart = reader.page.locator(".nmfo-years__chart")
    expect(chart).to_have_attribute("role", "img")
    assert "72" in chart.locator("desc").text_content()
    reader.page.locator("summary", has_text="Показать таблицей").press("Enter")
    expect(reader.page.get_by_role("table", name="ЗЕТ по годам цикла")).to_be_visible()
