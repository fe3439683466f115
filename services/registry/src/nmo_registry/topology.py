"""What the registry listens to: nothing. It only tells."""

from collections.abc import Sequence

from nmo_kit.messaging.topology import Queue

QUEUES: Sequence[Queue] = ()
