"""The password was right: leave the sign-in waiting for its second step."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from nmo_identity.accounts.tables import Account
from nmo_identity.login.rules import digest
from nmo_identity.second_factor.rules import PENDING_LIFETIME
from nmo_identity.second_factor.tables import PendingSignIn
from nmo_kit.db import WriteSession


async def begin_second_step(
    session: WriteSession, account: Account, *, restrictions: Sequence[str] = (), now: datetime
) -> str:
    """Handle of a sign-in that waits ten minutes for its second step; only its hash is kept.

    `restrictions` are those of the session that will be opened.
    """
    handle = secrets.token_urlsafe(32)
    session.add(
        PendingSignIn(
            handle_hash=digest(handle),
            account_id=account.id,
            person_id=account.person_id,
            restrictions=list(restrictions),
            created_at=now,
            expires_at=now + PENDING_LIFETIME,
        )
    )
    return handle
