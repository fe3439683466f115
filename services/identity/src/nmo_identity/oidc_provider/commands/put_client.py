"""Register a client of the provider."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from nmo_identity.oidc_provider import queries
from nmo_identity.oidc_provider.rules import SCOPES, SERVICES, digest, is_redirect_uri, sector_of
from nmo_identity.oidc_provider.tables import ES256, OidcClient
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal

MIN_SECRET = 32


def _sector(client_id: str, redirect_uris: Sequence[str], *, first_party: bool) -> str:
    found = sector_of(redirect_uris) if redirect_uris else client_id
    if found is None and not first_party:
        raise ValueError(f"client {client_id}: redirect addresses of several hosts")
    return found or client_id


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
    first_party: bool = False,
    purpose: str = "",
    post_logout_redirect_uris: Sequence[str] = (),
    backchannel_logout_uri: str | None = None,
    id_token_signed_response_alg: str = ES256,
) -> OidcClient:
    """Create or bring up to date; only the secret's digest is kept. Writes a journal row when anything changed.

    `first_party` is for the portal's own programs: nobody is asked about them, and they know people by the account's
    id. Partners know people by pairwise names, made for the one host of their addresses; it stays when they move.

    Raises:
        ValueError: unknown scope, an address that may not be registered, a secret missing, short or out of place,
            or the name of one of our own services.
    """
    _check(client_id, kind, secret, scopes, [*redirect_uris, *post_logout_redirect_uris])
    values: dict[str, Any] = {
        "title": title,
        "kind": kind,
        "redirect_uris": list(redirect_uris),
        "scopes": list(scopes),
        "secret_hash": digest(secret) if secret is not None else None,
        "first_party": first_party,
        "subject_type": "public" if first_party else "pairwise",
        "purpose": purpose,
        "post_logout_redirect_uris": list(post_logout_redirect_uris),
        "backchannel_logout_uri": backchannel_logout_uri,
        "id_token_signed_response_alg": id_token_signed_response_alg,
    }
    row = await queries.any_client(session, client_id)
    if row is None or not row.sector:
        values["sector"] = _sector(client_id, redirect_uris, first_party=first_party)
    if row is None:
        by_name = by.sub if isinstance(by, Principal) else by
        row = OidcClient(client_id=client_id, created_at=now, created_by=by_name, **values)
        changed = ["client_id"]
    else:
        changed = [name for name, value in values.items() if getattr(row, name) != value]
        for name in changed:
            setattr(row, name, values[name])
    if changed:
        session.add(row)
        await session.flush()
        object_ = f"client/{client_id}"
        await journal.record(
            session, actor=by, action="client.registered", object_=object_, person_id=None, fields=changed
        )
    return row


def _check(
    client_id: str, kind: str, secret: str | None, scopes: Sequence[str], addresses: Sequence[str]
) -> None:
    if client_id in SERVICES or client_id == "gateway":
        raise ValueError(f"client {client_id}: the name belongs to a service")
    if not set(scopes) <= set(SCOPES) or not all(is_redirect_uri(uri) for uri in addresses):
        raise ValueError(f"client {client_id}: scope or redirect address")
    if (kind == "confidential") != (secret is not None) or (secret is not None and len(secret) < MIN_SECRET):
        raise ValueError(f"client {client_id}: secret")
