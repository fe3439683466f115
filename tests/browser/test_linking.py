"""«Синхронизация с Госуслугами» in a real browser on the whole running system: both directions, both ways in, untying."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_own_account import NEW, asked, picture, reader, recover, registered, sign_in
from tests.browser.test_whole_system import made
from tests.e2e import post

__all__ = ["reader"]
pytestmark = [pytest.mark.browser, pytest.mark.e2e]
PAGE = "/cabinet/settings/links"


def at_gosuslugi(someone, key):
    """Type the password at the provider."""
    someone.page.locator("#login").fill(key)
    someone.page.locator("#password").fill("sandbox")
    someone.page.get_by_role("button", name="Войти", exact=True).click()
    someone.page.wait_for_url(f"{someone.portal.url}/**")


def ways(someone):
    return someone.page.locator("section h2")


@pytest.mark.req("REG-09", "P13", "GWY-04")
@pytest.mark.parametrize("width", [1280, 375])
def test_password_account_is_tied_to_gosuslugi_and_entered_either_way(reader, portal, width):
    own, person = registered(portal), made(portal)
    someone = reader(width=width)
    recover(someone, portal, own)
    sign_in(someone, own.email, NEW)
    expect(someone.page.get_by_role("button", name="Выйти").first).to_be_visible()
    someone.open(PAGE)
    expect(someone.heading()).to_have_text("Синхронизация с Госуслугами")
    expect(ways(someone)).to_have_count(1)
    expect(someone.page.locator("main")).to_contain_text("Единственный способ входа")
    someone.healthy()
    picture(someone, f"links-1-{width}")
    someone.press("Привязать Госуслуги")
    at_gosuslugi(someone, person.key)
    expect(someone.page.get_by_role("alert")).to_contain_text("Связано")
    expect(ways(someone)).to_have_count(2)
    expect(ways(someone).last).to_contain_text("Связано")
    someone.healthy()
    picture(someone, f"links-2-{width}")
    asked(post.letter(portal, own.email, "Добавлен способ входа"))

    other = reader(width=width)
    other.sign_in(person.key)
    other.open(PAGE)
    expect(ways(other)).to_have_count(2)
    again = reader(width=width)
    sign_in(again, own.email, NEW)
    expect(again.page.get_by_role("button", name="Выйти").first).to_be_visible()
    again.open(PAGE)
    expect(ways(again)).to_have_count(2)

    other.page.get_by_role("link", name=re.compile("Отвязать Вход по паролю")).click()
    expect(other.heading()).to_contain_text("Отвязать")
    other.healthy()
    picture(other, f"links-3-{width}")
    other.press("Отвязать")
    expect(other.page.get_by_role("alert")).to_contain_text("отвязан")
    expect(other.page.locator("main")).to_contain_text("Единственный способ входа")
    sign_in(again, own.email, NEW)
    expect(again.page.locator(".govuk-error-summary")).to_contain_text("не подошли")


@pytest.mark.req("REG-09", "P13", "GWY-04")
@pytest.mark.parametrize("width", [1280, 375])
def test_found_account_is_told_and_tied_by_its_password_or_mailed_code(reader, portal, width):
    own = registered(portal)
    person = made(portal, own={"email": own.email})
    someone = reader(width=width)
    recover(someone, portal, own)
    someone.sign_in(person.key)
    someone.open(PAGE)
    expect(someone.page.locator("main")).to_contain_text("Похоже, у вас есть ещё одна учётная запись")
    expect(someone.page.locator("main")).to_contain_text("тот же адрес почты")
    assert own.email not in someone.page.locator("main").inner_text()
    someone.healthy()
    picture(someone, f"found-1-{width}")
    someone.press("Это моя, связать")
    expect(someone.heading()).to_have_text("Подтвердите, что запись ваша")
    someone.healthy()
    picture(someone, f"found-2-{width}")
    someone.page.get_by_label("Пароль той учётной записи").fill("не тот пароль")
    someone.press("Связать")
    expect(someone.page.locator(".govuk-error-summary")).to_contain_text("не подошёл")
    someone.healthy()
    someone.press("Прислать код на почту")
    code = post.code_in(asked(post.letter(portal, own.email, "Код для объединения")))
    someone.page.get_by_label("Код из письма").fill(code)
    picture(someone, f"found-3-{width}")
    someone.press("Связать")
    expect(someone.page.get_by_role("alert")).to_contain_text("Связано")
    expect(ways(someone)).to_have_count(2)
