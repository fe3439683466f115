"""Change a registered client: disable it, let it back, give it a new secret."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text

from nmo_identity.oidc_provider.commands.put_client import new_secret
from nmo_identity.oidc_provider.queries import any_client
from nmo_identity.oidc_provider.rules import digest
from nmo_identity.oidc_provider.tables import OidcClient
from nmo_identity.partners.errors import NoSecret
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.errors import NotFound
from nmo_kit.principal import Principal

REVOKE = (
    text("update refresh_token set revoked_at = :now where client_id = :client_id and revoked_at is null"),
    text("update issued_token set revoked_at = :now where client_id = :client_id and revoked_at is null"),
    text(
        "update authorization_code set consumed_at = :now where client_id = :client_id and consumed_at is null"
    ),
)


async def disable_client(session: WriteSession, client_id: str, *, by: Principal, now: datetime) -> None:
    """Stop a client at once: nobody signs in there, its tokens are worth nothing. What people agreed to is kept.

    Writes a journal row. Repeating it changes nothing.

    Raises:
        NotFound: there is no such client.
    """
    row = await _client(session, client_id)
    if row.disabled_at is not None:
        return
    row.disabled_at = now
    session.add(row)
    for statement in REVOKE:
        await session.execute(statement, {"client_id": client_id, "now": now})
    await _record(session, by, client_id, "client.disabled")


async def enable_client(session: WriteSession, client_id: str, *, by: Principal) -> None:
    """Let a disabled client work again; its old tokens stay worth nothing. Writes a journal row.

    Raises:
        NotFound: there is no such client.
    """
    row = await _client(session, client_id)
    if row.disabled_at is None:
        return
    row.disabled_at = None
    session.add(row)
    await _record(session, by, client_id, "client.enabled")


async def change_secret(session: WriteSession, client_id: str, *, by: Principal, now: datetime) -> str:
    """A new secret, told this once; the old one is worth nothing from now on. Writes a journal row.

    Raises:
        NotFound: there is no such client.
        NoSecret: the client is a public one.
    """
    row = await _client(session, client_id)
    if row.kind != "confidential":
        raise NoSecret
    secret = new_secret()
    row.secret_hash, row.secret_changed_at = digest(secret), now
    session.add(row)
    await _record(session, by, client_id, "client.secret_changed")
    return secret


async def _client(session: WriteSession, client_id: str) -> OidcClient:
    row = await any_client(session, client_id)
    if row is None:
        raise NotFound
    return row


async def _record(session: WriteSession, by: Principal, client_id: str, action: str) -> None:
    await journal.record(session, actor=by, action=action, object_=f"client/{client_id}", person_id=None)
