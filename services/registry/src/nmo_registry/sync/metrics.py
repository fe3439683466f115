"""Progress of the mirror for the monitoring: an alarm on the age, a graph of what is left."""

from prometheus_client import Gauge

from nmo_registry.sync.tables import SyncState

_CONFIRMED = Gauge(
    "nmo_registry_mirror_confirmed_timestamp_seconds", "When the mirror was last known to equal the register"
)
_REMAINING = Gauge("nmo_registry_feed_remaining", "Entries of the register's change feed still to read")
_FAILURES = Gauge("nmo_registry_sync_failures", "Failed passes in a row")
SET_ASIDE = Gauge("nmo_registry_cards_set_aside", "Cards of the register that could not be read or written")


def show_set_aside(cards: int) -> None:
    """Publish how many cards wait for another try."""
    SET_ASIDE.set(cards)


def show(progress: SyncState) -> None:
    """Publish the progress."""
    if progress.last_success_at is not None:
        _CONFIRMED.set(progress.last_success_at.timestamp())
    _REMAINING.set(progress.remaining or 0)
    _FAILURES.set(progress.failures)
