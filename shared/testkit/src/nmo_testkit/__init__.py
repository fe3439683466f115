"""Helpers of all tests: real infrastructure, tokens, events, faults. Never part of an image."""

from nmo_testkit import wait
from nmo_testkit.clients import client_for
from nmo_testkit.messages import deliver, deliver_all, drain_outbox
from nmo_testkit.postgres import rolled_back, settings_for
from nmo_testkit.workers import running_worker

__all__ = [
    "client_for",
    "deliver",
    "deliver_all",
    "drain_outbox",
    "rolled_back",
    "running_worker",
    "settings_for",
    "wait",
]
