"""The pages over the invented services, for tests that read whole answers."""

import http.cookiejar
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

STANDIN = Path(__file__).resolve().parent / "standin"
sys.path.insert(0, str(STANDIN))

import process  # noqa: E402 it lies beside, not in a package
import world as standin_world  # noqa: E402 same

CSRF = "csrf-of-standin"


class Answer:
    """Status, header fields, text."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode().replace("\u00a0", " ")


class Reader:
    """A reader without a browser: cookies, no scripts, redirects not followed."""

    def __init__(self, site, who):
        self.site = site
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(_Stay, urllib.request.HTTPCookieProcessor(self.jar))
        self.cookie = f"who={who}" if who else ""

    def get(self, path):
        return self._send(urllib.request.Request(self.site + path))  # noqa: S310 loopback

    def post(self, path, **fields):
        data = urllib.parse.urlencode({"csrf_token": CSRF, **fields}).encode()
        return self._send(urllib.request.Request(self.site + path, data=data))  # noqa: S310 loopback

    def _send(self, request):
        if self.cookie:
            request.add_unredirected_header("Cookie", self.cookie)
        try:
            return Answer(self.opener.open(request, timeout=20))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args, **_kwargs):
        return None


@pytest.fixture(scope="session")
def site():
    """Address of the running pages."""
    with process.running_site() as address:
        yield address


@pytest.fixture
def reader(site):
    """Make readers over a new world; services that a test stopped run again afterwards."""
    process.command(site, "/_reset")
    yield lambda who=None: Reader(site, who)
    process.command(site, "/_reset")


@pytest.fixture
def stop(site):
    """Call with names of services to stop them."""
    return lambda *names: process.command(site, f"/_down?services={','.join(names)}")


@pytest.fixture
def data():
    """The invented data."""
    return standin_world
