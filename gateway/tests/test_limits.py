"""Sizes and rates: each limit at its edge, and how a refusal looks to programs and to people (GWY-03)."""

import asyncio
import io

import pytest

from nmo_gateway.limits.address import AddressBook, limit_key, network_prefix
from nmo_gateway.limits.rate import RateLimit

JSON = {"Accept": "application/json"}


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.mark.req("GWY-03")
def test_burst_passes_then_the_rate_holds():
    clock = Clock()
    limit = RateLimit(2.0, 5, clock=clock)
    assert [limit.wait_s("a") for _ in range(5)] == [0.0] * 5
    assert limit.wait_s("a") == pytest.approx(0.5)
    assert limit.wait_s("b") == 0.0
    clock.now += 0.5
    assert limit.wait_s("a") == 0.0
    assert limit.wait_s("a") > 0
    clock.now += 60
    assert [limit.wait_s("a") for _ in range(6)][-1] > 0


@pytest.mark.req("T23")
def test_flood_of_keys_does_not_fill_the_memory():
    from nmo_gateway.limits import rate

    clock = Clock()
    limit = RateLimit(1.0, 1, clock=clock)
    for number in range(rate.MAX_KEYS + 500):
        limit.wait_s(str(number))
    assert len(limit._due) <= rate.MAX_KEYS
    clock.now += 10
    for number in range(rate.MAX_KEYS):
        limit.wait_s("one" if number % 2 else "two")
    assert len(limit._due) == 2


@pytest.mark.parametrize(
    ("address", "key", "prefix"),
    [
        ("203.0.113.7", "203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7", "203.0.113.0/24"),
        ("unknown", "unknown", ""),
    ],
)
def test_keys_of_addresses(address, key, prefix):
    assert (limit_key(address), network_prefix(address)) == (key, prefix)


@pytest.mark.parametrize(
    ("trusted", "peer", "chain", "found"),
    [
        ("", "10.0.0.1", "203.0.113.7", "10.0.0.1"),
        ("10.0.0.0/8", "198.51.100.1", "203.0.113.7", "198.51.100.1"),
        ("10.0.0.0/8", "10.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.0/8", "10.0.0.1", "1.1.1.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("10.0.0.0/8", "10.0.0.1", "evil", "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", "", "10.0.0.1"),
    ],
)
def test_forwarded_address_is_believed_from_own_proxies_only(trusted, peer, chain, found):
    scope = {"client": (peer, 1), "headers": [(b"x-forwarded-for", chain.encode())]}
    assert AddressBook(trusted).address_of(scope) == found


def test_forwarded_address_that_the_client_wrote_itself_is_not_believed():
    """A proxy that adds a field of its own leaves the client's standing above it."""
    fields = [(b"x-forwarded-for", b"1.1.1.1"), (b"x-forwarded-for", b"203.0.113.7")]
    scope = {"client": ("10.0.0.1", 1), "headers": fields}
    assert AddressBook("10.0.0.0/8").address_of(scope) == "203.0.113.7"


@pytest.mark.req("GWY-03", "T23")
async def test_address_that_asks_too_fast_gets_429_in_its_own_form(run_gateway):
    running = await run_gateway(address_rate_per_s=0.1, address_burst=3)
    browser = running.browser()
    statuses = [(await browser.get("/api/v1/catalog/elements")).status for _ in range(3)]
    assert statuses == [200, 200, 200]
    answer = await browser.get("/api/v1/catalog/elements", headers=JSON)
    assert (answer.status, answer.content_type) == (429, "application/problem+json")
    assert (await answer.json(content_type=None))["code"] == "too_many_requests"
    assert 1 <= int(answer.headers["Retry-After"]) <= 10
    page = await browser.get("/help")
    assert (page.status, page.content_type) == (429, "text/html")
    assert page.headers["Retry-After"]
    assert "Слишком много запросов" in await page.text()
    assert (await browser.get("/livez")).status == 200


@pytest.mark.req("GWY-03")
async def test_person_is_limited_whatever_the_address(run_gateway):
    running = await run_gateway(person_rate_per_s=0.1, person_burst=3)
    first, second, other = running.browser(), running.browser(), running.browser()
    await first.sign_in()
    await second.sign_in()
    statuses = [(await browser.get("/api/v1/cycles")).status for browser in (first, second, first, second)]
    assert statuses == [200, 200, 200, 429]
    running.identity.forget()
    await other.sign_in()
    assert (await other.get("/api/v1/cycles")).status == 200


@pytest.mark.req("GWY-03", "T23")
async def test_sizes_of_bodies(running, token_factory):
    headers = {
        "Authorization": f"Bearer {token_factory.mint(aud='api')}",
        "Content-Type": "application/json",
        **JSON,
    }
    allowed = running.settings.max_body_bytes

    async def pieces(size):
        for start in range(0, size, 65536):
            yield b"x" * min(65536, size - start)

    for size, status in ((allowed, 200), (allowed + 1, 413)):
        for data in (io.BytesIO(b"x" * size), pieces(size)):
            answer = await running.browser().post("/api/v1/applications", headers=headers, data=data)
            assert answer.status == status, (size, type(data))
    assert (await answer.json(content_type=None))["code"] == "too_large"
    upload = {**headers, "Content-Type": "multipart/form-data; boundary=x"}
    allowed = running.settings.max_upload_bytes
    for size, status in ((allowed, 200), (allowed + 1, 413)):
        answer = await running.browser().post(
            "/api/v1/applications", headers=upload, data=io.BytesIO(b"x" * size)
        )
        assert answer.status == status


@pytest.mark.req("GWY-03", "T23")
async def test_sizes_of_address_and_headers(running):
    browser = running.browser()
    long = await browser.get(
        "/api/v1/catalog/elements?q=" + "x" * running.settings.max_target_bytes, headers=JSON
    )
    assert (long.status, (await long.json(content_type=None))["code"]) == (414, "address_too_long")
    big = {f"X-Filler-{number}": "x" * 7000 for number in range(3)}
    heavy = await browser.get("/help", headers=big)
    assert (heavy.status, heavy.content_type) == (431, "text/html")


@pytest.mark.req("GWY-03")
async def test_body_framed_in_two_ways_is_refused(running):
    for fields in (
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: -1",
        "Content-Length: 1e3",
    ):
        reader, writer = await asyncio.open_connection(*running.base_url.removeprefix("http://").split(":"))
        writer.write(
            f"POST /oauth2/token HTTP/1.1\r\nHost: x\r\n{fields}\r\nConnection: close\r\n\r\n0\r\n\r\n".encode()
        )
        status = (await reader.readline()).split()[1:2]
        writer.close()
        assert status in ([b"400"], []), fields
    assert not [request for request in running.identity.requests if request["path"] == "/oauth2/token"]


PAGE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


@pytest.mark.req("GWY-02", "GWY-03")
@pytest.mark.parametrize(
    "path", ["/help", "/nowhere", "/api/v1/catalog/elements", "/api/v1/nowhere", "/livez"]
)
async def test_security_headers_stand_on_every_answer(running, path):
    answer = await running.browser().get(path)
    for name, value in PAGE_HEADERS.items():
        assert answer.headers.getall(name) == [value]
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    if answer.content_type == "text/html":
        assert "script-src 'self'" in policy
        assert "form-action 'self'" in policy
    assert "Server" not in answer.headers
    assert "Strict-Transport-Security" not in answer.headers
    assert len(answer.headers["X-Trace-ID"]) == 32


@pytest.mark.req("REG-02", "P18")
async def test_script_of_a_worker_keeps_the_sites_cryptography(running):
    """A sandbox in a worker's own policy takes ``crypto.subtle`` away: «Я не робот» would never end."""
    script = await running.browser().get("/static/proof-worker.js")
    assert (script.status, script.content_type) == (200, "text/javascript")
    policy = script.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" not in policy
    data = await running.browser().get("/livez")
    assert data.headers["Content-Security-Policy"].endswith("; sandbox")


async def test_https_is_demanded_where_cookies_are_secure(run_gateway):
    secure = await run_gateway(cookie_secure=True, form_action_origins="https://esia.example")
    answer = await secure.browser().get("/nowhere")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "form-action 'self' https://esia.example;" in answer.headers["Content-Security-Policy"]
    begun = await secure.browser().get("/auth/esia/start")
    assert begun.cookies["__Host-login"]["secure"]


@pytest.mark.req("GWY-03")
async def test_fault_of_ours_is_a_page_with_a_code_and_without_insides(running, monkeypatch):
    async def broken(*_args, **_kwargs):
        raise RuntimeError("secret inside")

    monkeypatch.setattr(type(running.gateway.flows), "begin", broken)
    answer = await running.browser().get("/auth/esia/start")
    page = await answer.text()
    assert (answer.status, answer.content_type) == (500, "text/html")
    assert answer.headers["X-Trace-ID"] in page
    assert "secret" not in page


@pytest.mark.req("GWY-03")
async def test_lost_database_closes_the_cabinet_and_leaves_public_parts_open(running, monkeypatch):
    browser = running.browser()
    await browser.sign_in()

    async def broken(*_args, **_kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr(type(running.gateway.store), "find", broken)
    assert (await browser.get("/cabinet")).status == 503
    assert (await browser.get("/api/v1/cycles")).status == 503
    assert running.services["cycles"].requests == []
    assert (await browser.get("/help")).status in {200, 404}
