"""What people come for, done in a browser: with scripts, and without them."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser]


def press(page, name):
    page.get_by_role("button", name=name).first.click()


@pytest.mark.req("CYC-03")
def test_cycle_opens_at_one_press(desk, world):
    reader = desk("empty")
    reader.open("/cabinet")
    reader.page.get_by_role("link", name="Открыть цикл").click()
    press(reader.page, "Открыть цикл")
    expect(reader.page.get_by_role("alert")).to_contain_text("Цикл открыт")


@pytest.mark.req("APP-01", "APP-02", "APP-06", "CAT-03")
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_from_the_catalogue_to_a_sent_application(desk, world, scripts):
    reader = desk("match", scripts=scripts)
    reader.open(f"/cabinet/plan?cycle={world.CYCLE}")
    reader.page.get_by_role("link", name="Выбрать").first.click()
    reader.page.get_by_role("link", name="Современная аритмология").first.click()
    press(reader.page, "Записаться")
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Данные для заявки")
    expect(reader.page.get_by_label("Должность")).to_have_value("Врач-кардиолог")
    press(reader.page, "Сохранить и проверить")
    expect(reader.page.locator(".govuk-error-summary")).to_contain_text("Выберите основу обучения")
    reader.page.get_by_label("Бюджетная").check()
    press(reader.page, "Сохранить и проверить")
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Проверьте заявку")
    press(reader.page, "Отправить заявку")
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Заявка отправлена")
    expect(reader.page.get_by_role("link", name="Скачать: Заявка на цикл (PDF)")).to_be_visible()
    if not scripts:
        reader.page.get_by_role("link", name="Открыть заявку").click()


@pytest.mark.req("APP-06", "NOT-01")
def test_seat_appears_on_the_open_page_by_itself(desk, world):
    reader = desk("match")
    base = f"/cabinet/applications/NMO-0121334-{world.TODAY.year}"
    reader.open(f"{base}/edit")
    reader.page.get_by_label("Бюджетная").check()
    press(reader.page, "Сохранить и проверить")
    press(reader.page, "Отправить заявку")
    expect(reader.page.locator("#status")).to_contain_text("Место забронировано")
    assert reader.page.url.endswith("/done")
    assert reader.axe() == []


@pytest.mark.req("NOT-01")
def test_bell_counts_by_itself(desk, world):
    reader = desk("match")
    reader.open("/cabinet")
    bell = reader.page.locator("#bell")
    expect(bell).to_have_text("2")
    reader.page.evaluate("document.getElementById('bell').textContent = ''")
    reader.page.evaluate("window.htmx.ajax('GET', '/events', {source: '#live', swap: 'none'})")
    expect(bell).to_have_text("2")


@pytest.mark.req("GWY-04")
def test_live_changes_can_be_switched_off(desk, world):
    reader = desk("match", sight="1.sans.usual.1.1.off")
    reader.open("/cabinet")
    assert reader.page.locator("#live").count() == 0
    assert reader.page.evaluate("typeof window.htmx") == "undefined"


@pytest.mark.req("SSO-03")
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_consent_opens_the_cabinet(desk, world, scripts):
    reader = desk("unmatched", scripts=scripts)
    reader.open("/cabinet/profile")
    expect(reader.page.get_by_role("heading", level=1)).to_have_text(
        "Согласие на обработку и передачу персональных данных"
    )
    press(reader.page, "Согласен")
    expect(reader.page.locator(".govuk-error-summary")).to_contain_text("Отметьте, что вы прочитали текст")
    reader.page.get_by_label("Текст прочитан").check()
    press(reader.page, "Согласен")
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Личные сведения")


@pytest.mark.req("APP-05")
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_organisation_confirms_enrols_and_enters_the_result(desk, world, scripts):
    reader = desk("org-staff", scripts=scripts)
    reader.open("/edu/applications?status=submitted")
    reader.page.get_by_role("link", name=f"NMO-0121351-{world.TODAY.year}").click()
    press(reader.page, "Одобрить заявку")
    expect(reader.page.get_by_role("alert")).to_contain_text("Цикл специалиста подтверждён")
    press(reader.page, "Зачислить")
    reader.page.get_by_role("link", name="Внести результат").click()
    reader.page.get_by_label("Нет, не завершено").check()
    press(reader.page, "Сохранить результат")
    expect(reader.page.get_by_role("alert")).to_contain_text("Результат внесён")


@pytest.mark.req("APP-05")
def test_results_by_file_tell_each_wrong_line(desk, world):
    reader = desk("org-staff")
    reader.open("/edu/results")
    press(reader.page, "Загрузить результаты")
    expect(reader.page.locator(".govuk-error-summary")).to_contain_text("Выберите файл CSV")
    year = world.TODAY.year
    rows = f"NMO-0121355-{year};да;01.02.2026;ПК-1\nNMO-0121351-{year};да;01.02.2026;ПК-2\n"
    content = f"Номер заявки;Результат;Дата окончания;Номер удостоверения\n{rows}".encode()
    reader.page.get_by_label("Файл с результатами").set_input_files(
        {"name": "results.csv", "mimeType": "text/csv", "buffer": content}
    )
    press(reader.page, "Загрузить результаты")
    expect(reader.page.get_by_role("status")).to_contain_text("Внесено: 1. Не внесено: 1.")
    expect(reader.page.get_by_role("row", name=f"NMO-0121351-{year}")).to_contain_text("Зачислен")
    assert reader.axe() == []


@pytest.mark.req("GWY-04")
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_look_for_weak_sight_is_chosen_and_kept(desk, world, scripts):
    reader = desk("match", scripts=scripts)
    reader.open("/cabinet/plan")
    reader.page.get_by_role("link", name="Версия для слабовидящих").click()
    press(reader.page, "Крупный шрифт и контраст")
    assert reader.page.url.endswith("/cabinet/plan")
    html = reader.page.locator("html")
    expect(html).to_have_attribute("data-size", "2")
    expect(html).to_have_attribute("data-scheme", "light")
    reader.page.get_by_role("link", name="Вид страницы").click()
    press(reader.page, "Обычный вид")
    expect(html).to_have_attribute("data-size", "1")


@pytest.mark.req("GWY-03")
@pytest.mark.parametrize(
    "service", ["registry", "cycles", "catalog", "applications", "notifications", "identity"]
)
def test_cabinet_opens_while_a_service_is_stopped(desk, stop, service):
    reader = desk("match")
    stop(service)
    for path in (
        "/cabinet",
        "/cabinet/plan",
        "/cabinet/catalog",
        "/cabinet/applications",
        "/cabinet/profile",
    ):
        assert reader.open(path) == 200
        assert reader.page.locator("h1").count() == 1
    assert reader.axe() == []


@pytest.mark.req("SSO-10")
def test_signing_out_ends_at_the_sign_in_page(desk, world):
    reader = desk("match")
    reader.open("/cabinet")
    press(reader.page, "Выйти")
    expect(reader.page.get_by_role("status")).to_contain_text("Вы вышли из кабинета")
    reader.open("/cabinet")
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Вход в личный кабинет")
