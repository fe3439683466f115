"""Refuse an id token that was used before."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert

from nmo_identity.login.tables import SeenToken
from nmo_identity.providers.port import ProvenPerson, ProviderRefusal
from nmo_kit.db import WriteSession


async def remember_token(session: WriteSession, proven: ProvenPerson, now: datetime) -> None:
    """Keep the token's hash; of two uses at once one waits and is refused.

    Raises:
        ProviderRefusal: `login_replayed`, the token opened a session or tied an account before.
    """
    added = await session.execute(
        insert(SeenToken)
        .values(
            token_hash=proven.token_hash,
            issuer=proven.issuer,
            seen_at=now,
            expires_at=proven.token_expires_at,
        )
        .on_conflict_do_nothing()
        .returning(SeenToken.issuer)  # type: ignore[call-overload]
    )
    if added.first() is None:
        raise ProviderRefusal("login_replayed", "id_token_seen")
