"""Look at the signs when something happened, and freeze the way in when they are enough."""

from __future__ import annotations

from datetime import datetime

from nmo_identity.accounts.commands.freeze import freeze_account
from nmo_identity.accounts.tables import Account
from nmo_identity.risk import queries
from nmo_identity.risk.rules import KNOWN_FOR, SIGNS, WINDOW, Occasion, is_suspicious
from nmo_kit import context, journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession


async def look(
    session: WriteSession,
    account: Account,
    occasion: Occasion,
    *,
    known_device: bool = False,
    cipher: FieldCipher,
    now: datetime,
) -> bool:
    """True when the way in is frozen by it (promise 21): its sessions end, the owner is written to.

    Only ЕСИА, or support on a request, opens it again. Call it after the journal row of the occasion, in the same
    transaction, with the caller's network in the context; and commit even when the answer is True.
    """
    network = context.ip_prefix.get()
    networks = await queries.networks_of_signs(
        session, account.person_id, SIGNS[occasion].action, now - WINDOW
    )
    known = known_device or (
        occasion == "right_password"
        and await queries.is_known_network(session, account.id, network, now - KNOWN_FOR)
    )
    if not is_suspicious(occasion, networks=networks, from_network=network, known=known):
        return False
    await journal.record(
        session,
        actor="identity.risk",
        action="risk.noticed",
        object_=f"account/{account.id}",
        person_id=account.person_id,
        result="denied",
        reason=occasion,
    )
    return await freeze_account(
        session, account, reason="risk", cipher=cipher, now=now, actor="identity.risk"
    )
