"""Letters and text messages of people, read where the stand-ins keep them."""

from __future__ import annotations

import re
from typing import Any

import aiohttp

from nmo_testkit import wait
from tests.conftest import Portal

WITHIN_S = 15.0
"""Mail takes five seconds at most; the machine does much else meanwhile."""
_CODE = re.compile(r"\b\d{6}\b")


async def letters_to(portal: Portal, address: str) -> list[dict[str, Any]]:
    """Whole letters to an address, newest first."""
    mailbox = portal.address("mailbox")
    async with aiohttp.ClientSession() as client:
        async with client.get(
            f"{mailbox}/api/v1/search", params={"query": f"to:{address}", "limit": 50}
        ) as answer:
            brief = (await answer.json())["messages"]
        found = []
        for item in brief:
            async with client.get(f"{mailbox}/api/v1/message/{item['ID']}") as answer:
                found.append(await answer.json())
    return found


async def letter(portal: Portal, address: str, subject: str, *, known: int = 0) -> str:
    """Text of the newest letter with these words in its subject, once there are more of them than `known`."""

    async def come() -> str | None:
        found = [item for item in await letters_to(portal, address) if subject in item["Subject"]]
        return str(found[0]["Text"]) if len(found) > known else None

    return str(await wait.until(come, WITHIN_S))


async def text_message(portal: Portal, number: str, *, known: int = 0) -> str:
    """The newest text message to a number, once there are more of them than `known`."""

    async def come() -> str | None:
        async with (
            aiohttp.ClientSession() as client,
            client.get(f"{portal.address('sms')}/messages", params={"to": number}) as answer,
        ):
            found = (await answer.json())["items"]
        return str(found[0]["text"]) if len(found) > known else None

    return str(await wait.until(come, WITHIN_S))


def code_in(words: str) -> str:
    """The six digits of a letter or message."""
    found = _CODE.search(words)
    assert found, "no code in it"
    return found.group()


def link_in(words: str, path: str) -> str:
    """The address of a link whose path begins so."""
    found = re.search(rf"https?://\S+({re.escape(path)}\S*)", words)
    assert found, f"no link to {path}"
    return found.group(1)
