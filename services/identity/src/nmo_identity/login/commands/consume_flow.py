"""Taking what comes back from a provider: each flow once, for what it was begun for."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nmo_identity.login import queries
from nmo_identity.login.rules import digest, refusal_of_flow
from nmo_identity.providers.port import Flow, ProviderRefusal
from nmo_kit.db import Database


@dataclass(frozen=True, slots=True)
class Callback:
    """What the gateway got back from the provider."""

    flow_id: str
    query: Mapping[str, str]
    ip: str
    user_agent: str


async def consume_flow(
    db: Database, provider_key: str, callback: Callback, now: datetime, *, confirms: UUID | None = None
) -> Flow:
    """Use the flow up, whatever follows; of two callbacks with one state the second finds it used.

    A flow that was begun to confirm a session ends in nothing else, and the other way round: `confirms` is that session.

    Raises:
        ProviderRefusal: the flow is not this browser's, not for this end, used before, or too old.
    """
    try:
        state = UUID(callback.query.get("state", ""))
    except ValueError:
        raise ProviderRefusal("login_state_invalid", "state_malformed") from None
    async with db.write() as session:
        row = await queries.flow_for_update(session, state)
        fault = refusal_of_flow(
            found=row is not None,
            same_provider=row is not None and row.provider_key == provider_key,
            same_browser=row is not None and hmac.compare_digest(row.flow_hash, digest(callback.flow_id)),
            consumed=row is not None and row.consumed_at is not None,
            expires_at=row.expires_at if row else None,
            now=now,
        )
        if fault is None and row is not None and row.confirm_sid != confirms:
            fault = "login_state_invalid", "other_purpose"
        if fault is not None or row is None:
            code, reason = fault or ("login_state_invalid", "state_unknown")
            raise ProviderRefusal(code, reason)  # type: ignore[arg-type]
        row.consumed_at = now
        session.add(row)
    return Flow(
        row.state, row.created_at, row.redirect_uri, row.nonce, row.code_verifier, confirms is not None
    )
