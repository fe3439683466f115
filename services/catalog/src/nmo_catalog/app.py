"""The catalogue as a service."""

from nmo_catalog import seed, worker
from nmo_catalog.elements import endpoints as elements
from nmo_catalog.organisations import endpoints as organisations
from nmo_catalog.policy import POLICY
from nmo_catalog.search import endpoints as search
from nmo_catalog.settings import Settings
from nmo_catalog.tables import METADATA
from nmo_catalog.topology import QUEUES
from nmo_kit.app import Service


def build() -> Service:
    """All that the kit needs to run the catalogue."""
    return Service(
        name="catalog",
        package="nmo_catalog",
        settings_class=Settings,
        metadata=METADATA,
        routers=[search.router, elements.router, organisations.router],
        policy=POLICY,
        queues=QUEUES,
        timers=worker.timers,
        seed=seed.seed,
    )
