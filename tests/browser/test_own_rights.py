"""A session that ends over a half-filled form, the main consent taken back, a role given and lost: in a real browser."""

import re
import secrets

import pytest
from playwright.sync_api import expect

from tests.browser import widths
from tests.browser.test_own_account import picture, reader
from tests.browser.test_whole_system import made

__all__ = ["reader"]
pytestmark = [pytest.mark.browser, pytest.mark.e2e]
CONSENTS = "/cabinet/settings/consents"
MAIN = "Согласие на передачу данных"
WORDS = "Не открывается план: после кнопки «Выбрать» пустая страница, и так третий день подряд."
SCAN = {"name": "scan.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\nstartxref\n0\n%%EOF\n"}
END_OWN_SESSION = """async () => {
  const sessions = await (await fetch("/api/v1/me/sessions")).json();
  const token = document.querySelector("input[name=csrf_token]").value;
  const sid = sessions.items.find((one) => one.current).sid;
  return (await fetch("/api/v1/me/sessions/" + sid, { method: "DELETE", headers: { "X-CSRF-Token": token } })).status;
}"""
UNTIL_OVER = """async () => {
  while ((await fetch("/api/v1/me")).status !== 401) await new Promise((go) => setTimeout(go, 200));
}"""


def card(someone, title):
    return someone.page.get_by_role("region", name=title, exact=True)


def provider_asks(someone, key):
    """Type the password at the provider."""
    someone.page.locator("#login").fill(key)
    someone.page.locator("#password").fill("sandbox")
    someone.page.get_by_role("button", name="Войти", exact=True).click()
    someone.page.wait_for_url(f"{someone.portal.url}/**")


@pytest.mark.req("GWY-05", "SSO-04", "SSO-05", "P14", "GWY-04")
@pytest.mark.parametrize("width", widths.at(widths.PHONE))
def test_typed_form_outlives_the_session_and_the_consent_is_taken_back(reader, portal, width):
    person = made(portal)
    doctor = reader(width=width)
    doctor.sign_in(person.key)
    doctor.agree()
    doctor.open("/cabinet/tickets/new/other")
    doctor.page.get_by_label("Тема").fill("План не открывается")
    doctor.page.get_by_label("Что случилось").fill(WORDS)
    assert doctor.page.evaluate(END_OWN_SESSION) == 204
    doctor.page.evaluate(UNTIL_OVER)
    doctor.press("Отправить обращение")
    expect(doctor.page.get_by_role("status").first).to_contain_text("Сессия истекла")
    doctor.healthy()
    picture(doctor, f"expired-1-{width}")
    doctor.page.get_by_role("link", name="Войти через Госуслуги").click()
    provider_asks(doctor, person.key)
    expect(doctor.heading()).to_have_text("Введённое сохранено")
    expect(doctor.page.locator("main")).to_contain_text(WORDS)
    doctor.healthy()
    picture(doctor, f"expired-2-{width}")
    doctor.press("Отправить сохранённое")
    expect(doctor.page.get_by_role("alert")).to_contain_text("Обращение отправлено")
    expect(doctor.page.locator("main")).to_contain_text(WORDS)

    doctor.open(CONSENTS)
    card(doctor, MAIN).get_by_role("link", name="Отозвать").click()
    expect(doctor.heading()).to_have_text("Отозвать согласие")
    doctor.healthy()
    doctor.press("Отозвать согласие")
    expect(doctor.heading()).to_have_text("Согласия")
    expect(doctor.page.get_by_role("alert")).to_contain_text("Согласие отозвано. Кабинет закрыт")
    expect(card(doctor, MAIN)).to_contain_text("Отозвано")
    expect(doctor.page.get_by_role("status").first).to_contain_text("будут уничтожены")
    doctor.healthy()
    picture(doctor, f"withdrawn-1-{width}")
    card(doctor, MAIN).get_by_role("link", name="Квитанция").click()
    expect(doctor.heading()).to_have_text("Квитанция о согласии")
    doctor.open("/cabinet/plan")
    expect(doctor.heading()).to_have_text(MAIN)
    expect(doctor.page.locator("main")).to_contain_text("будут уничтожены")
    doctor.healthy()
    picture(doctor, f"withdrawn-2-{width}")
    doctor.open(CONSENTS)
    doctor.page.get_by_role("link", name="согласиться снова").click()
    doctor.agree()
    expect(doctor.heading()).to_have_text("Согласия")
    expect(card(doctor, MAIN)).to_contain_text("Действует")
    expect(doctor.page.get_by_text("будут уничтожены")).to_have_count(0)
    doctor.open("/cabinet/plan")
    expect(doctor.heading()).not_to_have_text(MAIN)


def ask_for_the_role(doctor, where):
    """«Роли» → the form, first sent empty, then filled in."""
    doctor.open("/cabinet/settings/roles")
    doctor.page.get_by_role("button", name="Запросить роль").or_(
        doctor.page.get_by_role("link", name="Запросить роль")
    ).first.click()
    doctor.press("Отправить запрос")
    expect(doctor.page.locator(".govuk-error-summary")).to_contain_text("Выберите роль")
    doctor.page.get_by_label("Сотрудник организации").check()
    doctor.page.get_by_label("Организация", exact=True).fill(where)
    doctor.press("Найти организацию")
    expect(doctor.page.get_by_label("Сотрудник организации")).to_be_checked()
    doctor.page.get_by_label(where).first.check()
    doctor.page.get_by_label("Зачем нужна роль").fill("Принимаю заявки на кафедре терапии")
    doctor.healthy()
    picture(doctor, "role-1")
    doctor.press("Отправить запрос")
    expect(doctor.page.get_by_role("alert")).to_contain_text("Запрос отправлен")
    doctor.healthy()
    picture(doctor, "role-2")


def work_there_and_back(doctor):
    """«Рабочее место»: the organisation's, one's own, the organisation's again."""
    doctor.open("/workplace")
    doctor.press("Работать здесь: Сотрудник организации")
    expect(doctor.page.locator("header")).to_contain_text("Рабочее место: Сотрудник организации")
    expect(doctor.heading()).to_contain_text("Заявки")
    doctor.healthy()
    picture(doctor, "role-4")
    doctor.page.get_by_role("link", name=re.compile("Рабочее место")).first.click()
    doctor.healthy()
    picture(doctor, "role-5")
    doctor.press("Работать здесь: Личный кабинет специалиста")
    expect(doctor.page.locator("header")).to_contain_text("Рабочее место: Личный кабинет специалиста")
    doctor.open("/workplace")
    doctor.press("Работать здесь: Сотрудник организации")


@pytest.mark.req("GWY-05", "GWY-04", "FRM-04")
def test_file_of_a_form_that_outlived_the_session_is_chosen_again(reader, portal):
    person = made(portal)
    doctor = reader(width=375)
    doctor.sign_in(person.key)
    doctor.agree()
    doctor.open("/cabinet/documents/new/accreditation_protocol")
    page = doctor.page
    page.get_by_label("Специальность").fill("Кардиология")
    page.get_by_role("option", name="Кардиология", exact=True).first.click()
    page.get_by_label("Организация, при которой работала комиссия").fill("Северный медицинский университет")
    page.get_by_label("Дата сдачи экзамена").fill("14.09.2026")
    page.get_by_label("Дата протокола").fill("16.09.2026")
    page.locator("#scan").set_input_files(SCAN)
    page.get_by_label("Подтверждаю, что данные верны").check()
    page.get_by_label("Обязуюсь сообщить, если сменю фамилию").check()
    assert page.evaluate(END_OWN_SESSION) == 204
    page.evaluate(UNTIL_OVER)
    doctor.press("Отправить на проверку")
    expect(page.get_by_role("status").first).to_contain_text("Сессия истекла")
    page.get_by_role("link", name="Войти через Госуслуги").click()
    provider_asks(doctor, person.key)
    expect(doctor.heading()).to_have_text("Введённое сохранено")
    expect(page.locator("main")).to_contain_text("Файл мы не сохранили")
    doctor.healthy()
    picture(doctor, "expired-3-375")
    page.get_by_label("Файл «scan.pdf»").set_input_files(SCAN)
    doctor.press("Отправить сохранённое")
    expect(page.get_by_role("alert")).to_contain_text("Документ отправлен на проверку")


@pytest.mark.req("ROL-01", "ROL-03", "GWY-04")
def test_role_is_asked_for_given_used_and_lost(reader, portal):
    rare = "Ж" + "".join(secrets.choice("абвгдежиклмно") for _ in range(9))
    person = made(portal, own={"last_name": rare})
    doctor, head = reader(), reader(width=375)
    doctor.sign_in(person.key)
    doctor.agree()
    head.sign_in("org-admin")
    if "/consent" in head.page.url:
        head.agree()
    head.open("/organisation/people")
    expect(head.heading()).to_have_text("Сотрудники и роли")
    where = head.page.get_by_role("cell").nth(2).inner_text()
    ask_for_the_role(doctor, where)
    head.page.reload()
    head.healthy()
    picture(head, "role-3")
    head.press(f"Назначить: {person.last_name} {person.first_name} {person.patronymic}")
    expect(head.page.get_by_role("alert")).to_contain_text("Роль назначена")
    work_there_and_back(doctor)

    head.page.get_by_role("link", name=re.compile(f"Снять роль.*{person.last_name}")).first.click()
    head.page.get_by_label("Причина").fill("Уволился")
    head.healthy()
    head.press("Снять роль")
    expect(head.page.get_by_role("alert")).to_contain_text("Роль снята")
    picture(head, "role-6")
    for _ in range(60):  # a token in hand lives a few seconds more
        doctor.open("/edu/applications")
        if "Заявки" not in doctor.heading().inner_text():
            break
    expect(doctor.heading()).not_to_contain_text("Заявки")
    doctor.healthy()
    picture(doctor, "role-7")
    doctor.open("/cabinet/settings/roles")
    expect(doctor.page.locator("main")).to_contain_text("Ролей пока нет")
