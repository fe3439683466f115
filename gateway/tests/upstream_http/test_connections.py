"""Kept connections, bodies both ways, back-pressure, repeats: what must work and what must not hang (GWY-03)."""

import asyncio

import pytest

from nmo_gateway.upstream_http import Request, UnreachableError
from nmo_gateway.upstream_http.answer import HIGH_WATER
from nmo_testkit.wait import until

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
pytestmark = pytest.mark.req("GWY-03")


def test_connection_is_kept_and_used_again(play):
    async def scenario(service):
        service.answers()
        for _ in range(5):
            assert await service.text() == (200, b"ok")
        assert (service.accepted, service.pool.open_connections) == (1, 1)
        await asyncio.gather(*(service.text() for _ in range(4)))
        assert service.accepted == service.pool.open_connections == 4

    play(scenario)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
    ],
)
def test_connection_that_the_service_will_close_is_not_kept(play, answer):
    async def scenario(service):
        service.answers(answer)
        assert await service.text() == (200, b"ok")
        assert service.pool.open_connections == 0

    play(scenario)


def test_body_until_the_end_of_the_connection(play):
    async def scenario(service):
        async def script(peer):
            await peer.head()
            await peer.say(b"HTTP/1.1 200 OK\r\n\r\nall of")
            await peer.say(b" it")

        service.plays(script)
        assert await service.text() == (200, b"all of it")

    play(scenario)


def test_connection_comes_back_reading_though_its_answer_was_held_back(play):
    """An answer read slowly stops the connection's reading; returned so, it would hang the next request."""

    async def scenario(service):
        big = b"x" * (HIGH_WATER * 3)
        whole = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(big) + big
        service.answers(whole)
        for _ in range(3):
            answer = await service.ask()

            async def held(answer=answer):
                return answer.size > HIGH_WATER

            await until(held, every_s=0.001)
            assert await answer.read() == big
            answer.close()
        assert service.accepted == 1

    play(scenario)


def test_service_is_held_back_while_nobody_reads(play):
    async def scenario(service):
        sent = 0

        async def flood(peer):
            nonlocal sent
            await peer.head()
            await peer.say(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            for _ in range(2000):
                await peer.say(b"8000\r\n" + b"x" * 0x8000 + b"\r\n")
                sent += 0x8000
            await peer.say(b"0\r\n\r\n")

        service.plays(flood)
        answer = await service.ask()
        seen = [-1]

        async def at_rest():
            seen.append(sent)
            return seen[-1] == seen[-2]

        await until(at_rest, every_s=0.1)
        assert HIGH_WATER < answer.size < HIGH_WATER + 512 * 1024
        assert sent < 2000 * 0x8000
        total = 0
        async for piece in answer.pieces():
            total += len(piece)
        assert total == 2000 * 0x8000
        answer.close()

    play(scenario)


@pytest.mark.parametrize(
    "interim", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"]
)
def test_interim_answers_are_passed_over(play, interim):
    async def scenario(service):
        service.answers(interim + interim + OK)
        answer = await service.ask()
        assert answer.headers == [(b"content-length", b"2")]
        assert await answer.read() == b"ok"
        assert await service.text() == (200, b"ok")
        assert service.accepted == 1

    play(scenario)


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n"),
        ("HEAD", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\ncontent-length: 1000\r\n\r\n"),
    ],
)
def test_answers_without_a_body_end_with_their_head(play, method, answer):
    async def scenario(service):
        service.answers(answer)
        for _ in range(3):
            assert (await service.text(method))[1] == b""
        assert service.accepted == 1

    play(scenario)


@pytest.mark.parametrize("length", [None, 300_000])
def test_body_goes_up_in_pieces(play, length):
    async def scenario(service):
        got = bytearray()

        async def script(peer):
            head = await peer.head()
            if length is None:
                assert b"transfer-encoding: chunked" in head
                while size := int(await peer.reader.readline(), 16):
                    got.extend(await peer.reader.readexactly(size))
                    await peer.reader.readexactly(2)
                await peer.reader.readexactly(2)
            else:
                assert b"content-length: 300000" in head
                got.extend(await peer.reader.readexactly(length))
            await peer.say(OK)

        async def body():
            for number in range(30):
                yield bytes([number]) * 10_000

        service.plays(script)
        assert await service.text("POST", body=body(), length=length) == (200, b"ok")
        assert got == b"".join(bytes([number]) * 10_000 for number in range(30))

    play(scenario)


def test_early_answer_stops_the_upload_and_costs_the_connection(play):
    async def scenario(service):
        closed = asyncio.Event()

        async def script(peer):
            await peer.head()
            await peer.reader.readexactly(1)
            await peer.say(b"HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig")
            await peer.closed()
            closed.set()

        stopped = asyncio.Event()

        async def body():
            try:
                yield b"x" * 1000
                await asyncio.Event().wait()
            finally:
                stopped.set()

        service.plays(script)
        assert await service.text("POST", body=body()) == (413, b"big")
        await stopped.wait()
        await closed.wait()
        assert service.pool.open_connections == 0

    play(scenario)


@pytest.mark.parametrize("length", [5, 50])
def test_body_of_another_length_than_said_never_arrives_as_whole(play, length):
    async def scenario(service):
        async def script(peer):
            await peer.head()
            await peer.closed()

        async def body():
            yield b"x" * 10

        service.plays(script)
        with pytest.raises(ValueError, match="body is"):
            await service.text("POST", body=body(), length=length)
        assert service.pool.open_connections == 0

    play(scenario)


def test_what_breaks_the_body_is_told_to_the_caller(play):
    async def scenario(service):
        class BrokenError(Exception):
            pass

        async def script(peer):
            await peer.head()
            await peer.closed()

        async def body():
            yield b"x"
            raise BrokenError

        service.plays(script)
        with pytest.raises(BrokenError):
            await service.text("POST", body=body())

    play(scenario)


@pytest.mark.parametrize(("method", "repeated"), [("GET", True), ("PUT", True), ("POST", False)])
def test_request_into_a_connection_closed_in_the_moment(play, method, repeated):
    async def scenario(service):
        async def closes_under_the_second(peer):
            await peer.head()
            await peer.say(OK)
            await peer.head()

        async def good(peer):
            while True:
                await peer.head()
                await peer.say(OK)

        service.plays(closes_under_the_second, good)
        assert await service.text() == (200, b"ok")
        if repeated:
            assert await service.text(method) == (200, b"ok")
            assert service.accepted == 2
        else:
            with pytest.raises(UnreachableError):
                await service.text(method)
            assert service.accepted == 1

    play(scenario)


def test_new_connection_that_is_closed_is_not_tried_again(play):
    async def scenario(service):
        async def closes(peer):
            await peer.head()

        service.plays(closes)
        with pytest.raises(UnreachableError):
            await service.text()
        assert service.accepted == 1

    play(scenario)


def test_cancelled_request_closes_its_connection(play):
    async def scenario(service):
        asked, closed = asyncio.Event(), asyncio.Event()

        async def script(peer):
            await peer.head()
            asked.set()
            await peer.closed()
            closed.set()

        service.plays(script)
        asking = asyncio.create_task(service.text())
        await asked.wait()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await closed.wait()
        assert service.pool.open_connections == 0

    play(scenario)


def test_answer_left_unread_closes_its_connection(play):
    async def scenario(service):
        service.answers(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345")
        answer = await service.ask()
        answer.close()
        assert service.pool.open_connections == 0

    play(scenario)


@pytest.mark.parametrize(
    ("target", "fields"),
    [
        (b"/x HTTP/1.1\r\nevil: 1", []),
        (b"/x y", []),
        (b"x", []),
        (b"/x", [(b"a", b"1\r\nb: 2")]),
        (b"/x", [(b"a", b"1\nb: 2")]),
        (b"/x", [(b"a\r\nb", b"2")]),
    ],
)
def test_no_part_of_a_request_begins_another_line(target, fields):
    with pytest.raises(ValueError, match=r"target|line break"):
        Request("GET", target, fields).head(b"h", b"")
