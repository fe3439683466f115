"""The named failpoints of the system: where each may strike and what may be done there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

EVERYBODY: Final = ("gateway", "identity", "registry", "catalog", "cycles", "applications", "notifications")
PRODUCERS: Final = ("identity", "registry", "catalog", "cycles", "applications")
CONSUMERS: Final = ("catalog", "cycles", "applications", "notifications")
KILL_OR_WAIT: Final = ("kill", "kill", "kill", "sleep(2)")


@dataclass(frozen=True, slots=True)
class Place:
    """One failpoint: its name, the processes that pass it, and the actions that are fair there.

    `raise` is fair only where no user waits: in a request it would be an answer 500 of our own making.
    """

    name: str
    processes: tuple[str, ...]
    actions: tuple[str, ...] = KILL_OR_WAIT
    latest_hit: int = 3


def _of(process: str, *names: str, latest_hit: int = 2) -> list[Place]:
    return [Place(f"{process}.{name}", (process,), latest_hit=latest_hit) for name in names]


PLACES: Final[tuple[Place, ...]] = (
    Place("db.before_commit", EVERYBODY, latest_hit=8),
    Place("db.after_commit", EVERYBODY, latest_hit=8),
    Place("relay.before_publish", PRODUCERS, ("kill", "raise", "sleep(2)", "drop")),
    Place("relay.before_mark", PRODUCERS, ("kill", "kill", "raise")),
    Place("handler.before_commit", CONSUMERS, ("kill", "kill", "raise")),
    Place("consumer.before_ack", CONSUMERS, ("kill", "kill", "drop")),
    Place("journal.seal.linked", PRODUCERS, latest_hit=1),
    Place("journal.seal.sealed", PRODUCERS, latest_hit=1),
    *_of("gateway", "login.flow_taken", "login.finished", "login.session_opened"),
    *_of("gateway", "logout.session_ended", latest_hit=1),
    *_of("gateway", "tokens.exchanged", "forward.answered", latest_hit=10),
    *_of("identity", "login.flow_consumed", "login.proven", "login.recorded"),
    *_of("identity", "consent.granted", "match.answered"),
    *_of("registry", "sync.page_read", "sync.page_written", "sync.page_committed", latest_hit=1),
    *_of("catalog", "seat.before_take", "seat.taken"),
    *_of("catalog", "seat.given_back", latest_hit=1),
    *_of("applications", "submit.frozen"),
    *_of("applications", "document.before_store", "document.stored", "store.before_rename", latest_hit=1),
    *_of("cycles", "credit.appended"),
    *_of("notifications", "mail.claimed", "mail.accepted", "partner.confirmed"),
    *_of("notifications", "webhook.claimed", "webhook.answered"),
)
RETRIED: Final = "handler.before_commit:raise@1,consumer.before_retry_ack:kill@1"
"""A message must fail before it can be retried, so this one takes two."""
NAMES: Final = frozenset({place.name for place in PLACES} | {"consumer.before_retry_ack"})
ELSEWHERE: Final = frozenset(
    {
        "identity.code.compared", "identity.erasure.begun", "identity.link.local_proven", "identity.link.proven",
        "identity.password.counted", "notifications.letter.accepted", "notifications.letter.claimed",
        "registry.reconcile.batch_committed", "registry.reconcile.batch_read", "registry.reconcile.batch_written",
        "registry.reconcile.removed",
    }
)  # fmt: skip
"""Places that the crowd does not pass; the tests of their own slices strike there."""
