"""Registering in a real browser on the whole running system: the form, the letter, the first sign-in, the own password."""

import asyncio
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import widths
from tests.browser.test_whole_system import Reader
from tests.e2e import post
from tests.e2e.people import snils_of

pytestmark = [pytest.mark.browser, pytest.mark.e2e]
PASSWORD = "Кобыла-7-Зонтик!"
PROOF_MS = 60_000
"""The browser's work takes a second; the machine does much else meanwhile."""


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


def fill(someone, email, snils):
    page = someone.page
    for label, value in (
        ("Фамилия", "Ветрова"), ("Имя", "Мария"), ("Отчество (если есть)", "Юрьевна"),
        ("Дата рождения", "17.03.1984"), ("СНИЛС", snils), ("Электронная почта", email),
        ("Телефон", "8 900 000-10-10"),
    ):  # fmt: skip
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_label("Женский").check()
    page.locator("#region_code").fill("Москва")
    page.get_by_role("option", name="г. Москва").first.click()


@pytest.mark.req("REG-01", "REG-02", "REG-05", "P04", "P05", "P18", "T04", "GWY-04")
@pytest.mark.parametrize("width", widths.at(widths.DESK))
def test_from_the_form_over_the_letter_to_the_first_page(reader, portal, width):
    someone = reader(width=width)
    email = f"new-{secrets.token_hex(5)}@mail.example"
    someone.open("/register")
    expect(someone.page.locator("[data-proof-status]")).to_contain_text("пройдена", timeout=PROOF_MS)
    someone.press("Зарегистрироваться")
    expect(someone.page.locator(".govuk-error-summary")).to_contain_text("Введите фамилию")
    expect(someone.page.locator(".govuk-error-summary a")).to_have_count(8)
    someone.healthy()
    picture(someone, f"register-1-{width}")
    fill(someone, email, snils_of(710_000_000 + secrets.randbelow(90_000_000)))
    someone.healthy()
    someone.press("Зарегистрироваться")
    expect(someone.heading()).to_have_text("Проверьте почту", timeout=PROOF_MS)
    someone.healthy()
    picture(someone, f"register-2-{width}")

    words = asked(post.letter(portal, email, "Логин и временный пароль"))
    secret = words.split("Временный пароль:")[1].split()[0]
    someone.open("/login")
    someone.page.locator("#login").fill(email)
    someone.page.locator("#password").fill("Wrong-Pass-1!")
    someone.page.get_by_role("button", name="Войти", exact=True).click()
    expect(someone.page.locator(".govuk-error-summary")).to_contain_text("После пяти ошибок за 15 минут")
    someone.healthy()
    picture(someone, f"register-3-{width}")
    someone.page.locator("#password").fill(secret)
    someone.page.get_by_role("button", name="Войти", exact=True).click()
    expect(someone.heading()).to_have_text("Придумайте новый пароль")
    someone.open("/cabinet")
    expect(someone.heading()).to_have_text("Придумайте новый пароль")
    someone.page.get_by_label("Новый пароль").fill("Медицина2026!")
    someone.press("Сохранить пароль")
    expect(someone.page.locator(".govuk-error-summary")).to_contain_text("часто встречается")
    someone.healthy()
    picture(someone, f"register-4-{width}")
    someone.page.get_by_label("Новый пароль").fill(PASSWORD)
    someone.press("Сохранить пароль")
    expect(someone.heading()).to_have_text("Подтвердите адрес")
    someone.healthy()
    picture(someone, f"register-5-{width}")
    someone.open("/cabinet/applications")
    expect(someone.heading()).to_have_text("Подтвердите адрес")

    someone.open(post.link_in(words, "/confirm/"))
    someone.press("Подтвердить адрес")
    expect(someone.heading()).to_have_text("Адрес подтверждён")
    someone.healthy()
    picture(someone, f"register-6-{width}")
    someone.page.get_by_role("button", name="Продолжить").or_(
        someone.page.get_by_role("link", name="Продолжить")
    ).first.click()
    expect(someone.heading()).to_contain_text("Согласие")
    picture(someone, f"register-7-{width}")
