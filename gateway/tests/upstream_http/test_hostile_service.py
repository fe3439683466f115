"""The client against services that answer badly, late, too much, or not at all (GWY-03)."""

import asyncio
import time

import pytest

from nmo_gateway.upstream_http import BrokenAnswerError, SlowAnswerError, TooLongError, UnreachableError
from nmo_gateway.upstream_http.connection import MAX_HEAD

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
pytestmark = pytest.mark.req("GWY-03")


def after(*pieces, then=None):
    """A service that reads a request's head and says the pieces, then closes or does what `then` says."""

    async def script(peer):
        await peer.head()
        for piece in pieces:
            await peer.say(piece)
        if then is not None:
            await then(peer)

    return script


async def held(peer):
    """Keep the connection until the gateway gives up."""
    await peer.closed()


@pytest.mark.parametrize(
    "pieces",
    [
        [b""],
        [b"HTTP/1.1 200"],
        [b"HTTP/1.1 200 OK\r\ncontent-le"],
        [b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n"],
        [b"HTTP/1.1 100 Continue\r\n\r\n"],
    ],
)
def test_answer_cut_in_its_head_is_an_outage(play, pieces):
    async def scenario(service):
        service.plays(after(*pieces))
        with pytest.raises(UnreachableError):
            await service.text("POST")
        assert service.accepted == 1
        assert service.pool.open_connections == 0

    play(scenario)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"content-length: 10", b"12345"),
        (b"transfer-encoding: chunked", b"5\r\n12345\r\n"),
        (b"transfer-encoding: chunked", b"5\r\n123"),
    ],
)
def test_answer_cut_in_its_body_never_looks_whole(play, head, body):
    async def scenario(service):
        service.plays(after(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + body))
        answer = await service.ask()
        with pytest.raises(BrokenAnswerError):
            await answer.read()
        answer.close()
        assert service.pool.open_connections == 0

    play(scenario)


@pytest.mark.parametrize(
    "answer",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 999999 Huge\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 30 + OK,
        b"HTTP/1.1 200 OK\r\nx: " + b"a" * (MAX_HEAD + 1) + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: 12345678\r\n" * (MAX_HEAD // 9) + b"\r\n",
    ],
    ids=lambda answer: answer[:44].decode("latin-1"),
)
def test_what_is_no_answer_is_refused_and_its_connection_closed(play, answer):
    async def scenario(service):
        service.plays(after(answer, then=held))
        with pytest.raises(BrokenAnswerError):
            await service.text()
        assert service.pool.open_connections == 0

    play(scenario)


def test_head_without_an_end_is_refused(play):
    async def scenario(service):
        async def endless(peer):
            await peer.head()
            await peer.say(b"HTTP/1.1 200 OK\r\nx: ")
            while True:
                await peer.say(b"a" * 4096)

        service.plays(endless)
        with pytest.raises(BrokenAnswerError):
            await service.text()

    play(scenario)


@pytest.mark.parametrize(
    "chunk", [b"zz\r\nab\r\n", b"-1\r\n\r\n", b"2\r\nabcdef\r\n", b"ffffffffffffffffff\r\n"]
)
def test_bad_chunk_breaks_the_answer(play, chunk):
    async def scenario(service):
        head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n"
        service.plays(after(head, chunk, then=held))
        with pytest.raises(BrokenAnswerError):
            await service.text()
        assert service.pool.open_connections == 0

    play(scenario)


@pytest.mark.parametrize("junk", [OK, b"junk", b"HTTP/1.1 200 OK\r\n"])
def test_what_follows_an_answer_is_never_taken_for_the_next_one(play, junk):
    async def scenario(service):
        service.plays(after(OK + junk, then=held), after(OK, then=held))
        assert await service.text() == (200, b"ok")
        assert service.pool.open_connections == 0
        assert await service.text() == (200, b"ok")
        assert service.accepted == 2

    play(scenario)


def test_what_comes_unasked_on_a_kept_connection_closes_it(play):
    async def scenario(service):
        gone = asyncio.Event()

        async def talkative(peer):
            await peer.head()
            await peer.say(OK)
            await peer.say(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil")
            await peer.closed()
            gone.set()

        service.plays(talkative, after(OK, then=held))
        assert await service.text() == (200, b"ok")
        await gone.wait()
        assert await service.text() == (200, b"ok")

    play(scenario)


def test_slow_head_slow_body_and_trickle_run_out_of_time(play):
    async def scenario(service):
        head = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n"

        async def trickle(peer):
            await peer.head()
            await peer.say(head)
            while True:
                await peer.say(b"x")
                # Slower than the answer may take as a whole, faster than its longest silence.
                await asyncio.sleep(0.05)

        service.plays(
            after(then=held), after(head, b"12345", then=held), after(head[:20], then=held), trickle
        )
        started = time.monotonic()
        with pytest.raises(SlowAnswerError):
            await service.ask(idle_s=0.2)
        answer = await service.ask(idle_s=0.2)
        with pytest.raises(SlowAnswerError):
            await answer.read()
        with pytest.raises(SlowAnswerError):
            await service.ask(total_s=0.2, idle_s=None)
        with pytest.raises(SlowAnswerError):
            await service.text(total_s=0.3, idle_s=0.2)
        assert time.monotonic() - started < 5
        assert service.pool.open_connections == 0

    play(scenario)


def test_reader_that_takes_its_time_is_not_the_services_silence(play):
    async def scenario(service):
        body = b"x" * 2_000_000
        service.answers(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        answer = await service.ask(idle_s=0.2)
        # The time that passes is what is tested: the service is held back by its reader.
        await asyncio.sleep(0.6)
        assert await answer.read() == body

    play(scenario)


def test_body_longer_than_its_reader_takes(play):
    async def scenario(service):
        service.answers(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n" + b"x" * 100)
        answer = await service.ask()
        with pytest.raises(TooLongError):
            await answer.read(limit=10)
        answer.close()

    play(scenario)


def test_nobody_listens(play):
    async def scenario(service):
        from nmo_gateway.upstream_http import Pool, Request

        pool = Pool("http://127.0.0.1:1")
        with pytest.raises(UnreachableError):
            await pool.request(Request("GET", b"/", []), total_s=1, idle_s=1)

    play(scenario)
