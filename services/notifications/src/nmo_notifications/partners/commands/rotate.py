"""A new webhook secret (PAR-02)."""

from datetime import datetime, timedelta
from uuid import UUID

from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal
from nmo_notifications.partners.commands.subscribe import new_secret, record, secret_place
from nmo_notifications.partners.errors import NoSecret
from nmo_notifications.partners.queries import own_subscription


async def rotate_secret(
    session: WriteSession,
    subscription_id: UUID,
    *,
    viewer: Principal,
    overlap: timedelta,
    cipher: FieldCipher,
    now: datetime,
) -> str:
    """Replace the secret; for the time of the overlap the old one signs too. Without overlap it ends at once.

    What was sent under a secret that leaked can be asked for again by a replay.

    Raises:
        NotFound: no such subscription of the partner.
        NoSecret: it is not a webhook.
    """
    row = await own_subscription(session, subscription_id, viewer=viewer, lock=True)
    if row.secret is None:
        raise NoSecret
    row.previous_secret, row.previous_until = (row.secret, now + overlap) if overlap else (None, None)
    secret = new_secret()
    row.secret = cipher.encrypt(secret, aad=secret_place(row.id))
    row.version += 1
    await record(session, viewer, "rotate", row)
    return secret
