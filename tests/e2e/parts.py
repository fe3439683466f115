"""Which page shows what while a part of the portal is away (GWY-03), as a table."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final, Literal

import aiohttp

from nmo_local import supervise
from nmo_local.demo.browser import eventually, words
from tests.conftest import Portal
from tests.e2e.visitor import Visitor

Shown = Literal["whole", "notice", "closed", "broken"]
"""whole: as ever. notice: the page opens, one part of it says it is away. closed: the page says it is away, whom to tell
and what works; all else is broken."""
GUEST: Final = (
    "/",
    "/catalog",
    "/catalog/{element}",
    "/verify",
    "/faq",
    "/help",
    "/about/cycles",
    "/login",
    "/accessibility",
)
OWN: Final = (
    "/cabinet", "/cabinet/cycles", "/cabinet/cycles/new", "/cabinet/cycles/{cycle}", "/cabinet/plan", "/cabinet/catalog",
    "/cabinet/catalog/{element}", "/cabinet/applications", "/cabinet/applications/{number}", "/cabinet/progress",
    "/cabinet/profile", "/cabinet/journal", "/cabinet/notifications", "/cabinet/documents",
)  # fmt: skip
STAFF: Final = ("/edu/applications", "/edu/applications/{number}", "/edu/results")
AWAY: Final[Mapping[str, Mapping[str, Shown]]] = {
    "identity": {"/cabinet/profile": "notice", "/cabinet/journal": "notice"},
    "registry": {
        "/cabinet/profile": "notice", "/cabinet/cycles/new": "notice", "/cabinet/documents": "notice",
        "/cabinet/journal": "notice",
    },
    "cycles": {
        "/cabinet": "notice", "/cabinet/cycles": "notice", "/cabinet/plan": "notice", "/cabinet/progress": "notice",
        "/cabinet/catalog": "notice", "/cabinet/catalog/{element}": "notice", "/cabinet/cycles/{cycle}": "closed",
        "/cabinet/journal": "notice",
    },
    "catalog": {
        "/catalog": "notice", "/cabinet/catalog": "notice", "/catalog/{element}": "closed",
        "/cabinet/catalog/{element}": "closed", "/cabinet/journal": "notice",
    },
    "applications": {
        "/cabinet": "notice", "/cabinet/applications": "notice", "/cabinet/applications/{number}": "closed",
        "/edu/applications": "notice", "/edu/applications/{number}": "closed",
        "/cabinet/journal": "notice",
    },
    "notifications": {"/cabinet/notifications": "notice"},
    "sandbox-esia": {},
    "sandbox-frmr": {},
    "sandbox-mailbox": {},
    "broker": {},
}  # fmt: skip
"""Pages that are not named are whole. Only what a page itself is about may be closed."""
APIS: Final[Mapping[str, str]] = {
    "identity": "/api/v1/me",
    "registry": "/api/v1/register/card",
    "cycles": "/api/v1/cycles",
    "catalog": "/api/v1/catalog/elements?limit=1",
    "applications": "/api/v1/applications",
    "notifications": "/api/v1/notifications",
}
READY_S: Final = 240.0
SENTENCES: Final = ("временно недоступ",)
OTHERS_WORK: Final = "Остальное работает. Обновите страницу через минуту."


def shown_by(status: int, text: str) -> Shown:
    """What a page shows."""
    read = words(text)
    says = any(sentence in read for sentence in SENTENCES)
    if status == 200:
        return "notice" if says else "whole"
    if status in {502, 503, 504} and says and OTHERS_WORK in read and "назовите код:" in read:
        return "closed"
    return "broken"


async def pages(visitor: Visitor, addresses: tuple[str, ...], there: Mapping[str, str]) -> dict[str, Shown]:
    """What each page shows now, asked for side by side."""

    async def ask(address: str) -> tuple[str, Shown]:
        status, _, text = await visitor.page(address.format_map(there))
        return address, shown_by(status, text)

    return dict(await asyncio.gather(*(ask(address) for address in addresses)))


def expected(part: str, addresses: tuple[str, ...]) -> dict[str, Shown]:
    """The table's row for some pages."""
    return {address: AWAY[part].get(address, "whole") for address in addresses}


@asynccontextmanager
async def stopped(portal: Portal, name: str) -> AsyncIterator[None]:
    """One process stopped; started again at the end and waited for until it is ready."""
    await asyncio.to_thread(lambda: supervise.server().stopProcess(name))
    try:
        yield
    finally:
        await asyncio.to_thread(lambda: supervise.server().startProcess(name))
        await ready(portal, name)


@asynccontextmanager
async def faults_of(
    portal: Portal, http: aiohttp.ClientSession, name: str, **wanted: object
) -> AsyncIterator[None]:
    """Faults of a stand-in, off again at the end."""
    address = f"{portal.address(name)}/sandbox/faults"
    async with http.put(address, json=wanted) as answer:
        assert answer.status == 200, await answer.text()
    try:
        yield
    finally:
        async with http.put(address, json={}) as answer:
            assert answer.status == 200, await answer.text()


@asynccontextmanager
async def hung(name: str) -> AsyncIterator[None]:
    """One process that takes connections and answers none."""
    states = await asyncio.to_thread(supervise.states)
    pid = next(int(state["pid"]) for state in states if state["name"] == name)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def ready(portal: Portal, name: str) -> None:
    """Until the process says that it is ready."""
    probe = "/livez" if name.startswith("sandbox-") else "/readyz"
    address = portal.address(name.removeprefix("sandbox-")) + probe
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as client:

        async def answers() -> bool | None:
            try:
                async with client.get(address) as answer:
                    return True if answer.status == 200 else None
            except (aiohttp.ClientError, TimeoutError, OSError):
                return None

        await eventually(answers, f"{name} to be ready", READY_S)
