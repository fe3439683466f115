"""Verification for the monitoring: how much waits for the portal, and how much of it too long."""

from prometheus_client import Gauge

WAITING = Gauge("nmo_registry_documents_waiting", "Documents added by hand that wait for the portal")
LATE = Gauge("nmo_registry_documents_late", "Those of them whose term has passed")


def show(total: int, late: int) -> None:
    """Publish both."""
    WAITING.set(total)
    LATE.set(late)
