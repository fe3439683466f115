"""Contacts, recovery, two-step sign-in and the questionnaire in a real browser on the whole running system."""

import asyncio
import os
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import expect

from nmo_kit import clock
from tests.browser import widths
from tests.browser.test_whole_system import Reader, made
from tests.e2e import post
from tests.e2e.own_account import Own

pytestmark = [pytest.mark.browser, pytest.mark.e2e]
ROOT = Path(__file__).resolve().parents[2]
OLD, NEW = "Кобыла-7-Зонтик!", "Тихая-Лиственница 52!"


def asked(work):
    """The browser's loop runs in this thread, so another one does the asking."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(work)).result()


@pytest.fixture
def reader(chromium, portal):
    opened = []

    def make(**options):
        opened.append(Reader(chromium, portal, **options))
        return opened[-1]

    yield make
    for one in opened:
        one.context.close()


def picture(someone, name):
    """Keep how it looks, for those who look at pictures."""
    if os.environ.get("NMO_PICTURES"):
        folder = Path(os.environ["NMO_PICTURES"])
        folder.mkdir(parents=True, exist_ok=True)
        someone.page.screenshot(path=folder / f"{name}.png", full_page=True)


def registered(portal):
    return asked(Own(portal).register())


def recover(someone, portal, own, *, password=NEW):
    """From «Забыли пароль?» to the new password."""
    someone.open("/password/forgot")
    someone.page.get_by_label("Электронная почта или телефон").fill(own.email)
    someone.press("Получить код")
    expect(someone.heading()).to_have_text("Введите код")
    code = post.code_in(asked(post.letter(portal, own.email, "Код для нового пароля")))
    someone.page.get_by_label("Код из письма").fill(code)
    someone.press("Продолжить")
    expect(someone.heading()).to_have_text("Задайте новый пароль")
    someone.page.get_by_label("Новый пароль").fill(password)
    someone.press("Сохранить пароль")
    expect(someone.heading()).to_have_text("Пароль изменён")


def sign_in(someone, login, password):
    """By login and password on the sign-in page."""
    someone.open("/login")
    someone.page.locator("#login").fill(login)
    someone.page.locator("#password").fill(password)
    someone.page.get_by_role("button", name="Войти", exact=True).click()


@pytest.mark.req("REG-07", "T06", "GWY-04")
@pytest.mark.parametrize("width", widths.at(widths.PHONE))
def test_password_is_recovered_by_a_code_from_the_mail(reader, portal, width):
    own = registered(portal)
    someone = reader(width=width)
    someone.open("/password/forgot")
    someone.healthy()
    picture(someone, f"recovery-1-{width}")
    someone.press("Получить код")
    expect(someone.page.locator(".govuk-error-summary")).to_contain_text("Введите адрес почты или номер")
    someone.healthy()
    someone.page.get_by_label("Электронная почта или телефон").fill("nobody@mail.example")
    someone.press("Получить код")
    expect(someone.heading()).to_have_text("Введите код")
    expect(someone.page.locator("main")).to_contain_text("Если этот контакт указан и подтверждён")
    someone.page.get_by_text("Код не приходит").click()
    expect(someone.page.locator("main")).to_contain_text(re.compile("В-[2-9A-Z]{8}"))
    picture(someone, f"recovery-2-{width}")
    someone.healthy()
    someone.page.get_by_label("Код из письма").fill("000000")
    someone.press("Продолжить")
    expect(someone.page.locator(".govuk-error-summary")).to_contain_text("Код не подошёл")
    recover(someone, portal, own)
    picture(someone, f"recovery-3-{width}")
    someone.healthy()
    told = asked(post.letter(portal, own.email, "Задан новый пароль"))
    assert "завершили все прежние входы" in told
    assert f"{portal.url}/login" in told
    someone.open("/password/new")
    expect(someone.heading()).to_have_text("Восстановление пароля")


@pytest.mark.req("REG-11", "REG-05", "T04", "GWY-04")
@pytest.mark.parametrize("width", widths.at(widths.DESK))
def test_contacts_change_by_codes_and_back_by_the_link(reader, portal, width):
    person = made(portal)
    doctor = reader(width=width)
    doctor.sign_in(person.key)
    expect(doctor.heading()).to_have_text("Согласие на передачу данных")
    doctor.open("/cabinet/profile/contacts")
    expect(doctor.heading()).to_have_text("Контакты")
    old = doctor.page.locator(".govuk-summary-list__value").first.inner_text().split()[0]
    doctor.healthy()
    picture(doctor, f"contacts-1-{width}")
    new = f"new-{secrets.token_hex(5)}@mail.example"
    doctor.page.get_by_role("link", name=re.compile("электронная почта")).click()
    doctor.page.get_by_label("Новый адрес").fill("not an address")
    doctor.press("Получить код")
    expect(doctor.page.locator(".govuk-error-summary")).to_contain_text("адрес")
    doctor.healthy()
    doctor.page.get_by_label("Новый адрес").fill(new)
    doctor.press("Получить код")
    expect(doctor.heading()).to_have_text("Введите код")
    doctor.healthy()
    picture(doctor, f"contacts-2-{width}")
    doctor.page.get_by_label("Код", exact=True).fill(
        post.code_in(asked(post.letter(portal, new, "Код подтверждения")))
    )
    doctor.press("Подтвердить")
    expect(doctor.page.get_by_role("alert")).to_contain_text("Адрес почты изменён")
    expect(doctor.page.locator("main")).to_contain_text(new)

    number = f"+7902{secrets.randbelow(10**7):07d}"
    doctor.page.get_by_role("link", name=re.compile("мобильный телефон")).click()
    doctor.page.get_by_label("Номер мобильного телефона").fill("8" + number[2:])
    doctor.press("Получить код")
    doctor.page.get_by_label("Код", exact=True).fill(post.code_in(asked(post.text_message(portal, number))))
    doctor.press("Подтвердить")
    expect(doctor.page.get_by_role("alert")).to_contain_text("Номер телефона подтверждён")
    doctor.healthy()
    picture(doctor, f"contacts-3-{width}")

    letter = asked(post.letter(portal, old, "Адрес почты в кабинете изменён"))
    owner = reader(width=width)
    link = post.link_in(letter, "/contacts/undo/")
    for _ in range(2):  # a scanner of mail opens the link first
        owner.open(link)
        expect(owner.heading()).to_have_text("Вернуть прежний контакт?")
    owner.healthy()
    picture(owner, f"contacts-4-{width}")
    owner.press("Вернуть прежний контакт")
    expect(owner.heading()).to_have_text("Прежний контакт возвращён")
    owner.healthy()
    for _ in range(60):  # a token in hand lives a few seconds more
        doctor.open("/cabinet/profile/contacts")
        if "/login" in doctor.page.url:
            break
    assert "/login" in doctor.page.url, "whoever changed it is shut out"
    owner.open(link)
    owner.press("Вернуть прежний контакт")
    expect(owner.heading()).to_have_text("Ссылка больше не действует")


@pytest.mark.req("REG-13", "P09", "GWY-04")
@pytest.mark.parametrize("width", widths.at(widths.PHONE))
def test_two_step_sign_in_with_an_app_and_a_recovery_code(reader, portal, width):
    own = registered(portal)
    someone = reader(width=width)
    recover(someone, portal, own)
    sign_in(someone, own.email, NEW)
    expect(someone.heading()).to_have_text("Согласие на передачу данных")
    someone.open("/cabinet/settings/security")
    expect(someone.heading()).to_have_text("Безопасность")
    someone.healthy()
    picture(someone, f"security-1-{width}")
    someone.page.get_by_role("link", name=re.compile("Включить .*приложение")).click()
    expect(someone.heading()).to_have_text("Приложение с кодами")
    someone.healthy()
    picture(someone, f"security-2-{width}")
    app = pyotp.TOTP(someone.page.locator("#key").inner_text().replace(" ", ""))
    someone.page.get_by_label("Код из приложения").fill("000000")
    someone.press("Включить")
    expect(someone.page.locator(".govuk-error-summary")).to_contain_text("Код не подошёл")
    someone.page.get_by_label("Код из приложения").fill(app.at(clock.now()))
    someone.press("Включить")
    expect(someone.heading()).to_have_text("Резервные коды")
    codes = someone.page.locator(".nmfo-codes code").all_inner_texts()
    assert len(set(codes)) == 10
    someone.healthy()
    picture(someone, f"security-3-{width}")

    again = reader(width=width)
    sign_in(again, own.email, NEW)
    expect(again.heading()).to_have_text("Второй шаг входа")
    again.healthy()
    picture(again, f"second-step-{width}")
    again.page.get_by_label("Код из приложения").fill("000000")
    again.page.get_by_role("button", name="Войти", exact=True).click()
    expect(again.page.locator(".govuk-error-summary")).to_contain_text("Код не подошёл")
    # The code of the set-up was used: the next one comes within half a minute.
    again.page.get_by_label("Код из приложения").fill(app.at(clock.now() + timedelta(seconds=30)))
    again.page.get_by_role("button", name="Войти", exact=True).click()
    expect(again.page.get_by_role("button", name="Выйти").first).to_be_visible()

    third = reader(width=width)
    sign_in(third, own.email, NEW)
    third.page.get_by_role("link", name="Ввести резервный код").click()
    third.healthy()
    third.page.get_by_label("Резервный код").fill(codes[0].lower())
    third.page.get_by_role("button", name="Войти", exact=True).click()
    expect(third.page.get_by_role("button", name="Выйти").first).to_be_visible()
    asked(post.letter(portal, own.email, "Использован резервный код"))


@pytest.mark.req("REG-10", "GWY-04")
@pytest.mark.parametrize("width", widths.at(widths.DESK))
def test_questionnaire_is_filled_in_and_shown(reader, portal, width):
    person = made(portal)
    doctor = reader(width=width)
    doctor.sign_in(person.key)
    doctor.agree()
    doctor.open("/cabinet/profile/questionnaire")
    expect(doctor.heading()).to_have_text("Анкета о дипломе")
    doctor.healthy()
    doctor.press("Сохранить анкету")
    expect(doctor.page.locator(".govuk-error-summary a")).to_have_count(6)
    doctor.healthy()
    picture(doctor, f"questionnaire-{width}")
    doctor.page.locator("#specialty_key").fill("Лечебное")
    doctor.page.get_by_role("option", name="Лечебное дело").first.click()
    doctor.page.get_by_label("Организация, где вы сдавали").fill("Северный медицинский университет")
    doctor.page.get_by_label("Дата государственного экзамена").fill("20.06.2015")
    doctor.page.get_by_label("Дата выдачи диплома").fill("30.06.2015")
    doctor.page.get_by_label("Подтверждаю, что данные верны").check()
    doctor.page.get_by_label("Обязуюсь сообщить").check()
    doctor.press("Сохранить анкету")
    expect(doctor.page.get_by_role("alert")).to_contain_text("Анкета сохранена")
    expect(doctor.page.locator("main")).to_contain_text("Северный медицинский университет")
    doctor.healthy()
    picture(doctor, f"profile-{width}")
