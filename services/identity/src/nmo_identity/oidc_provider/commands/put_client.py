"""Register a client of the provider."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from nmo_identity.oidc_provider import queries
from nmo_identity.oidc_provider.rules import SCOPES, SERVICES, digest, is_redirect_uri
from nmo_identity.oidc_provider.tables import OidcClient
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal

MIN_SECRET = 32


def new_secret() -> str:
    """A client secret of 256 bits."""
    return secrets.token_urlsafe(32)


async def put_client(
    session: WriteSession,
    *,
    client_id: str,
    title: str,
    kind: Literal["public", "confidential"],
    redirect_uris: Sequence[str],
    scopes: Sequence[str],
    secret: str | None,
    by: Principal | str,
    now: datetime,
) -> OidcClient:
    """Create or bring up to date; only the secret's digest is kept. Writes a journal row when anything changed.

    Raises:
        ValueError: unknown scope, an address that may not be registered, a secret missing, short or out of place,
            or the name of one of our own services.
    """
    if client_id in SERVICES or client_id == "gateway":
        raise ValueError(f"client {client_id}: the name belongs to a service")
    if not set(scopes) <= set(SCOPES) or not all(is_redirect_uri(uri) for uri in redirect_uris):
        raise ValueError(f"client {client_id}: scope or redirect address")
    if (kind == "confidential") != (secret is not None) or (secret is not None and len(secret) < MIN_SECRET):
        raise ValueError(f"client {client_id}: secret")
    values = {
        "title": title,
        "kind": kind,
        "redirect_uris": list(redirect_uris),
        "scopes": list(scopes),
        "secret_hash": digest(secret) if secret is not None else None,
    }
    row = await queries.any_client(session, client_id)
    if row is None:
        actor = by.sub if isinstance(by, Principal) else by
        row = OidcClient(client_id=client_id, created_at=now, created_by=actor, **values)  # type: ignore[arg-type]
        changed = ["client_id"]
    else:
        changed = [name for name, value in values.items() if getattr(row, name) != value]
        for name in changed:
            setattr(row, name, values[name])
    if changed:
        session.add(row)
        await session.flush()
        await journal.record(
            session,
            actor=by,
            action="client.registered",
            object_=f"client/{client_id}",
            person_id=None,
            fields=changed,
        )
    return row
