"""Headers of a webhook by Standard Webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from standardwebhooks import Webhook

from nmo_kit.messaging.envelope import CONTENT_TYPE


def signed_headers(secrets: Sequence[str], event_id: UUID, body: bytes, now: datetime) -> dict[str, str]:
    """Id, time and, by each secret, a signature over `id.timestamp.body`; the time is that of the attempt.

    The library signs a wrong moment for aware times of other zones, so it is given UTC.
    """
    moment = now.astimezone(UTC)
    return {
        "content-type": CONTENT_TYPE,
        "user-agent": "nmo-webhooks/1",
        "webhook-id": str(event_id),
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(
            Webhook(secret).sign(str(event_id), moment, body.decode()) for secret in secrets
        ),
    }
