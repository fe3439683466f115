"""What the registry listens to: people's consents, and the end of their data."""

from collections.abc import Sequence

from nmo_kit.messaging.topology import Queue
from nmo_registry.consents.consumers import HEEDING

QUEUES: Sequence[Queue] = [Queue("registry.consents", handlers=HEEDING.handlers())]
