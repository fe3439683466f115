"""A real Chromium over the pages: what must hold on every screen is checked here once."""

import importlib.util
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error, expect, sync_playwright

from nmo_kit import clock
from nmo_local.infra.chromium import program

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "gateway" / "web" / "node_modules"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
LOW_VISION = "2.serif.dark.2.2.on"
EXPECTED_MS = 15_000
"""What a page may take to show what it should: other runs keep the processor busy meanwhile."""
YEAR = clock.today().year
"""Numbers of the invented applications end with it."""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def _standin(name):
    path = ROOT / "gateway" / "tests" / "pages" / "standin" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"standin_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


WORLD = _standin("world")
PROCESS = _standin("process")
OPEN_ELEMENT = WORLD.ELEMENTS[5]["element_id"]

# Screen -> (reader, address, status).
ROLE_REQUEST = WORLD.uid("role-request-3")
SCREENS = {
    "SCR-01 home": (None, "/", 200),
    "SCR-02 cycles before": (None, "/about/cycles?document=before", 200),
    "SCR-02 cycles after": (None, "/about/cycles?document=after", 200),
    "SCR-03 login": (None, "/login", 200),
    "SCR-03 login expired": (None, "/login?expired=1", 200),
    "SCR-03 unlock": (None, "/login/unlock", 200),
    "SCR-03 unlock code": (None, "/login/unlock/code", 200),
    "SCR-04 register": (None, "/register", 200),
    "SCR-04 register by mail": (None, "/register/by-mail", 200),
    "SCR-04 register invited": (None, "/register/invited/a-token-of-the-invented-world", 200),
    "SCR-05 done": (None, "/register/done", 200),
    "SCR-06 confirm": (None, "/confirm/a-token-of-the-invented-world", 200),
    "SCR-06 confirmed": (None, "/confirm/done", 200),
    "SCR-06 unverified": ("unverified", "/unverified", 200),
    "SCR-08 new password": ("restricted", "/password/change", 200),
    "SCR-09 unconfirmed": ("unconfirmed", "/unconfirmed", 200),
    "SCR-10 consent": ("unmatched", "/consent", 200),
    "SCR-10 consent refused": ("unmatched", "/consent?refused=1", 200),
    "SCR-12 no account": ("absent", "/no-account", 200),
    "SCR-12 checking": ("checking", "/checking", 200),
    "SCR-13 mismatch": ("conflict", "/mismatch", 200),
    "SCR-13 weak": ("weak", "/match/confirm", 200),
    "SCR-13 comparison": ("match", "/cabinet/comparison", 200),
    "SCR-13 comparison conflict": ("conflict", "/cabinet/comparison", 200),
    "SCR-43 what about": ("conflict", "/cabinet/tickets/new", 200),
    "SCR-43 mismatch": ("conflict", "/cabinet/tickets/new/mismatch", 200),
    "SCR-43 data change": ("match", "/cabinet/tickets/new/data_change", 200),
    "SCR-43 verification": ("absent", "/cabinet/tickets/new/verification", 200),
    "SCR-43 without an account": (None, "/help/request?code=7F3A", 200),
    "SCR-43 guest's request": (None, "/help/request/guest-key-of-the-invented-world", 200),
    "SCR-44 tickets": ("match", "/cabinet/tickets", 200),
    "SCR-44 tickets empty": ("absent", "/cabinet/tickets", 200),
    "SCR-44 ticket": ("conflict", f"/cabinet/tickets/{WORLD.uid('request-41')}", 200),
    "SCR-18 documents": ("match", "/cabinet/documents", 200),
    "SCR-18 documents absent": ("absent", "/cabinet/documents", 200),
    "SCR-18 kinds": ("match", "/cabinet/documents/new", 200),
    "SCR-18 kind missing": ("match", "/cabinet/documents/new?asked=1", 422),
    "SCR-18 extract": ("match", "/cabinet/documents/new/accreditation_protocol", 200),
    "SCR-18 additional": ("match", "/cabinet/documents/new/additional_education", 200),
    "SCR-18 refused": ("match", f"/cabinet/documents/{WORLD.uid('paper-11')}", 200),
    "SCR-18 correction": ("match", f"/cabinet/documents/{WORLD.uid('paper-11')}/edit", 200),
    "SCR-18 asked": ("match", f"/cabinet/documents/{WORLD.uid('paper-16')}/edit", 200),
    "SCR-39 answer": ("conflict", "/cabinet/comparison/answer?field=patronymic", 200),
    "SCR-49 documents": ("support", "/support/documents", 200),
    "SCR-49 document": ("support", f"/support/documents/{WORLD.uid('paper-14')}", 200),
    "SCR-49 document of another": ("support", f"/support/documents/{WORLD.uid('paper-15')}", 409),
    "SCR-49 queue": ("support", "/support/queue", 200),
    "SCR-49 mine": ("support", "/support/queue?part=mine", 200),
    "SCR-49 request": ("support", f"/support/queue/{WORLD.uid('request-44')}", 200),
    "SCR-49 propose": ("support", f"/support/queue/{WORLD.uid('request-44')}/change", 200),
    "SCR-49 second": ("support2", f"/support/queue/{WORLD.uid('request-45')}", 200),
    "SCR-49 not taken": ("support", f"/support/queue/{WORLD.uid('request-43')}", 409),
    "SCR-15 cabinet": ("match", "/cabinet", 200),
    "SCR-15 cabinet empty": ("empty", "/cabinet", 200),
    "SCR-16 profile": ("match", "/cabinet/profile", 200),
    "SCR-21 cycles": ("match", "/cabinet/cycles", 200),
    "SCR-21 cycles empty": ("empty", "/cabinet/cycles", 200),
    "SCR-22 new cycle": ("match", "/cabinet/cycles/new", 200),
    "SCR-22 cycle": ("match", f"/cabinet/cycles/{WORLD.CYCLE}", 200),
    "SCR-22 cycle without document": ("match", f"/cabinet/cycles/{WORLD.CYCLE_3}", 200),
    "SCR-22 cycle delete": ("match", f"/cabinet/cycles/{WORLD.CYCLE_2}/delete", 200),
    "SCR-23 organisation": ("match", f"/cabinet/cycles/{WORLD.CYCLE}/organisation", 200),
    "SCR-24 plan": ("match", f"/cabinet/plan?cycle={WORLD.CYCLE}", 200),
    "SCR-24 plan empty": ("empty", "/cabinet/plan", 200),
    "SCR-25 catalogue": ("match", "/cabinet/catalog", 200),
    "SCR-25 catalogue filtered": ("match", "/cabinet/catalog?basis=budget&sort=-zet", 200),
    "SCR-25 nothing found": ("match", "/cabinet/catalog?q=%D1%8E%D1%8E%D1%8E", 200),
    "SCR-25 public catalogue": (None, "/catalog", 200),
    "SCR-26 organisation card": (None, f"/organisations/{WORLD.NORTH}", 200),
    "SCR-27 element": ("match", f"/cabinet/catalog/{OPEN_ELEMENT}", 200),
    "SCR-27 public element": (None, f"/catalog/{OPEN_ELEMENT}", 200),
    "SCR-27 creating": ("match", "/cabinet/applications/creating", 200),
    "SCR-29 edit": ("match", f"/cabinet/applications/NMO-0121334-{YEAR}/edit", 200),
    "SCR-29 check": ("match", f"/cabinet/applications/NMO-0121333-{YEAR}/check", 200),
    "SCR-29 done": ("match", f"/cabinet/applications/NMO-0121333-{YEAR}/done", 200),
    "SCR-37 applications": ("match", "/cabinet/applications", 200),
    "SCR-37 applications empty": ("empty", "/cabinet/applications", 200),
    "SCR-38 application": ("match", f"/cabinet/applications/NMO-0121333-{YEAR}", 200),
    "SCR-38 rejected": ("match", f"/cabinet/applications/NMO-0121335-{YEAR}", 200),
    "SCR-38 withdraw": ("match", f"/cabinet/applications/NMO-0121333-{YEAR}/withdraw", 200),
    "SCR-34 progress": ("match", f"/cabinet/progress?cycle={WORLD.CYCLE}", 200),
    "SCR-34 progress empty": ("empty", "/cabinet/progress", 200),
    "SCR-40 journal": ("match", "/cabinet/journal", 200),
    "SCR-40 journal wrong date": ("match", "/cabinet/journal?since=31.02.2026", 422),
    "SCR-10 consent for organisations": ("match", "/consent/organisation_transfer", 200),
    "SCR-10 consent for the employer": ("match", "/consent/employer_transfer", 200),
    "SCR-10 consent given": ("match", "/consent", 200),
    "SCR-41 consents": ("match", "/cabinet/settings/consents", 200),
    "SCR-41 take a consent back": ("match", "/cabinet/settings/consents/data_transfer/withdraw", 200),
    "SCR-41 receipt": (
        "match",
        "/cabinet/settings/consents/receipts/0190f0a0-0000-7000-8000-000000000001",
        200,
    ),
    "SCR-41 who got data": ("match", "/cabinet/settings/disclosures", 200),
    "SCR-41 roles": ("org-admin", "/cabinet/settings/roles", 200),
    "SCR-41 roles none": ("empty", "/cabinet/settings/roles", 200),
    "SCR-41 ask for a role": (
        "match",
        "/cabinet/settings/roles/new?role=org_staff&q=%D0%A1%D0%9C%D0%A3",
        200,
    ),
    "SCR-41 ask to be head": ("match", "/cabinet/settings/roles/new?role=head", 200),
    "SCR-41 ask without consent": ("unmatched", "/cabinet/settings/roles/new", 200),
    "SCR-50 people": ("org-admin", "/organisation/people", 200),
    "SCR-50 refuse": ("org-admin", f"/organisation/people/requests/{ROLE_REQUEST}/refuse", 200),
    "SCR-50 revoke": ("org-admin", f"/organisation/people/{ROLE_REQUEST}/revoke", 200),
    "SCR-50 head": ("head", "/organisation/people", 200),
    "SCR-50 admin": ("admin", "/admin/users", 200),
    "SCR-50 no rights": ("org-staff", "/organisation/people", 403),
    "work place": ("org-admin", "/workplace", 200),
    "work place one": ("match", "/workplace", 200),
    "SCR-41 settings": ("match", "/cabinet/settings", 200),
    "SCR-41 sign-ins": ("match", "/cabinet/settings/sessions", 200),
    "SCR-41 sites": ("match", "/cabinet/settings/portals", 200),
    "site asks": ("match", f"/portals/{WORLD.uid('portal-request')}", 200),
    "site request is over": ("match", f"/portals/{WORLD.uid('portal-over')}", 404),
    "site signs out": ("match", "/oauth2/logout?client_id=klinika-7", 200),
    "confirm": ("match", "/login/confirm?return_to=/cabinet/settings", 200),
    "partners": ("admin", "/admin/clients", 200),
    "new partner": ("admin", "/admin/clients/new", 200),
    "exchange with registers": ("admin", "/admin/exchange", 200),
    "full comparison": ("admin", "/admin/exchange/comparison", 200),
    "reference book": (
        "admin",
        "/admin/exchange/books/position_types?q=%D0%BA%D0%B0%D1%80%D0%B4%D0%B8%D0%BE",
        200,
    ),
    "reference book pin": ("admin", "/admin/exchange/books/specialties/act/pin?version=5.2", 200),
    "reference book successors": ("admin", "/admin/exchange/books/specialties/successors?key=VO-100", 200),
    "SCR-03 login ended elsewhere": (None, "/login?expired=ended_by_person", 200),
    "SCR-42 notices": ("match", "/cabinet/notifications", 200),
    "SCR-42 notices empty": ("empty", "/cabinet/notifications", 200),
    "SCR-47 queue": ("org-staff", "/edu/applications", 200),
    "SCR-47 application": ("org-staff", f"/edu/applications/NMO-0121351-{YEAR}", 200),
    "SCR-47 seat pending": ("org-staff", f"/edu/applications/NMO-0121352-{YEAR}", 200),
    "SCR-47 reject": ("org-staff", f"/edu/applications/NMO-0121351-{YEAR}/reject", 200),
    "SCR-47 result": ("org-staff", f"/edu/applications/NMO-0121355-{YEAR}/complete", 200),
    "SCR-47 results by file": ("org-staff", "/edu/results", 200),
    "SCR-51 403": ("match", "/edu/applications", 403),
    "SCR-51 404": (None, "/nowhere", 404),
    "SCR-51 401": (None, "/_error/401", 401),
    "SCR-51 429": (None, "/_error/429", 429),
    "SCR-51 500": ("match", "/_error/500", 500),
    "SCR-51 503": ("match", "/_error/503", 503),
    "verify form": (None, "/verify", 200),
    "verify found": (None, "/verify/K7Q4-9TZM", 200),
    "verify absent": (None, "/verify/NOTHING", 404),
    "help": (None, "/help?code=ab12", 200),
    "faq": (None, "/faq", 200),
    "accessibility": (None, "/accessibility", 200),
    "display": (None, "/display", 200),
}


def pytest_generate_tests(metafunc):
    """Tests that take ``screen`` run over every screen."""
    if "screen" in metafunc.fixturenames:
        metafunc.parametrize("screen", SCREENS.values(), ids=SCREENS.keys())


@pytest.fixture(scope="session")
def site():
    """Address of the pages over the invented services."""
    with PROCESS.running_site() as address:
        yield address


@pytest.fixture(scope="module")
def chromium():
    """The browser of the machine.

    Playwright keeps an event loop going in this thread, so it ends before other tests need one.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=FLAGS)
        expect.set_options(timeout=EXPECTED_MS)
        yield browser
        browser.close()


@pytest.fixture
def world(site):
    """A new world for tests that change it; everything runs again afterwards."""
    PROCESS.command(site, "/_reset")
    yield WORLD
    PROCESS.command(site, "/_reset")


@pytest.fixture
def stop(site, world):
    """Call with names of services to stop them."""
    return lambda *names: PROCESS.command(site, f"/_down?services={','.join(names)}")


@pytest.fixture
def hostile_world(site, world):
    """A world where markup stands behind every text that services answer."""
    PROCESS.command(site, "/_hostile")
    return world


@pytest.fixture
def screens():
    """Every screen: its name, the reader, the address, the status."""
    return SCREENS


class Desk:
    """A reader at a browser: opens pages and notes what must never happen."""

    def __init__(self, chromium, site, who, *, width=1280, height=900, sight=None, scripts=True):
        self.site = site
        self.faults = []
        self.context = chromium.new_context(
            viewport={"width": width, "height": height},
            locale="ru-RU",
            timezone_id="Europe/Moscow",
            reduced_motion="reduce",
            java_script_enabled=scripts,
        )
        if who:
            self.context.add_cookies([{"name": "who", "value": who, "url": site}])
        if sight:
            self.sees(sight)
        self.page = self.context.new_page()
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("request", self._only_here)

    def _note(self, message):
        # A page answered with its own 4xx or 5xx is logged by the browser as a failed load of itself.
        own = "Failed to load resource" in message.text and message.location.get("url") == self.page.url
        if message.type in {"error", "warning"} and not own:
            self.faults.append(f"{message.type}: {message.text} {message.location.get('url', '')}")

    def _only_here(self, request):
        # Listened to, not held up: a browser whose requests are held up keeps no cache.
        if urlsplit(request.url).netloc != urlsplit(self.site).netloc:
            self.faults.append(f"request leaves the site: {request.url}")

    def sees(self, sight):
        """From the next page on the reader uses this version for low vision."""
        self.context.add_cookies([{"name": "nmo_display", "value": sight, "url": self.site}])

    def open(self, path):
        """Open a page; returns its HTTP status."""
        return self.page.goto(self.site + path, wait_until="load").status

    def text(self):
        """Everything the page says."""
        return self.page.locator("body").inner_text().replace("\u00a0", " ")

    def overflow(self):
        """By how many pixels the page is wider than the window."""
        return self._unmoved(
            lambda: self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        )

    def axe(self, rules=None):
        """Violations found by axe, as short lines; of all rules or of some."""
        only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
        return self._unmoved(lambda: self._axe(only))

    def _unmoved(self, look):
        """A page is looked at with its style; one that loads itself anew meanwhile is looked at again."""
        for _ in range(5):
            self.page.wait_for_load_state("load")
            try:
                return look()
            except Error as error:
                if "context was destroyed" not in error.message:
                    raise
        return look()

    def _axe(self, only):
        self.page.evaluate((MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
        found = self.page.evaluate(
            "only => axe.run(document, {resultTypes: ['violations'], runOnly: only})", only
        )
        return [f"{v['id']}: {n['html'][:160]}" for v in found["violations"] for n in v["nodes"]]


@pytest.fixture
def desk(chromium, site):
    """Make readers; every fault noted at any of them fails the test."""
    made = []

    def make(who=None, **options):
        made.append(Desk(chromium, site, who, **options))
        return made[-1]

    yield make
    faults = [fault for one in made for fault in one.faults]
    for one in made:
        one.context.close()
    assert not faults, faults
