"""Where to look on a system: logs, metrics, databases, events, queues, letters. Every collector gives places with content."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from email import message_from_string, policy
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

from nmo_kit.messaging.admin import BrokerAdmin
from tests.leaks.finder import EmptySearchError, Place

STAND_IN = "sandbox-"
"""Logs of stand-ins for the outside world are not the product's: what ЕСИА writes down is its own affair."""
MOST_MESSAGES = 500
HTTP_OK = 200


def log_places(folder: Path) -> list[Place]:
    """Output of every process of the product, rotated files too; stand-ins for the outside are left out.

    Raises:
        EmptySearchError: no process has written anything.
    """
    files = [*folder.glob("*.log"), *folder.glob("*.log.*")]
    found = [
        Place("log", file.name, file)
        for file in sorted(files)
        if not file.name.startswith(STAND_IN) and file.read_bytes().strip()
    ]
    return _some(found, f"no log in {folder}")


async def metrics_places(addresses: Mapping[str, str]) -> list[Place]:
    """`/metrics` of each process, by its name and address.

    Raises:
        EmptySearchError: one of them has no metrics.
    """
    found = []
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as client:
        for name, address in addresses.items():
            async with client.get(f"{address}/metrics") as answer:
                if answer.status != HTTP_OK:
                    raise EmptySearchError(f"metrics of {name} answered {answer.status}")
                found.append(Place("metrics", name, await answer.text()))
    return _some(found, "no process to ask for metrics")


async def database_places(databases: Mapping[str, str]) -> list[Place]:
    """Every column of every table with rows; outboxes as `event`, all else as `database`.

    ``databases``: service → address.
    """
    found = []
    for service, address in databases.items():
        connection = await asyncpg.connect(address)
        try:
            found += await service_places(connection, service)
        finally:
            await connection.close()
    return _some(found, "no database has rows")


async def service_places(connection: asyncpg.Connection, service: str) -> list[Place]:
    """The same for one service, as the connection sees its database."""
    found = []
    for table in await connection.fetch(_TABLES):
        kind = "event" if table["name"] == "outbox" else "database"
        found += await _columns(connection, f"{service}.{table['name']}", kind)
    return found


_TABLES = """
    select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition order by 1
"""


async def _columns(connection: asyncpg.Connection, name: str, kind: str) -> list[Place]:
    values: dict[str, list[bytes]] = {}
    async with connection.transaction():
        query = f'select * from "{name.partition(".")[2]}"'  # noqa: S608 the name comes from the catalogue
        async for row in connection.cursor(query, prefetch=1000):
            for column, value in row.items():
                if value is not None:
                    values.setdefault(column, []).append(_as_bytes(value))
    return [
        Place(kind, f"{name}.{column}", b" | ".join(rows))
        for column, rows in values.items()
        if any(row.strip() for row in rows)
    ]


def _as_bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes | bytearray) else str(value).encode()


async def queue_places(admin_url: str) -> list[Place]:
    """Messages that wait in any queue of the broker, bodies and headers; they stay there.

    Parking queues are of the kind `parking`. Queues without messages give no place.
    """
    found = []
    async with BrokerAdmin(admin_url) as broker:
        for queue in await broker.call("GET", "queues"):
            name, vhost = str(queue["name"]), str(queue["vhost"])
            messages = await _peek(broker, vhost, name)
            if messages:
                kind = "parking" if name.endswith(".parking") else "queue"
                found.append(Place(kind, f"{vhost}.{name}", b" | ".join(messages)))
    return found


async def _peek(broker: BrokerAdmin, vhost: str, name: str) -> list[bytes]:
    wanted = {"count": MOST_MESSAGES, "ackmode": "ack_requeue_true", "encoding": "base64"}
    messages = await broker.call("POST", "queues", vhost, name, "get", body=wanted)
    pieces = []
    for message in messages:
        body = base64.b64decode(message["payload"])
        pieces += [body, json.dumps(message["properties"], ensure_ascii=False).encode()]
    return pieces


async def mail_places(mailbox_url: str) -> list[Place]:
    """Every letter, decoded and as it came; its one addressee is the reader."""
    found = []
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as client:
        async with client.get(f"{mailbox_url}/api/v1/messages?limit=1000") as answer:
            letters = (await answer.json())["messages"]
        for letter in letters:
            async with client.get(f"{mailbox_url}/api/v1/message/{letter['ID']}/raw") as answer:
                raw = await answer.text()
            recipients = [one["Address"] for one in letter["To"]]
            reader = recipients[0] if len(recipients) == 1 else ""
            found.append(Place("mail", letter["ID"], letter_text(raw), reader=reader))
    return found


def letter_text(raw: str) -> str:
    """A letter as it came and below it its parts and its subject decoded."""
    letter = message_from_string(raw, policy=policy.default)
    parts = [part.get_content() for part in letter.walk() if part.get_content_maintype() == "text"]
    return "\n".join([raw, *(str(value) for value in letter.values()), *parts])


def text_places(kind: str, texts: Mapping[str, Any]) -> list[Place]:
    """Things kept by name: answers, received webhooks, addresses. Bodies that are not text are written as JSON."""
    return [
        Place(kind, name, text if isinstance(text, str | bytes) else json.dumps(text, ensure_ascii=False))
        for name, text in texts.items()
        if text
    ]


def kinds_of(places: Iterable[Place]) -> set[str]:
    """Kinds of places that were collected."""
    return {place.kind for place in places}


def _some(found: list[Place], complaint: str) -> list[Place]:
    if not found:
        raise EmptySearchError(complaint)
    return found
