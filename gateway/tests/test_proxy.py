"""The way to the services: headers, sizes, streams, time-outs, parts that are down (GWY-01, GWY-03)."""

import asyncio
import json

import aiohttp
import pytest
from aiohttp import web

from nmo_gateway.proxy.routing import API_ROUTES, route_for
from nmo_gateway.upstream_http import Pool
from nmo_testkit.wait import until

JSON = {"Accept": "application/json"}
SPOOFED = {
    "X-User-Id": "1",
    "X-Person-Id": "1",
    "X-Roles": "admin",
    "X-Org": "1",
    "X-Forwarded-User": "root",
    "X-Forwarded-For": "10.0.0.1",
    "X-Forwarded-Host": "evil.example",
    "X-Real-IP": "10.0.0.1",
    "Forwarded": "for=10.0.0.1",
    "X-Auth-Request-User": "root",
    "X-Client-Network": "10.0.0.0/24",
    "X-Request-ID": "chosen-by-the-client",
    "Traceparent": "00-11111111111111111111111111111111-2222222222222222-01",
    "Tracestate": "a=b",
    "Baggage": "role=admin",
    "Cookie": "nmo_sid=x; nmo_write=y; other=z",
    "Proxy-Authorization": "Basic eDp5",
    "TE": "trailers",
    "Keep-Alive": "timeout=5",
    "X-HTTP-Method-Override": "DELETE",
    "X-Original-URL": "/internal/match",
}


@pytest.mark.req("GWY-01")
@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/api/v1/me", "identity"),
        ("/api/v1/me/consents", "identity"),
        ("/api/v1/admin/partners", "identity"),
        ("/api/v1/registrations", "identity"),
        ("/api/v1/register/card", "registry"),
        ("/api/v1/employer/staff", "registry"),
        ("/api/v1/dictionaries/regions", "registry"),
        ("/api/v1/catalog/elements", "catalog"),
        ("/api/v1/organization/elements", "catalog"),
        ("/api/v1/cycles", "cycles"),
        ("/api/v1/cycles/7/plan/items", "cycles"),
        ("/api/v1/applications/7", "applications"),
        ("/api/v1/organization/applications", "applications"),
        ("/api/v1/notifications", "notifications"),
        ("/api/v1/partner/events", "notifications"),
        ("/contracts/asyncapi.json", "notifications"),
        ("/oauth2/token", "identity"),
        ("/oauth2/jwks", "identity"),
        ("/.well-known/openid-configuration", "identity"),
    ],
)
async def test_address_belongs_to_its_service(running, path, service):
    assert route_for(path).service == service
    answer = await running.browser().get(path)
    assert answer.status == 200
    owner = running.identity if service == "identity" else running.services[service]
    assert owner.requests[-1]["path"] == path


@pytest.mark.req("GWY-01")
@pytest.mark.parametrize(
    "path",
    [
        "/internal/match",
        "/api/v1/catalogue",
        "/api/v1/meow",
        "/api/v2/me",
        "/api/v1/catalog/../../../internal/match",
        "/api/v1/catalog/%2e%2e/%2e%2e/internal/match",
        "/api/v1/catalog/..%2f..%2finternal",
        "/api/v1//me",
        "/api/v1/catalog/%5c..%5cinternal",
        "/oauth2/unknown",
        "/api/v1/catalog/x%00",
    ],
)
async def test_nothing_else_is_reachable(running, path):
    reader, writer = await asyncio.open_connection(*running.base_url.removeprefix("http://").split(":"))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n".encode())
    status = (await reader.readline()).split()[1]
    await reader.read()
    writer.close()
    assert status in {b"404", b"400"}
    seen = [*running.identity.requests, *(r for s in running.services.values() for r in s.requests)]
    assert not [request for request in seen if "internal" in request["path"]]


@pytest.mark.req("GWY-01", "GWY-02")
async def test_headers_that_claim_an_identity_do_not_travel_on(running):
    answer = await running.browser().get(
        "/api/v1/catalog/elements", headers={**SPOOFED, "If-None-Match": '"1"'}
    )
    sent = running.services["catalog"].requests[-1]["headers"]
    assert sent["if-none-match"] == '"1"'
    for name, value in SPOOFED.items():
        assert sent.get(name.lower()) != value, name
    allowed = {
        "host",
        "accept",
        "accept-encoding",
        "user-agent",
        "if-none-match",
        "x-request-id",
        "x-client-network",
    }
    assert set(sent) <= allowed | {"traceparent", "tracestate"}
    assert sent["x-client-network"] == "127.0.0.0/24"
    assert sent["x-request-id"] == answer.headers["X-Request-ID"]
    assert sent["traceparent"].split("-")[1] == answer.headers["X-Trace-ID"]
    assert "Set-Cookie" not in answer.headers


@pytest.mark.req("GWY-02")
async def test_service_gets_a_token_of_its_own_and_no_cookie(running, token_factory):
    browser = running.browser()
    await browser.sign_in()
    for _ in range(3):
        for service in ("cycles", "applications"):
            await browser.get(f"/api/v1/{service}")
    assert [exchange["audience"] for exchange in running.identity.exchanges] == ["cycles", "applications"]
    sent = running.services["cycles"].requests[-1]["headers"]
    claims = await token_factory.verifier("cycles").verify(sent["authorization"].removeprefix("Bearer "))
    assert claims["sub"] == running.identity.person["person_id"]
    assert "cookie" not in sent


@pytest.mark.req("GWY-02")
async def test_many_requests_at_once_ask_for_one_token(running):
    browser = running.browser()
    await browser.sign_in()
    answers = await asyncio.gather(*(browser.get("/api/v1/cycles") for _ in range(20)))
    assert {answer.status for answer in answers} == {200}
    assert len(running.identity.exchanges) == 1


@pytest.mark.req("GWY-02")
@pytest.mark.parametrize(
    "refusal", [(500, {}), (401, {"error": "invalid_client"}), (200, {"token_type": "Bearer"})]
)
async def test_broken_exchange_is_503_and_never_a_call_without_token(running, refusal):
    browser = running.browser()
    await browser.sign_in()
    running.identity.exchange_refusal = refusal
    answer = await browser.get("/api/v1/cycles", headers=JSON)
    assert answer.status in {502, 503}
    assert (await answer.json())["service"] == "identity"
    assert running.services["cycles"].requests == []


async def test_oidc_clients_credentials_pass_as_they_are(running):
    headers = {"Authorization": "Basic YTpi", "Cookie": "nmo_sid=x"}
    answer = await running.browser().post(
        "/oauth2/token", headers=headers, data={"grant_type": "client_credentials"}
    )
    assert answer.status == 200
    sent = running.identity.requests[-1]
    assert sent["headers"]["authorization"] == "Basic YTpi"
    assert sent["body"] == b"grant_type=client_credentials"
    assert "cookie" not in sent["headers"]


@pytest.mark.req("GWY-01")
async def test_api_caller_with_a_bearer_token(running, token_factory):
    browser = running.browser()
    await browser.sign_in()
    caller = running.browser()
    caller.cookies = dict(browser.cookies)
    token = token_factory.mint(aud="api", sub="partner-demo", roles=("partner",), client_id="partner-demo")
    bare = {"Sec-Fetch-Site": None, "Origin": None, "Authorization": f"Bearer {token}"}
    answer = await caller.post("/api/v1/partner/subscriptions", headers=bare, json={"types": []})
    assert answer.status == 200
    exchange = running.identity.exchanges[-1]
    assert (exchange["subject_token"], exchange["audience"]) == (token, "notifications")
    assert exchange["subject_token_type"] == "urn:ietf:params:oauth:token-type:access_token"
    sent = running.services["notifications"].requests[-1]["headers"]
    assert sent["authorization"] != f"Bearer {token}"


@pytest.mark.req("GWY-01", "GWY-02")
async def test_bad_bearer_token_is_refused_even_beside_a_good_cookie(running, token_factory):
    browser = running.browser()
    await browser.sign_in()
    good = token_factory.mint(aud="api")
    head, payload, signature = good.split(".")
    for header in (
        "Bearer x",
        "Bearer " + token_factory.mint(aud="cycles"),
        "Bearer " + token_factory.mint(aud="api", exp=1),
        f"Bearer {head}.{payload}.{signature[:-4]}AAAA",
        "Basic YTpi",
        "Bearer ",
        "Bearer",
    ):
        answer = await browser.get("/api/v1/cycles", headers={"Authorization": header, **JSON})
        assert answer.status == 401, header
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.content_type == "application/problem+json"
    assert running.services["cycles"].requests == []


@pytest.mark.req("GWY-03")
@pytest.mark.parametrize(
    "service", ["catalog", "cycles", "applications", "notifications", "registry", "identity"]
)
async def test_stopped_service_takes_only_its_own_part_down(running, service):
    paths = {
        "catalog": "/api/v1/catalog/elements",
        "cycles": "/api/v1/cycles",
        "applications": "/api/v1/applications",
        "notifications": "/api/v1/notifications",
        "registry": "/api/v1/register/card",
        "identity": "/api/v1/me",
    }
    browser = running.browser()
    await browser.sign_in()
    for path in paths.values():
        assert (await browser.get(path)).status == 200
    stopped = running.identity if service == "identity" else running.services[service]
    await stopped.stop()
    try:
        for name, path in paths.items():
            answer = await browser.get(path, headers=JSON)
            if name != service:
                assert answer.status == 200, name
                continue
            problem = await answer.json(content_type=None)
            assert (answer.status, problem["service"], problem["code"]) == (
                503,
                service,
                "service_unavailable",
            )
            assert answer.content_type == "application/problem+json"
            assert answer.headers["Retry-After"]
            assert problem["trace_id"] == answer.headers["X-Trace-ID"]
        assert (await browser.get("/livez")).status == 200
        assert (await browser.get("/readyz")).status == 200
    finally:
        await stopped.start()
    assert (await browser.get(paths[service])).status == 200


@pytest.mark.req("GWY-03")
async def test_slow_service_is_504_and_its_crowd_harms_nobody_else(run_gateway, running):
    impatient = await run_gateway(upstream_total_s=0.5, upstream_idle_s=0.5, upstream_places=2)
    release = asyncio.Event()

    async def hang(request):
        await release.wait()
        return web.Response()

    running.services["catalog"].answers["/api/v1/catalog/slow"] = hang
    browser = impatient.browser()
    slow = asyncio.gather(*(browser.get("/api/v1/catalog/slow", headers=JSON) for _ in range(4)))

    async def crowded():
        return len([r for r in running.services["catalog"].requests if r["path"].endswith("slow")]) >= 2

    await until(crowded)
    assert (await browser.get("/api/v1/dictionaries/regions")).status == 200
    problems = [await answer.json(content_type=None) for answer in await slow]
    release.set()
    assert {problem["code"] for problem in problems} <= {"service_slow", "service_unavailable"}
    assert {problem["service"] for problem in problems} == {"catalog"}
    assert "service_slow" in {problem["code"] for problem in problems}


async def test_answer_that_is_no_http_is_an_outage(running):
    async def nonsense(reader, writer):
        await reader.readline()
        writer.write(b"nonsense\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(nonsense, "127.0.0.1", 0)
    upstream = running.gateway.upstreams["registry"]
    real, upstream.pool = upstream.pool, Pool(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    try:
        answer = await running.browser().get("/api/v1/dictionaries/regions", headers=JSON)
    finally:
        upstream.pool = real
        server.close()
        await server.wait_closed()
    assert answer.status == 502
    assert (await answer.json(content_type=None))["service"] == "registry"


@pytest.mark.req("GWY-03")
async def test_answer_cut_in_the_middle_does_not_look_whole(running):
    async def cut(request):
        answer = web.StreamResponse(headers={"Content-Length": "1000"})
        await answer.prepare(request)
        await answer.write(b"x" * 10)
        request.transport.close()
        return answer

    running.services["catalog"].answers["/api/v1/catalog/cut"] = cut
    with pytest.raises(aiohttp.ClientError):
        await running.browser().get("/api/v1/catalog/cut")


@pytest.mark.req("GWY-03")
async def test_client_that_leaves_cancels_the_call(running):
    entered, cancelled = asyncio.Event(), asyncio.Event()

    async def hang(request):
        entered.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return web.Response()

    running.services["catalog"].answers["/api/v1/catalog/hang"] = hang
    asking = asyncio.create_task(running.browser().get("/api/v1/catalog/hang"))
    await asyncio.wait_for(entered.wait(), 5)
    asking.cancel()
    await asyncio.wait_for(cancelled.wait(), 5)


@pytest.mark.req("GWY-01")
async def test_events_flow_through_one_by_one(running):
    proceed = asyncio.Event()

    async def stream(request):
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        await answer.write(b': hello\n\nevent: unread\nid: 7\ndata: {"unread": 1}\n\n')
        await proceed.wait()
        await answer.write(b"data: second\n\n")
        return answer

    running.services["notifications"].answers["/api/v1/notifications/stream"] = stream
    browser = running.browser()
    await browser.sign_in()
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    headers = {"Cookie": cookie, "Accept": "text/event-stream", "Last-Event-ID": "6"}
    async with running.client.get(
        running.base_url + "/api/v1/notifications/stream", headers=headers
    ) as answer:
        first = await asyncio.wait_for(answer.content.readuntil(b"}\n\n"), 5)
        assert first.endswith(b'data: {"unread": 1}\n\n')
        proceed.set()
        assert await asyncio.wait_for(answer.content.readuntil(b"\n\n"), 5) == b"data: second\n\n"
    assert running.services["notifications"].requests[-1]["headers"]["last-event-id"] == "6"


async def test_body_flows_up_unchanged(running, token_factory):
    token = token_factory.mint(aud="api")
    body = bytes(range(256)) * 2000

    async def pieces():
        for start in range(0, len(body), 50_000):
            yield body[start : start + 50_000]

    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/octet-stream"}
    for data in (body, pieces()):
        answer = await running.browser().post("/api/v1/applications", headers=headers, data=data)
        assert (answer.status, (await answer.json())["size"]) == (200, len(body))
        assert running.services["applications"].requests[-1]["body"] == body


@pytest.mark.req("GWY-01")
async def test_documents_of_the_services_and_all_of_them_joined(running):
    browser = running.browser()
    one = await (await browser.get("/api/v1/cycles/openapi.json")).json()
    assert list(one["paths"]) == ["/api/v1/cycles"]
    joined = await (await browser.get("/api/v1/openapi.json")).json()
    assert {f"/api/v1/{name}" for name in running.services} <= set(joined["paths"])
    operation = joined["paths"]["/api/v1/cycles"]["get"]
    reference = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
    assert reference == "#/components/schemas/cycles_Thing"
    assert joined["components"]["schemas"]["cycles_Thing"]["title"] == "cycles"
    assert operation["operationId"] == "cycles_read"
    assert "/internal/secret" not in json.dumps(joined)


async def test_joined_document_names_the_part_that_is_down(run_gateway, running):
    fresh = await run_gateway()
    await running.services["catalog"].stop()
    try:
        joined = await (await fresh.browser().get("/api/v1/openapi.json")).json()
    finally:
        await running.services["catalog"].start()
    assert joined["x-unavailable"] == ["catalog"]
    assert "/api/v1/cycles" in joined["paths"]


def test_every_route_leads_to_a_known_service():
    known = {"identity", "registry", "cycles", "catalog", "applications", "notifications"}
    assert {service for _, service in API_ROUTES} == known


def refusing_first(seen, refusals=1):
    """A service that refuses so many tokens as out of date and then tells what it was sent."""

    async def answer(request):
        seen.append((request.headers["Authorization"], await request.read()))
        if len(seen) <= refusals:
            challenge = 'Bearer error="invalid_token", error_description="token_stale"'
            return web.json_response(
                {"code": "token_stale"}, status=401, headers={"WWW-Authenticate": challenge}
            )
        return web.json_response({"size": len(seen[-1][1])})

    return answer


@pytest.mark.req("T11", "P20")
@pytest.mark.parametrize(("method", "body"), [("GET", b""), ("DELETE", b""), ("POST", b'{"a": 1}' * 1000)])
async def test_token_out_of_date_is_made_anew_and_nobody_sees_it(running, method, body):
    browser = running.browser()
    await browser.sign_in()
    seen = []
    running.services["cycles"].answers["/api/v1/cycles/7"] = refusing_first(seen)
    exchanges = len(running.identity.exchanges)
    headers = {**JSON, "X-CSRF-Token": await running.csrf(browser), "Content-Type": "application/json"}
    answer = await browser.ask(method, "/api/v1/cycles/7", data=body or None, headers=headers)
    assert (answer.status, (await answer.json())["size"]) == (200, len(body))
    assert [sent for _, sent in seen] == [body, body]
    assert seen[0][0] != seen[1][0]
    assert len(running.identity.exchanges) == exchanges + 2


@pytest.mark.req("T11")
async def test_second_refusal_is_told_and_a_long_body_is_not_sent_twice(running):
    browser = running.browser()
    await browser.sign_in()
    seen = []
    running.services["cycles"].answers["/api/v1/cycles/7"] = refusing_first(seen, 2)
    answer = await browser.get("/api/v1/cycles/7", headers=JSON)
    assert (answer.status, (await answer.json())["code"], len(seen)) == (401, "token_stale", 2)
    seen.clear()
    headers = {**JSON, "X-CSRF-Token": await running.csrf(browser), "Content-Type": "application/json"}
    answer = await browser.post("/api/v1/cycles/7", data=b"x" * 300_000, headers=headers)
    assert (answer.status, len(seen)) == (401, 1)
    answer = await browser.post("/api/v1/cycles/7", data=b"x", headers=headers)
    assert (answer.status, len(seen)) == (200, 3)
