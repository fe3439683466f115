import asyncio
import json
import socket
import struct
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest

from nmo_kit import clock
from nmo_kit.db import Database
from nmo_kit.messaging import outbox
from nmo_kit.tokens import TokenRefused
from nmo_testkit import drain_outbox, probe, rolled_back, settings_for, wait
from nmo_testkit.faults import FaultProxy, fault_proxy
from nmo_testkit.postgres import Databases
from nmo_testkit.probe import ThingMovedV1
from nmo_testkit.requirements import REPORT
from nmo_testkit.tokens import TokenFactory

pytest_plugins = ["pytester"]


async def test_until_returns_the_value_and_tells_the_last_one_when_late():
    values = iter([0, "", 7])

    async def step() -> object:
        return next(values)

    assert await wait.until(step) == 7

    async def never() -> str:
        return ""

    with pytest.raises(AssertionError, match="last value: ''"):
        await wait.until(never, timeout_s=0.05)


async def test_tokens_are_accepted_by_their_verifier_and_audience_only(token_factory: TokenFactory):
    person = uuid4()
    token = token_factory(aud="cycles", sub=person, roles={"specialist", "head"}, org=uuid4(), spec=None)
    claims = await token_factory.verifier("cycles").verify(token)
    assert claims["sub"] == str(person)
    assert claims["roles"] == ["head", "specialist"]
    assert "spec" not in claims
    with pytest.raises(TokenRefused):
        await token_factory.verifier("catalog").verify(token)
    with pytest.raises(TokenRefused):
        await TokenFactory().verifier("cycles").verify(token)


async def test_tokens_follow_the_shifted_clock(token_factory: TokenFactory):
    token = token_factory(aud="cycles")
    clock.set_offset(3600)
    try:
        with pytest.raises(TokenRefused):
            await token_factory.verifier("cycles").verify(token)
        await token_factory.verifier("cycles").verify(token_factory(aud="cycles"))
    finally:
        clock.set_offset(0)


async def test_a_rolled_back_session_leaves_nothing(databases: Databases):
    url = await probe.prepare(databases)
    database = Database(settings_for(url))
    async with rolled_back(database) as session:
        await outbox.add(session, ThingMovedV1(thing_id=uuid4(), step=1), version=1)
        await session.commit()
    assert await drain_outbox(database) == []
    await database.close()
    await databases.drop(url)


async def echo_server() -> asyncio.Server:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(1000):
            writer.write(chunk)
            await writer.drain()
        writer.close()

    return await asyncio.start_server(echo, "127.0.0.1", 0)


async def ask(proxy: FaultProxy, text: bytes, timeout_s: float = 2) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        writer.write(text)
        return await asyncio.wait_for(reader.read(1000), timeout_s)
    finally:
        writer.transport.abort()


async def test_the_proxy_forwards_delays_swallows_refuses_and_cuts():
    server = await echo_server()
    async with server, fault_proxy("127.0.0.1", server.sockets[0].getsockname()[1]) as proxy:
        assert await ask(proxy, b"hello") == b"hello"
        proxy.delay_s = 0.1
        started = time.monotonic()
        assert await ask(proxy, b"slow") == b"slow"
        assert time.monotonic() - started >= 0.2
        proxy.delay_s = 0
        proxy.black_hole = True
        with pytest.raises(TimeoutError):
            await ask(proxy, b"lost", timeout_s=0.2)
        proxy.black_hole = False
        proxy.cut_after = 3
        assert await cut_or_empty(proxy, b"too long")
        proxy.cut_after = None
        proxy.refuse = True
        assert await cut_or_empty(proxy, b"refused")


async def test_the_proxy_half_closes_slows_down_and_heals():
    server = await echo_server()
    async with server, fault_proxy("127.0.0.1", server.sockets[0].getsockname()[1]) as proxy:
        proxy.half_close = True
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"lost")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(10), 0.2)
        proxy.heal()
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            # What was swallowed cannot come any more, so the connection must not go on.
            await asyncio.wait_for(reader.readexactly(1), 2)
        writer.transport.abort()
        proxy.bytes_per_s = 50
        started = time.monotonic()
        assert await ask(proxy, b"0123456789") == b"0123456789"
        assert time.monotonic() - started >= 0.4
        proxy.heal()
        assert await ask(proxy, b"hello") == b"hello"


async def test_a_client_that_resets_is_gone_at_the_far_end_too():
    arrived, gone = asyncio.Event(), asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        with suppress(ConnectionError):
            await reader.read()
        gone.set()
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with server, fault_proxy("127.0.0.1", server.sockets[0].getsockname()[1]) as proxy:
        _, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        await asyncio.wait_for(arrived.wait(), 5)
        # Closed by zero linger, as the system closes the connections of a killed process with unread bytes.
        writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        writer.transport.abort()
        await asyncio.wait_for(gone.wait(), 5)


async def cut_or_empty(proxy: FaultProxy, text: bytes) -> bool:
    try:
        return await ask(proxy, text) == b""
    except ConnectionError:
        return True


def test_requirement_rows_of_passed_and_failed_tests_are_recorded(pytester: pytest.Pytester):
    pytester.makeini("[pytest]\nmarkers =\n    req(*ids): rows\n")
    pytester.makepyfile(
        test_rows="""
        import pytest

        @pytest.mark.req("AAA-01", "AAA-02")
        def test_good():
            pass

        @pytest.mark.req("AAA-02")
        def test_bad():
            raise ValueError

        def test_without_row():
            pass
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=2, failed=1)
    report = json.loads((Path(pytester.path) / REPORT).read_text())
    assert report["requirements"] == {
        "AAA-01": {"passed": ["test_rows.py::test_good"]},
        "AAA-02": {"failed": ["test_rows.py::test_bad"], "passed": ["test_rows.py::test_good"]},
    }
