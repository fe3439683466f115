"""A dump that was made ready beforehand is the one that is computed, from any place on, until a card changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from nmo_sandbox.frmr.ready_dump import ReadyDump


async def lines_of(frmr: Any, dump_id: str, after: str = "") -> list[bytes]:
    answer = await frmr.get(f"/person/dump/{dump_id}", params={"mo": "1", "after": after})
    assert answer.status_code == 200
    return answer.content.splitlines()


async def newest(frmr: Any) -> str:
    return str((await frmr.get("/person/dump", params={"mo": "1"})).json()["content"]["dumpId"])


@pytest.mark.req("FRM-02")
async def test_a_ready_dump_is_the_computed_one(frmr: Any, monkeypatch: pytest.MonkeyPatch):
    await frmr.post("/sandbox/generate", json={"count": 25, "seed": 3})
    computed = await lines_of(frmr, await newest(frmr))
    numbers = [orjson.loads(line)["oid"] for line in computed[:-1]]
    ready = (await frmr.post("/sandbox/dump")).json()
    assert ready["total"] == len(numbers) > 25
    assert ready["bytes"] == sum(len(line) + 1 for line in computed[:-1])
    sent: list[str] = []

    def after(self: ReadyDump, number: str) -> AsyncIterator[bytes]:
        sent.append(number)
        return real(self, number)

    real = ReadyDump.after
    monkeypatch.setattr(ReadyDump, "after", after)
    places = ["", "0", numbers[0], f"{numbers[4]}!", *numbers[10:20:3], numbers[-1], "~"]
    for place in places:
        expected = [line for line, number in zip(computed, numbers, strict=False) if number > place]
        assert await lines_of(frmr, ready["dump_id"], place) == [*expected, computed[-1]]
    assert sent == places
    await frmr.patch(f"/sandbox/cards/{numbers[0]}", json={"lastName": "Другая"})
    changed = await lines_of(frmr, await newest(frmr))
    assert orjson.loads(changed[0])["lastName"] == "Другая"
    assert sent == places
