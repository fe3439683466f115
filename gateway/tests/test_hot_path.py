"""What was made cheap on each request's way still does what it did."""

import asyncio
import io
import json
import logging
import sys

import pytest
import structlog

from nmo_gateway.joined_writes import FULL, JoinedWrites
from nmo_gateway.proxy.forward import _answer_headers
from nmo_gateway.upstreams import Places
from nmo_kit import observability
from nmo_kit.access_log import AccessLog
from nmo_testkit.wait import until


@pytest.fixture
def log(monkeypatch):
    """Call it: text of the process's log from there on, as the gateway sets it up."""
    root, written = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level

    def begin():
        # In the test itself: the test runner puts handlers of its own there between its phases.
        monkeypatch.setattr(sys, "stdout", written)
        observability._set_up_logging("gateway", "INFO")
        return written

    yield begin
    root.handlers[:] = handlers
    root.setLevel(level)


async def test_request_line_is_the_one_that_the_log_chain_writes(log):
    written = log()
    route = "/cabinet/«{id}»/*"
    AccessLog("gateway").write("GET", route, 200, 0.01234, "ab" * 16)
    await asyncio.sleep(0)
    structlog.get_logger("http").info("request", method="GET", route=route, status=200, duration_ms=12.3)
    ours, chain = (json.loads(line) for line in written.getvalue().splitlines())
    assert ours.pop("trace_id") == "ab" * 16
    chain.pop("trace_id")
    stamps = [line.pop("timestamp") for line in (ours, chain)]
    assert [stamp[:10] + stamp[10] + stamp[-1] for stamp in stamps] == [stamps[1][:10] + "TZ"] * 2
    assert ours == chain


async def test_request_lines_of_one_turn_go_out_in_one_write(log, monkeypatch):
    written, writes = log(), []
    monkeypatch.setattr(written, "write", writes.append)
    requests = AccessLog("gateway")
    for number in range(3):
        requests.write("GET", f"/{number}", 200, 0.01, "0" * 32)
    assert not writes
    await asyncio.sleep(0)
    (text,) = writes
    assert [json.loads(line)["route"] for line in text.splitlines()] == ["/0", "/1", "/2"]
    requests.write("GET", "/3", 200, 0.01, "0" * 32)
    await asyncio.sleep(0)
    assert json.loads(writes[1])["route"] == "/3"


async def test_request_line_follows_the_level_and_other_handlers(log):
    written = log()
    logging.getLogger().setLevel("WARNING")
    AccessLog("gateway").write("GET", "/x", 200, 0.01, "0" * 32)
    assert written.getvalue() == ""
    logging.getLogger().setLevel("INFO")
    logging.getLogger().addHandler(logging.NullHandler())
    AccessLog("gateway").write("GET", "/x", 200, 0.01, "0" * 32)
    assert json.loads(written.getvalue())["route"] == "/x"


class Wire(asyncio.Transport):
    """A transport that notes what is done to it."""

    def __init__(self):
        super().__init__()
        self.done = []
        self.closing = False

    def write(self, data):
        self.done.append(data)

    def close(self):
        self.done.append("close")

    def is_closing(self):
        return self.closing


async def test_head_and_body_of_an_answer_are_one_write():
    wire = Wire()
    joined = JoinedWrites(wire, asyncio.get_running_loop())
    joined.write(b"head")
    joined.write(b"")
    joined.write(b"body")
    assert wire.done == []
    await asyncio.sleep(0)
    assert wire.done == [b"headbody"]
    joined.write(b"x" * FULL)
    assert wire.done[1:] == [b"x" * FULL]
    joined.write(b"last")
    joined.close()
    assert wire.done[2:] == [b"last", "close"]
    await asyncio.sleep(0)
    assert len(wire.done) == 4
    joined.write(b"too late")
    wire.closing = True
    await asyncio.sleep(0)
    assert joined.is_closing()
    assert len(wire.done) == 4


@pytest.mark.req("GWY-03")
async def test_places_go_in_the_order_of_asking_and_none_is_lost(monkeypatch):
    places = Places(1)
    assert places.take_now()
    order = []

    async def want(name):
        await places.take()
        order.append(name)

    first, second, third = (asyncio.create_task(want(name)) for name in ("first", "second", "third"))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    places.give_back()
    await first
    assert not places.take_now()
    places.give_back()
    await third
    assert order == ["first", "third"]
    monkeypatch.setattr("nmo_gateway.upstreams.PLACE_WAIT_S", 0.01)
    with pytest.raises(TimeoutError):
        await places.take()
    places.give_back()
    assert places.take_now()
    assert not places.take_now()


@pytest.mark.req("GWY-03")
async def test_place_given_to_one_who_leaves_in_that_moment_goes_on(monkeypatch):
    places = Places(1)
    assert places.take_now()
    leaving = asyncio.create_task(places.take())
    await asyncio.sleep(0)
    places.give_back()
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert places.take_now()


class Answered:
    def __init__(self, status, *headers):
        self.status, self.headers = status, list(headers)


def test_fields_of_the_connection_do_not_travel_on():
    kept = (b"content-type", b"text/plain")
    answer = Answered(
        200,
        kept,
        (b"connection", b"close, X-Hop"),
        (b"x-hop", b"1"),
        (b"transfer-encoding", b"chunked"),
        (b"set-cookie", b"a=b"),
        (b"server", b"x"),
    )
    assert _answer_headers(answer) == [kept]


@pytest.mark.parametrize("status", [204, 304])
def test_length_of_a_body_that_does_not_come_is_not_passed_on(status):
    tag = (b"etag", b'"1"')
    assert _answer_headers(Answered(status, (b"content-length", b"10"), tag)) == [tag]


@pytest.mark.req("GWY-02")
async def test_requests_at_once_look_a_session_up_once(running, monkeypatch):
    browser = running.browser()
    await browser.sign_in()
    store, reads = running.gateway.store, 0
    look_up = store._look_up

    async def counted(hashed, *, passive):
        nonlocal reads
        reads += 1
        return await look_up(hashed, passive=passive)

    monkeypatch.setattr(store, "_look_up", counted)
    running.gateway.cache.clear()
    found = await asyncio.gather(*(store.find(browser.cookies["nmo_sid"]) for _ in range(20)))
    assert reads == 1
    assert len({one.session.session_id for one in found}) == 1


@pytest.mark.req("GWY-02")
async def test_session_that_ends_while_it_is_looked_up_is_not_remembered(running, monkeypatch):
    async def listening():
        return running.gateway.cache.listening

    await until(listening)
    browser = running.browser()
    await browser.sign_in()
    cookie, store = browser.cookies["nmo_sid"], running.gateway.store
    note_use = store._note_use

    async def ends_meanwhile(row, *, passive):
        await note_use(row, passive=passive)
        await store.end(row["session_id"], "logout")
        # Who asks now must not be told what was read before the end.
        assert (await store.find(cookie)).ended == "logout"

    running.gateway.cache.clear()
    monkeypatch.setattr(store, "_note_use", ends_meanwhile)
    assert (await store.find(cookie)).session is not None
    assert (await store.find(cookie)).ended == "logout"


@pytest.mark.req("GWY-03")
async def test_one_who_leaves_just_before_a_place_is_given_is_passed_over():
    places = Places(1)
    assert places.take_now()
    leaving, next_one = (asyncio.create_task(places.take()) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    places.give_back()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    await next_one
    assert not places.take_now()


@pytest.mark.req("GWY-01", "GWY-03")
async def test_body_arrives_though_the_call_waited_for_a_place(running, monkeypatch):
    monkeypatch.setattr("nmo_gateway.proxy.forward.WATCH_AFTER_S", 0)
    monkeypatch.setattr("nmo_gateway.upstreams.PLACE_WAIT_S", 30)
    browser = running.browser()
    await browser.sign_in()
    sent = {"X-CSRF-Token": await running.csrf(browser)}
    places, taken = running.gateway.upstreams["applications"].calls, 0
    while places.take_now():
        taken += 1
    waiting = asyncio.create_task(browser.post("/api/v1/applications", json={"a": "б"}, headers=sent))

    async def watched():
        # It is looked for whether the client leaves, by the way that the body comes, too.
        return any(task.get_coro().__name__ == "_until_gone" for task in asyncio.all_tasks()) or None

    await until(watched, 10)
    for _ in range(taken):
        places.give_back()
    assert (await asyncio.wait_for(waiting, 10)).status == 200
    assert json.loads(running.services["applications"].requests[-1]["body"]) == {"a": "б"}
