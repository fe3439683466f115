"""«Синхронизация с Госуслугами» in a real browser on the whole running system: both directions, both ways in, untying."""

import re
import secrets
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser import widths
from tests.browser.test_own_account import NEW, asked, picture, reader, recover, registered, sign_in
from tests.browser.test_whole_system import made
from tests.e2e import post
from tests.e2e.visitor import Visitor

__all__ = ["reader"]
pytestmark = [pytest.mark.browser, pytest.mark.e2e]
PAGE = "/cabinet/settings/links"
SITE = "Стажировки клиники"


class Welcome(BaseHTTPRequestHandler):
    """The partner's page that people come back to."""

    def do_GET(self):
        """One short page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write("<!doctype html><title>Клиника</title><h1>Вы на сайте клиники</h1>".encode())

    def log_message(self, *_):
        """Say nothing: addresses hold codes."""


@pytest.fixture
def site(portal):
    """A partner's site that really listens, registered by the administrator: the address that a sign-in begins with."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Welcome)
    Thread(target=server.serve_forever, daemon=True).start()
    base, client_id = f"http://127.0.0.1:{server.server_port}", f"site-{secrets.token_hex(6)}"

    async def register():
        async with Visitor("admin") as admin:
            await admin.enter()
            body = {"client_id": client_id, "title": SITE, "purpose": "Записать вас на стажировку", "scopes": ["openid", "profile"], "redirect_uris": [f"{base}/back"]}  # fmt: skip
            await admin.api("POST", "/api/v1/admin/partners", body)

    asked(register())
    query = {"response_type": "code", "client_id": client_id, "redirect_uri": f"{base}/back", "scope": "openid profile", "state": "s", "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256"}  # fmt: skip
    yield SimpleNamespace(base=base, start=f"{portal.url}/oauth2/authorize?{urlencode(query)}")
    server.shutdown()
    server.server_close()


def visit(someone, site, own):
    """From the site to the portal's sign-in page and through it by login and password."""
    someone.allowed.add(urlsplit(site.base).netloc)
    someone.page.goto(site.start)
    expect(someone.heading()).to_have_text("Вход в личный кабинет")
    someone.page.locator("#login").fill(own.email)
    someone.page.locator("#password").fill(NEW)
    someone.page.get_by_role("button", name="Войти", exact=True).click()


def arrived(someone, site):
    """The site has the browser back with a code."""
    someone.page.wait_for_url(f"{site.base}/back?**")
    assert "code=" in someone.page.url, someone.page.url.partition("?")[0]
    expect(someone.heading()).to_have_text("Вы на сайте клиники")


def at_gosuslugi(someone, key):
    """Type the password at the provider."""
    someone.page.locator("#login").fill(key)
    someone.page.locator("#password").fill("sandbox")
    someone.page.get_by_role("button", name="Войти", exact=True).click()
    someone.page.wait_for_url(f"{someone.portal.url}/**")


def ways(someone):
    return someone.page.locator("section h2")


@pytest.mark.req("REG-09", "P13", "GWY-04")
@pytest.mark.parametrize("width", widths.at(widths.DESK))
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


@pytest.mark.req("SSO-07", "SSO-11", "REG-09")
def test_password_opens_a_partners_site_on_the_way_to_it(reader, portal, site):
    """The form of the sign-in page is followed by redirects to the site, which the page's policy does not name."""
    own, person = registered(portal), made(portal)
    someone = reader()
    recover(someone, portal, own)
    sign_in(someone, own.email, NEW)
    expect(someone.page.get_by_role("button", name="Выйти").first).to_be_visible()
    someone.open(PAGE)
    someone.press("Привязать Госуслуги")
    at_gosuslugi(someone, person.key)
    expect(someone.page.get_by_role("alert")).to_contain_text("Связано")

    first = reader(width=375)
    visit(first, site, own)
    expect(first.heading()).to_have_text("Согласие на передачу данных")
    first.agree()
    expect(first.heading()).to_have_text(f"Войти на сайт «{SITE}»")
    first.healthy()
    first.press("Разрешить и войти")
    arrived(first, site)
    again = reader()
    visit(again, site, own)
    arrived(again, site)


@pytest.mark.req("REG-09", "P13", "GWY-04")
@pytest.mark.parametrize("width", widths.at(widths.PHONE))
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
