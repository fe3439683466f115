"""Outgoing calls cannot be led into our own network."""

import ipaddress

import pytest
from aiohttp import web

from nmo_kit import safe_http

REFUSED = [
    "http://example.org/hook", "https://example.org:22/", "ftp://example.org/", "https://user:pw@example.org/", "https://",
    "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.1.1/",
    "https://169.254.169.254/latest", "https://100.64.0.1/", "https://0.0.0.0/", "https://224.0.0.1/", "https://240.0.0.1/",
    "https://[fe80::1]/", "https://[fc00::1]/", "https://[::ffff:127.0.0.1]/", "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/", "https://[ff02::1]/", "https://example.org:99999/", "//example.org/", "https://example.org/#x",
]  # fmt: skip


@pytest.mark.req("PAR-02")
@pytest.mark.parametrize("url", REFUSED)
@pytest.mark.failure("PRIVATE-TARGET")
def test_address_is_refused_before_any_lookup(url: str) -> None:
    with pytest.raises(safe_http.AddressRefused):
        safe_http.check_url(url, allow_loopback=False)


@pytest.mark.parametrize("text", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_public_addresses_pass(text: str) -> None:
    assert safe_http.is_public(ipaddress.ip_address(text))


@pytest.mark.failure("PRIVATE-TARGET")
async def test_name_that_leads_home_is_refused_at_connecting() -> None:
    with pytest.raises(safe_http.AddressRefused):
        await safe_http.post("https://localhost:8443/", body=b"", headers={})


@pytest.mark.failure("PARTNER-3XX")
async def test_redirect_is_an_answer_and_is_not_followed() -> None:
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.Response(status=302, headers={"Location": "/inside"}, body=b"x" * 5000)

    app = web.Application()
    app.router.add_post("/{name}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        got = await safe_http.post(
            f"http://127.0.0.1:{port}/hook", body=b"{}", headers={}, allow_loopback=True
        )
    finally:
        await runner.cleanup()
    assert (got.status, seen, len(got.body)) == (302, ["/hook"], 2048)
