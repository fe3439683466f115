"""Reference books for the monitoring: an alarm on versions that were set aside."""

from prometheus_client import Gauge

SET_ASIDE = Gauge("nmo_registry_books_set_aside", "Books whose newest version is faulty and was set aside")


def show(set_aside: int) -> None:
    """Publish how many."""
    SET_ASIDE.set(set_aside)
