"""Endless answers do not hold a process that is told to stop (OPS-04)."""

import asyncio

import pytest

from nmo_gateway.edge.stopping import EndsWithProcess
from nmo_testkit.wait import until


class Source:
    """An application whose answer never ends by itself."""

    def __init__(self, *, speaks: bool) -> None:
        self.speaks = speaks
        self.ended = False

    async def __call__(self, _scope, _receive, send):
        try:
            if self.speaks:
                await send({"type": "http.response.start", "status": 200, "headers": []})
                await send({"type": "http.response.body", "body": b"retry: 1\n\n", "more_body": True})
            await asyncio.Event().wait()
        finally:
            self.ended = True


async def run(source, path, stopping):
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
    answering = asyncio.create_task(EndsWithProcess(source, stopping)(scope, receive, send))
    return answering, sent


@pytest.mark.req("GWY-03")
@pytest.mark.parametrize("path", ["/events", "/api/v1/notifications/stream"])
async def test_stream_ends_whole_when_the_process_stops(path):
    stopping, source = asyncio.Event(), Source(speaks=True)
    answering, sent = await run(source, path, stopping)

    async def speaking():
        return len(sent) == 2

    await until(speaking)
    assert not answering.done()
    stopping.set()
    await asyncio.wait_for(answering, 2)
    assert source.ended
    assert sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}


@pytest.mark.req("GWY-03")
async def test_long_poll_is_told_to_come_again():
    stopping, source = asyncio.Event(), Source(speaks=False)
    answering, sent = await run(source, "/api/v1/partner/events", stopping)
    stopping.set()
    await asyncio.wait_for(answering, 2)
    headers = dict(sent[0]["headers"])
    assert (sent[0]["status"], headers[b"content-type"]) == (503, b"application/problem+json")
    assert int(headers[b"retry-after"]) > 0


async def test_other_requests_are_finished():
    stopping = asyncio.Event()
    stopping.set()

    async def app(scope, receive, send):
        await asyncio.sleep(0)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    answering, sent = await run(app, "/api/v1/cycles", stopping)
    await answering
    assert sent[0]["status"] == 204
