"""The sink for text messages."""

import httpx2
import pytest

from nmo_sandbox.sms.app import create_app


@pytest.fixture
async def sms():
    transport = httpx2.ASGITransport(app=create_app())
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8193") as http:
        yield http


async def test_messages_are_taken_and_listed_newest_first(sms):
    for number, text in (("+79000001000", "Код 1111"), ("+79000001011", "Код <b>2222</b>")):
        assert (await sms.post("/messages", json={"to": number, "text": text})).status_code == 201
    items = (await sms.get("/messages")).json()["items"]
    assert [item["text"] for item in items] == ["Код <b>2222</b>", "Код 1111"]
    one = (await sms.get("/messages", params={"to": "+79000001000"})).json()["items"]
    assert [item["text"] for item in one] == ["Код 1111"]
    page = (await sms.get("/")).text
    assert "Код 1111" in page
    assert "<b>2222" not in page
    assert (await sms.delete("/messages")).status_code == 204
    assert (await sms.get("/messages")).json() == {"items": []}


@pytest.mark.parametrize(
    "wrong", [{"to": "89000001000", "text": "x"}, {"to": "+79000001000", "text": ""}, {}]
)
async def test_a_wrong_message_is_refused(sms, wrong):
    assert (await sms.post("/messages", json=wrong)).status_code == 422


async def test_faults(sms):
    message = {"to": "+79000001000", "text": "Код"}
    for fault, status in (({"refuse": 429}, 429), ({"down": True}, 503), ({}, 201)):
        await sms.put("/sandbox/faults", json=fault)
        assert (await sms.post("/messages", json=message)).status_code == status
    assert (await sms.get("/livez")).status_code == 200
