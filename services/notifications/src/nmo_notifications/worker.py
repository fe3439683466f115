"""Timers of notifications: letters, partners' queues, webhooks, retention."""

from collections.abc import Sequence

from sqlalchemy import text

from nmo_kit.app import Runtime
from nmo_kit.messaging.worker import Timer
from nmo_notifications.partners.early import FORGET_EARLY

LETTERS_S = 0.5
PARTNERS_S = 0.3
EARLY_S = 60.0
DAY_S = 24 * 3600.0
_UPKEEP = (
    # Bodies of public events 90 days, marks of attempts a year.
    "update partner_event set body = null where at < now() - interval '90 days' and body is not null",
    "delete from webhook_attempt where at < now() - interval '1 year'",
    "delete from delivery_attempt where at < now() - interval '1 year'",
    "delete from letter_attempt where at < now() - interval '1 year'",
    (
        "delete from letter_job j where created_at < now() - interval '1 year'"
        " and not exists (select from letter_attempt a where a.letter_id = j.letter_id)"
    ),
)


def timers(runtime: Runtime) -> Sequence[Timer]:
    """Recurring jobs; each takes the rows it works on, so several processes may run them."""

    async def forget_old() -> None:
        for statement in _UPKEEP:
            async with runtime.db.write() as session:
                await session.execute(text(statement))

    async def forget_early() -> None:
        async with runtime.db.write() as session:
            await session.execute(text(FORGET_EARLY))

    return [
        Timer(EARLY_S, forget_early, "early-facts"),
        Timer(LETTERS_S, runtime.extras["sender"].send_due, "letters"),
        Timer(LETTERS_S, runtime.extras["letters"].send_due, "identity-letters"),
        Timer(PARTNERS_S, runtime.extras["publisher"].publish_due, "partner-queues"),
        Timer(PARTNERS_S, runtime.extras["dispatcher"].dispatch_due, "webhooks"),
        Timer(DAY_S, forget_old, "retention"),
    ]
