"""Queues of identity: it publishes and consumes nothing."""

from __future__ import annotations

from nmo_kit.messaging.topology import Queue

QUEUES: list[Queue] = []
