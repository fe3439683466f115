"""The pages' door to the services: tokens, errors, files, events (GWY-02, GWY-03)."""

import asyncio

import pytest
import pytest_asyncio
from aiohttp import web

from nmo_gateway.browser_session.person import Person
from nmo_gateway.edge.context import trace_headers
from nmo_gateway.service_errors import ServiceDown, ServiceProblem, SessionEnded
from nmo_gateway.services import Services
from nmo_gateway.sse import ServerEvent

PROBLEM = {
    "code": "invalid_fields",
    "title": "Проверьте поля",
    "detail": "Исправьте ошибки.",
    "errors": [{"pointer": "/position", "code": "required", "message": "Введите должность"}],
}


def services_for(running, session, cookie=None):
    gateway = running.gateway
    scope = {"path": "/cabinet", "state": {"set_cookies": [], "cookies": gateway.cookies, "session": session}}
    person = Person(scope, session, cookie, store=gateway.store, exchange=gateway.exchange)
    return Services(gateway.upstreams, person, trace_headers()), scope["state"]


@pytest_asyncio.fixture(loop_scope="session")
async def signed_in(running):
    """Services of a signed-in person, and the request's state."""
    browser = running.browser()
    await browser.sign_in()
    cookie = browser.cookies["nmo_sid"]
    session = (await running.gateway.store.find(cookie)).session
    return services_for(running, session, cookie)


def answering(body, status=200, headers=None):
    async def handler(_request):
        return web.json_response(body, status=status, headers=headers)

    return handler


async def test_calls_carry_method_body_versions_and_keys(running, signed_in):
    services, _ = signed_in
    await services.get("cycles", "/api/v1/cycles", params={"q": "а б", "kind": ["x", "y"], "none": None})
    await services.patch("applications", "/api/v1/applications/7", {"position": "врач"}, if_match=3)
    await services.post("applications", "/api/v1/applications/7/submit", idempotency_key="k1")
    await services.delete("cycles", "/api/v1/cycles/7", if_match='"4"')
    asked, removed = running.services["cycles"].requests
    patched, posted = running.services["applications"].requests
    assert asked["path"] == "/api/v1/cycles?q=%D0%B0+%D0%B1&kind=x&kind=y"
    assert patched["headers"]["if-match"] == '"3"'
    assert patched["body"] == '{"position": "врач"}'.encode()
    assert (posted["body"], posted["headers"]["idempotency-key"]) == (b"", "k1")
    assert (removed["method"], removed["headers"]["if-match"]) == ("DELETE", '"4"')
    assert all(
        call["headers"]["authorization"].startswith("Bearer ") for call in (asked, patched, posted, removed)
    )


async def test_answer_gives_status_and_version(running, signed_in):
    services, _ = signed_in
    running.services["cycles"].answers["/api/v1/cycles/1"] = answering({"a": 1}, headers={"ETag": '"5"'})
    answer = await services.call("GET", "cycles", "/api/v1/cycles/1")
    assert (answer.status, answer.etag, answer.json) == (200, '"5"', {"a": 1})


async def test_refusal_is_a_problem_with_fields(running, signed_in):
    services, _ = signed_in
    running.services["applications"].answers["/api/v1/applications/1"] = answering(PROBLEM, 422)
    with pytest.raises(ServiceProblem) as caught:
        await services.patch("applications", "/api/v1/applications/1", {})
    assert (caught.value.status, caught.value.code, caught.value.service) == (
        422,
        "invalid_fields",
        "applications",
    )
    assert caught.value.field_errors == {"position": "Введите должность"}
    assert caught.value.detail == "Исправьте ошибки."


@pytest.mark.req("GWY-03")
@pytest.mark.parametrize("status", [500, 502, 503])
async def test_fault_inside_a_service_is_a_part_that_is_down(running, signed_in, status):
    services, _ = signed_in
    running.services["cycles"].answers["/api/v1/cycles"] = answering({}, status)
    with pytest.raises(ServiceDown) as caught:
        await services.get("cycles", "/api/v1/cycles")
    assert (caught.value.service, caught.value.reason, caught.value.status) == ("cycles", "failed", status)


@pytest.mark.req("GWY-03")
async def test_public_reads_live_on_without_identity(running, signed_in):
    services, _ = signed_in
    await running.identity.stop()
    try:
        assert (await services.get("catalog", "/api/v1/catalog/elements"))["service"] == "catalog"
        with pytest.raises(ServiceDown) as caught:
            await services.get("cycles", "/api/v1/cycles")
    finally:
        await running.identity.start()
    assert caught.value.service == "identity"
    assert "authorization" not in running.services["catalog"].requests[-1]["headers"]
    assert running.services["cycles"].requests == []


async def test_refused_token_is_replaced_once(running, signed_in):
    services, _ = signed_in
    seen = []

    async def picky(request):
        seen.append(request.headers["Authorization"])
        return web.json_response({}, status=401 if len(seen) == 1 else 200)

    running.services["cycles"].answers["/api/v1/cycles"] = picky
    await services.get("cycles", "/api/v1/cycles")
    assert len(set(seen)) == 2
    running.services["cycles"].answers["/api/v1/cycles"] = answering({}, 401)
    with pytest.raises(ServiceProblem):
        await services.get("cycles", "/api/v1/cycles")
    assert len(running.services["cycles"].requests) == 4


@pytest.mark.req("SSO-08")
async def test_change_of_the_persons_state_renews_session_and_tokens(running, signed_in):
    services, state = signed_in
    before = services.session
    running.identity.person.update(entry="unmatched", consent=False)
    await services.post("identity", "/api/v1/me/consents", {"text_version": 1})
    assert (services.session.entry, services.session.consent) == ("full", True)
    assert state["session"] == services.session
    assert state["set_cookies"][0].startswith("nmo_sid=")
    assert services.session.session_id == before.session_id


@pytest.mark.req("GWY-02")
async def test_session_ended_at_identity_lets_nothing_through(running, signed_in):
    services, state = signed_in
    running.identity.handles.clear()
    with pytest.raises(SessionEnded):
        await services.get("cycles", "/api/v1/cycles")
    assert state["session"] is None
    assert running.services["cycles"].requests == []


async def test_guest_calls_without_a_token(running):
    services, _ = services_for(running, None)
    await services.get("cycles", "/api/v1/cycles")
    assert "authorization" not in running.services["cycles"].requests[-1]["headers"]
    await services.session_changed()


async def test_file_is_read_piece_by_piece(running, signed_in):
    services, _ = signed_in

    async def pdf(_request):
        return web.Response(body=b"%PDF" + b"x" * 100_000, content_type="application/pdf")

    running.services["applications"].answers["/api/v1/applications/1/documents/application.pdf"] = pdf
    path = "/api/v1/applications/1/documents/application.pdf"
    async with services.download("applications", path) as file:
        size = sum([len(piece) async for piece in file.chunks])
        assert (file.status, file.headers["content-type"], size) == (200, "application/pdf", 100_004)
    running.services["applications"].answers[path] = answering({"code": "not_found"}, 404)
    with pytest.raises(ServiceProblem):
        async with services.download("applications", path):
            pass


async def test_events_arrive_as_they_are_sent(running, signed_in):
    services, _ = signed_in
    proceed = asyncio.Event()

    async def stream(request):
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        await answer.write(b": hi\n\nid: 1\nevent: unread\ndata: {\ndata: }\n\n")
        await proceed.wait()
        await answer.write("data: вторая\r\n\r\ndata: unfinished".encode())
        return answer

    running.services["notifications"].answers["/api/v1/notifications/stream"] = stream
    events = services.stream("notifications", "/api/v1/notifications/stream", last_event_id="0")
    assert await asyncio.wait_for(anext(events), 5) == ServerEvent("unread", "{\n}", "1")
    proceed.set()
    assert await asyncio.wait_for(anext(events), 5) == ServerEvent("message", "вторая", "1")
    assert [event async for event in events] == []
    assert running.services["notifications"].requests[-1]["headers"]["last-event-id"] == "0"


@pytest.mark.req("GWY-03")
async def test_answer_that_is_no_json_or_too_big_is_an_outage(running, signed_in, monkeypatch):
    services, _ = signed_in

    async def broken(_request):
        return web.Response(body=b"{", content_type="application/json")

    running.services["cycles"].answers["/api/v1/cycles"] = broken
    with pytest.raises(ServiceDown):
        await services.get("cycles", "/api/v1/cycles")
    monkeypatch.setattr("nmo_gateway.service_answers.MAX_JSON_BYTES", 10)
    running.services["cycles"].answers["/api/v1/cycles"] = answering({"a": "x" * 100})
    with pytest.raises(ServiceDown):
        await services.get("cycles", "/api/v1/cycles")


async def test_ways_to_sign_in_are_read_in_the_gateways_own_name(running, token_factory):
    running.identity.answers["/internal/providers"] = answering([{"key": "esia", "title": "Госуслуги"}])
    assert (await running.browser().get("/login")).status == 200
    sent = next(call for call in running.identity.requests if call["path"] == "/internal/providers")
    claims = await token_factory.verifier("identity").verify(
        sent["headers"]["authorization"].removeprefix("Bearer ")
    )
    assert claims["sub"] == "gateway"


async def test_event_stream_ends_after_its_time(running, signed_in, monkeypatch):
    services, _ = signed_in
    monkeypatch.setattr("nmo_gateway.services.STREAM_LIFE_S", 0.2)

    async def endless(request):
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        await answer.write(b"data: 1\n\n")
        await asyncio.Event().wait()
        return answer

    running.services["notifications"].answers["/api/v1/notifications/stream"] = endless
    events = services.stream("notifications", "/api/v1/notifications/stream")
    assert [event.data async for event in events] == ["1"]


@pytest.mark.req("P07", "T09")
@pytest.mark.parametrize(
    ("left", "words"),
    [
        (4, "Код не подошёл. Осталось 4\u00a0попытки."),
        (1, "Код не подошёл. Осталась 1\u00a0попытка."),
        (0, "Код не подошёл. Это была последняя попытка."),
        (None, "Код не подошёл."),
        ("4", "Код не подошёл."),
    ],
)
def test_tries_left_are_told_with_the_refusal(left, words):
    errors = [{"pointer": "/current_password", "code": "wrong", "message": "Код не подошёл."}]
    body = {"detail": "Код не подошёл.", "errors": errors, "tries_left": left}
    problem = ServiceProblem("identity", 422, body)
    assert problem.detail == words
    assert problem.field_errors == {"current_password": words}
    assert ServiceProblem("identity", 422, {"tries_left": 3}).detail == ""


@pytest.mark.req("REG-08", "P07")
async def test_page_of_the_sign_in_tells_how_many_tries_are_left(running):
    async def wrong(_request):
        told = {"code": "login_wrong", "detail": "Логин или пароль не подошли.", "tries_left": 2}
        return web.json_response(told, status=403, content_type="application/problem+json")

    async def providers(_request):
        return web.json_response([])

    running.identity.answers.update({"/internal/local/login": wrong, "/internal/providers": providers})
    form = {"login": "a@b.example", "password": "Wrong-Pass-1!"}
    answer = await running.browser().post("/login", data=form)
    assert answer.status == 403
    assert "Логин или пароль не подошли. Осталось 2\u00a0попытки." in await answer.text()
