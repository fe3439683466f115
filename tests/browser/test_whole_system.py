"""The main journey in a real browser on the whole running system: from the front page to the ledger."""

import asyncio
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from nmo_kit import clock
from tests.e2e.people import new_person

pytestmark = [pytest.mark.browser, pytest.mark.e2e]
ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "gateway" / "web" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WAIT_MS = 15_000
LIVE_MS = 30_000
"""What a page may take to show a change by itself; the machine does much else meanwhile."""


def made(portal, **changes):
    """A person of this test's own; the browser's loop runs in this thread, so another one does the asking."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(new_person(portal, **changes))).result()


class Reader:
    """Somebody at a browser before the real portal; notes faults that must never happen."""

    def __init__(self, chromium, portal, *, width=1280):
        self.portal, self.faults = portal, []
        self.context = chromium.new_context(
            viewport={"width": width, "height": 900},
            locale="ru-RU",
            timezone_id="Europe/Moscow",
            reduced_motion="reduce",
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("request", self._seen)
        self.allowed = {urlsplit(portal.url).netloc, urlsplit(portal.address("esia")).netloc}

    def _seen(self, request):
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https"} and parts.netloc not in self.allowed:
            self.faults.append(f"request leaves the site: {request.url}")

    def open(self, path):
        self.page.goto(self.portal.url + path)

    def press(self, name):
        self.page.get_by_role("button", name=name).first.click()

    def agree(self):
        """Tick the box, which nobody ticked beforehand, and agree."""
        self.page.get_by_label("Текст прочитан").check()
        self.press("Согласен")

    def sign_in(self, key):
        """From the front page through «Войти через Госуслуги»."""
        self.open("/")
        self.page.get_by_role("button", name="Войти через Госуслуги").or_(
            self.page.get_by_role("link", name="Войти через Госуслуги")
        ).first.click()
        self.page.locator("#login").fill(key)
        self.page.locator("#password").fill("sandbox")
        self.page.get_by_role("button", name="Войти", exact=True).click()
        self.page.wait_for_url(f"{self.portal.url}/**")

    def heading(self):
        return self.page.get_by_role("heading", level=1)

    def healthy(self):
        """Nothing for axe to find, nothing wider than the window, nothing sent elsewhere."""
        self.page.wait_for_load_state("load")
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(
            "tags => axe.run(document, {resultTypes: ['violations'], runOnly: tags})", TAGS
        )
        assert [f"{v['id']}: {n['html'][:120]}" for v in found["violations"] for n in v["nodes"]] == []
        assert self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
        assert not self.faults, self.faults


@pytest.fixture
def reader(chromium, portal):
    opened = []

    def make(**options):
        opened.append(Reader(chromium, portal, **options))
        return opened[-1]

    yield make
    for one in opened:
        one.context.close()


def submit(doctor):
    """The organisation's consent is asked for when it is first needed, and leads back to the application."""
    doctor.press("Отправить заявку")
    expect(doctor.heading()).to_have_text("Согласие на передачу данных образовательной организации")
    doctor.healthy()
    doctor.agree()
    expect(doctor.heading()).to_have_text("Проверьте заявку")
    doctor.press("Отправить заявку")
    expect(doctor.heading()).to_have_text("Заявка отправлена")


@pytest.mark.req(
    "SSO-01", "SSO-03", "CYC-02", "CYC-03", "CAT-02", "APP-01", "APP-02", "APP-05", "CYC-10", "GWY-04"
)
def test_specialist_gets_from_the_front_page_to_the_ledger(reader, portal):
    person = made(portal)
    doctor = reader()
    doctor.sign_in(person.key)
    expect(doctor.heading()).to_have_text("Согласие на передачу данных")
    expect(doctor.page.get_by_text("Дата рождения").first).to_be_visible()
    doctor.healthy()
    doctor.agree()
    doctor.page.get_by_role("link", name="Открыть цикл").click()
    doctor.press("Открыть цикл")
    expect(doctor.page.get_by_role("alert")).to_contain_text("Цикл открыт")
    doctor.open(
        f"/cabinet/catalog?kind=programme&basis=budget&organization={portal.organization_id}&zet_min=72"
    )
    doctor.healthy()
    doctor.press("Записаться")
    expect(doctor.heading()).to_have_text("Данные для заявки")
    assert doctor.page.get_by_label("Должность").input_value()
    doctor.press("Сохранить и проверить")
    expect(doctor.page.locator(".govuk-error-summary")).to_contain_text("Выберите основу обучения")
    doctor.page.get_by_label("Бюджетная").check()
    doctor.press("Сохранить и проверить")
    submit(doctor)
    expect(doctor.page.locator("#status")).to_contain_text("Место забронировано")
    number = re.search(r"NMO-\d{7}-\d{4}", doctor.page.url).group()
    with doctor.page.expect_download() as download:
        doctor.page.get_by_role("link", name="Скачать: Заявка на цикл (PDF)").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
    doctor.open(f"/cabinet/applications/{number}")

    staff = reader()
    staff.sign_in("org-staff")
    if "/consent" in staff.page.url:
        staff.agree()
    staff.open(f"/edu/applications/{number}")
    staff.press("Одобрить заявку")
    # The doctor's page shows the next state by itself.
    expect(doctor.page.locator("#status")).to_contain_text("Одобрена", timeout=LIVE_MS)
    staff.press("Зачислить")
    staff.page.get_by_role("link", name="Внести результат").or_(
        staff.page.get_by_role("button", name="Внести результат")
    ).first.click()
    staff.page.get_by_label("Да, успешно").check()
    staff.page.get_by_label("Дата окончания обучения").fill(clock.today().strftime("%d.%m.%Y"))
    staff.page.get_by_label("Номер удостоверения").fill("ПК-000001")
    staff.healthy()
    staff.press("Сохранить результат")
    expect(doctor.page.locator("#status")).to_contain_text("Успешно завершён", timeout=LIVE_MS)

    # Credits come after the status, by another event: the page that is open already shows them by itself.
    doctor.open("/cabinet/progress")
    expect(doctor.page.get_by_text("+72").first).to_be_visible(timeout=LIVE_MS)
    doctor.healthy()
    doctor.open("/cabinet")
    expect(doctor.heading()).to_contain_text("Осталось набрать 178")
    doctor.healthy()
    if os.environ.get("NMO_PICTURES"):
        doctor.page.screenshot(path=ROOT / "docs" / "cabinet.png", full_page=True)


@pytest.mark.req("MAT-01", "SSO-02", "GWY-04")
@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize(
    ("key", "heading", "words"),
    [
        ("conflict", "Данные не совпали с регистром", "отчество"),
        ("unconfirmed", "Подтвердите учётную запись Госуслуг", "Как подтвердить"),
    ],
)
def test_who_is_stopped_is_told_what_to_do(reader, key, heading, words, width):
    person = reader(width=width)
    person.sign_in(key)
    if "/consent" in person.page.url:
        person.agree()
    expect(person.heading()).to_have_text(heading)
    expect(person.page.locator("main")).to_contain_text(words)
    person.healthy()
    person.open("/cabinet/cycles")
    expect(person.heading()).to_have_text(heading)


@pytest.mark.req("MAT-01")
def test_weak_match_enters_after_the_person_confirms(reader, portal):
    person = made(portal, card={"patronymic": None})
    doctor = reader(width=375)
    doctor.sign_in(person.key)
    doctor.agree()
    expect(doctor.heading()).to_have_text("Проверьте, ваша ли это запись")
    doctor.healthy()
    doctor.page.locator("main form button").first.click()
    expect(doctor.heading()).to_have_text("Откройте пятилетний цикл")


@pytest.mark.req("SSO-10")
def test_sign_out_here_or_at_esia_too(reader):
    person = reader()
    person.sign_in("equivalent")
    if "/consent" in person.page.url:
        person.agree()
    expect(person.page.locator("header")).to_contain_text("Семёнова-Королёва А. И.")
    expect(person.page.locator("header")).to_contain_text("вход")
    kept = person.context.cookies()
    person.press("Выйти")
    person.context.add_cookies(kept)
    person.open("/cabinet")
    expect(person.heading()).to_have_text("Вход в личный кабинет")
    person.sign_in("equivalent")
    person.open("/cabinet/profile")
    with person.page.expect_request(re.compile("/idp/ext/Logout")):
        person.press("Выйти здесь и на Госуслугах")
    person.page.wait_for_url(f"{person.portal.url}/**")
    person.open("/cabinet")
    expect(person.heading()).to_have_text("Вход в личный кабинет")
