"""`Idempotency-Key`: a repeated write is answered as the first one was, and done once."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, ClassVar

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from sqlalchemy import text

from nmo_kit.db import WriteDep, WriteSession
from nmo_kit.errors import Conflict
from nmo_kit.json import dumps

IDEMPOTENCY_DDL = """
create table idempotency_key (
    caller text not null,
    key text not null,
    request_digest bytea not null,
    response jsonb,
    created_at timestamptz not null default app_now(),
    primary key (caller, key)
)
"""


class IdempotencyKeyReused(Conflict):
    """The key was used for another request."""

    code: ClassVar[str] = "idempotency_key_reused"
    title: ClassVar[str] = "Ключ запроса уже использован"
    detail: ClassVar[str] = "С этим ключом Idempotency-Key уже был другой запрос. Возьмите новый ключ."


class Idempotency:
    """One request's key within its transaction."""

    def __init__(self, session: WriteSession, caller: str, key: str | None, digest: bytes) -> None:
        """Built by the dependency."""
        self._session = session
        self._caller = caller
        self._key = key
        self._digest = digest

    async def once(self, model: type[BaseModel], work: Callable[[], Awaitable[BaseModel]]) -> BaseModel:
        """Do `work`, or give the answer it gave under this key before.

        The key row stands in the same transaction as the effect: a failure rolls both back, and a second request
        in flight waits for the first.

        Raises:
            IdempotencyKeyReused: the key came with another request.
        """
        if self._key is None:
            return await work()
        row = {"caller": self._caller, "key": self._key, "digest": self._digest}
        inserted = await self._session.execute(
            text(
                "insert into idempotency_key (caller, key, request_digest) values (:caller, :key, :digest) "
                "on conflict do nothing returning 1"
            ),
            row,
        )
        if inserted.first() is None:
            found = await self._session.execute(
                text(
                    "select request_digest, response from idempotency_key where caller = :caller and key = :key"
                ),
                row,
            )
            digest, response = found.one()
            if bytes(digest) != self._digest:
                raise IdempotencyKeyReused
            return model.model_validate(response)
        answer = await work()
        await self._session.execute(
            text(
                "update idempotency_key set response = cast(:body as jsonb) where caller = :caller and key = :key"
            ),
            {**row, "body": dumps(answer.model_dump(mode="json")).decode()},
        )
        return answer


async def _idempotency(
    request: Request,
    session: WriteDep,
    idempotency_key: Annotated[str | None, Header(max_length=120)] = None,
) -> Idempotency:
    principal = request.state.principal
    body = await request.body()
    digest = hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + body).digest()
    return Idempotency(session, principal.sub if principal else "", idempotency_key, digest)


IdempotencyDep = Annotated[Idempotency, Depends(_idempotency, scope="function")]
"""`await idempotency.once(Answer, work)` in an unsafe route."""
