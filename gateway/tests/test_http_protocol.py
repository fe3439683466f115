"""Answers' heads go out as the library would write them, whatever is in them."""

import asyncio
import logging

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from nmo_gateway.http_protocol import _Cycle

NAMES = [
    b"content-length",
    b"content-type",
    b"x-a",
    b"X-B",
    b"connection",
    b"transfer-encoding",
    b"bad name",
    b"b\r\n",
    b"",
]
VALUES = [
    "٣".encode(),
    b"2",
    b"0",
    b"close",
    b"chunked",
    "ё".encode(),
    b"tab\there",
    b"line\r\nx: y",
    b"nul\x00",
    b"del\x7f",
    b"x",
    b"",
]
FIELDS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES)), max_size=5)
USUAL = [(b"content-type", b"application/json"), (b"content-length", b"2")]


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self):
        super().__init__()
        self.written, self.closed = b"", False

    def write(self, data):
        self.written += data

    def is_closing(self):
        return self.closed

    def close(self):
        self.closed = True


async def answer(kind, messages, *, method="GET", keep_alive=True, default=()):
    """What goes out of one answer, what is left of the cycle's state, and the fault it ended with."""
    wire, log, ended = Wire(), logging.getLogger("nobody"), []
    cycle = kind(
        scope={"type": "http", "method": method, "path": "/", "headers": []},
        transport=wire,
        flow=FlowControl(wire),
        logger=log,
        access_logger=log,
        access_log=False,
        default_headers=list(default),
        message_event=asyncio.Event(),
        expect_100_continue=False,
        keep_alive=keep_alive,
        on_response=lambda: ended.append(True),
    )
    fault = None
    try:
        for message in messages:
            await cycle.send(dict(message))
    except (RuntimeError, ValueError, KeyError) as error:
        fault = type(error)
    state = cycle.response_started, cycle.response_complete, cycle.keep_alive, cycle.chunked_encoding
    return wire.written, wire.closed, ended, state, fault


@given(
    fields=st.one_of(FIELDS, FIELDS.map(lambda more: USUAL + more)),
    status=st.sampled_from([200, 204, 304, 401, 500, 600]),
    method=st.sampled_from(["GET", "HEAD"]),
    keep_alive=st.booleans(),
    default=st.sampled_from([(), ((b"date", b"Mon, 23 Nov 2026 09:00:00 GMT"),)]),
    bodies=st.lists(st.sampled_from([b"", b"o", b"ok"]), max_size=3),
)
@example(
    fields=[(b"content-length", b"x")], status=200, method="GET", keep_alive=True, default=(), bodies=[b"x"]
)
@example(fields=USUAL, status=600, method="GET", keep_alive=True, default=(), bodies=[b"ok"])
@settings(max_examples=400, deadline=None)
@pytest.mark.req("GWY-01")
def test_every_answer_goes_out_as_the_library_writes_it(fields, status, method, keep_alive, default, bodies):
    messages = [{"type": "http.response.start", "status": status, "headers": fields}]
    messages += [
        {"type": "http.response.body", "body": body, "more_body": number < len(bodies) - 1}
        for number, body in enumerate(bodies)
    ]
    ways = {"method": method, "keep_alive": keep_alive, "default": default}
    ours, library = (asyncio.run(answer(kind, messages, **ways)) for kind in (_Cycle, RequestResponseCycle))
    assert ours == library


@pytest.mark.req("GWY-01")
@pytest.mark.parametrize("kind", [_Cycle, RequestResponseCycle])
def test_what_is_no_head_is_refused(kind):
    body = {"type": "http.response.body", "status": 200, "headers": USUAL, "body": b"ok"}
    assert asyncio.run(answer(kind, [body]))[0::4] == (b"", RuntimeError)


@pytest.mark.req("GWY-01")
def test_a_usual_head_is_written_at_once(monkeypatch):
    async def refused(*_):
        raise AssertionError("field by field")

    monkeypatch.setattr(RequestResponseCycle, "send", refused)
    written, *_, fault = asyncio.run(
        answer(_Cycle, [{"type": "http.response.start", "status": 200, "headers": USUAL}])
    )
    assert (written, fault) == (
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n",
        None,
    )
