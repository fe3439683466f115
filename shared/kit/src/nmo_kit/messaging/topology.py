"""Exchanges, queues, policies and users as data, derived from each service's list of queues.

A deployment step declares them; services only use them. Whoever is not listed gets nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nmo_contracts.base import EventPayload
from nmo_kit.messaging.admin import BrokerAdmin
from nmo_kit.messaging.consumer import Handler

EVENTS = "events"
UNROUTED = "events.unrouted"
UNHEARD = "events.unheard"
"""Where events end that nobody listens to; so whatever reaches `events.unrouted` misses a binding."""
CORE_VHOST = "core"
PARTNERS_VHOST = "partners"
DELIVERY_LIMIT = 20
PARTNER_QUEUE_BYTES = 50 * 1024 * 1024


@dataclass(frozen=True)
class RetryLevel:
    """One step of waiting; each level is one queue per service with one fixed time to live."""

    name: str
    seconds: float


RETRY_LEVELS = (RetryLevel("10s", 10), RetryLevel("1m", 60), RetryLevel("10m", 600))


@dataclass(frozen=True)
class Queue:
    """A queue `<consumer>.<purpose>` of a service, with the handlers of what arrives there.

    Attributes:
        name: the consumer's name and a purpose, joined by a dot.
        handlers: functions declared by `@consumes`; at most one per event type.
        binds: event types to subscribe; by default those the handlers take.
        prefetch: how many messages are in work at once; events of one subject never are.
        serial: one at a time over all processes (single active consumer); for effects that must keep strict order.
    """

    name: str
    handlers: Sequence[Handler[Any]]
    binds: Sequence[type[EventPayload]] | None = None
    prefetch: int = 20
    serial: bool = False

    def __post_init__(self) -> None:
        """Refuse a queue whose bindings and handlers disagree: ValueError."""
        consumer, _, purpose = self.name.partition(".")
        if not consumer or not purpose or purpose == "parking" or purpose.startswith("retry."):
            raise ValueError(f"queue name {self.name!r} is not <consumer>.<purpose>")
        types = [model.type_name for handler in self.handlers for model in handler.models]
        if len(types) != len(set(types)):
            raise ValueError(f"queue {self.name}: two handlers take the same event")
        if self.keys != set(types):
            raise ValueError(
                f"queue {self.name}: bound and handled events differ: {sorted(self.keys ^ set(types))}"
            )

    @property
    def consumer(self) -> str:
        """The service."""
        return self.name.partition(".")[0]

    @property
    def keys(self) -> set[str]:
        """Routing keys bound to the queue."""
        models = self.binds
        if models is None:
            models = [model for handler in self.handlers for model in handler.models]
        return {model.type_name for model in models}

    def handler_of(self, type_name: str) -> Handler[Any] | None:
        """Who takes this event type."""
        for handler in self.handlers:
            if any(model.type_name == type_name for model in handler.models):
                return handler
        return None


def retry_exchange(consumer: str, level: RetryLevel) -> str:
    """Name of the exchange and of the queue of a retry level."""
    return f"{consumer}.retry.{level.name}"


def parking_queue(consumer: str) -> str:
    """Where poison of all queues of a service waits for people."""
    return f"{consumer}.parking"


def direct_exchange(consumer: str) -> str:
    """By which a service may put messages into its own queues, and into no other's."""
    return f"{consumer}.direct"


@dataclass(frozen=True)
class Topology:
    """Everything in the vhost `core`: what each service consumes. Services without queues are listed empty."""

    services: Mapping[str, Sequence[Queue]]
    vhost: str = CORE_VHOST
    levels: Sequence[RetryLevel] = RETRY_LEVELS
    told: frozenset[str] = frozenset()
    """All event types there are; those that no queue binds are let go on purpose."""

    def __post_init__(self) -> None:
        """Refuse a queue listed under another service: ValueError."""
        for service, queues in self.services.items():
            for queue in queues:
                if queue.consumer != service:
                    raise ValueError(f"queue {queue.name} is listed under {service}")

    @property
    def queue_names(self) -> set[str]:
        """All queues that shall exist."""
        names = {UNROUTED}
        for service, queues in self.services.items():
            names |= {queue.name for queue in queues} | {parking_queue(service)}
            names |= {retry_exchange(service, level) for level in self.levels}
        return names


@dataclass(frozen=True)
class Declared:
    """What a declaration found."""

    unused_queues: list[str] = field(default_factory=list)
    """Queues in the vhost that no service lists; they are reported, never deleted."""


async def declare(admin: BrokerAdmin, topology: Topology) -> Declared:
    """Bring the vhost to the topology; safe to repeat. Bindings no longer wanted are removed, queues are kept.

    Raises:
        BrokerAdminError: the broker refuses, e.g. a queue exists with other arguments.
    """
    vhost = topology.vhost
    await admin.put_vhost(vhost)
    await admin.put_exchange(vhost, EVENTS, "topic")
    await admin.put_exchange(vhost, UNROUTED, "fanout")
    await admin.put_queue(vhost, UNROUTED)
    await admin.bind(vhost, UNROUTED, UNROUTED, keys={""})
    unrouted = {"alternate-exchange": UNROUTED}
    await admin.put_policy(vhost, "events", pattern="^events$", definition=unrouted, apply_to="exchanges")
    for service, queues in topology.services.items():
        await _declare_service(admin, vhost, service, queues, topology.levels)
    heard = {key for queues in topology.services.values() for queue in queues for key in queue.keys}
    await admin.put_exchange(vhost, UNHEARD, "fanout")
    await admin.bind(vhost, EVENTS, UNHEARD, keys=set(topology.told) - heard, kind="e")
    existing = await admin.queue_names(vhost)
    return Declared(unused_queues=sorted(existing - topology.queue_names))


def _safe_dead_letters(exchange: str) -> dict[str, Any]:
    # at-least-once needs reject-publish; without max-length that never refuses a publish (events must not be nacked).
    return {
        "dead-letter-exchange": exchange,
        "dead-letter-strategy": "at-least-once",
        "overflow": "reject-publish",
    }


async def _declare_service(
    admin: BrokerAdmin, vhost: str, service: str, queues: Sequence[Queue], levels: Sequence[RetryLevel]
) -> None:
    dlx, direct, parking = f"dlx.{service}", direct_exchange(service), parking_queue(service)
    # Policies first: a queue must never hold a message without its dead-letter rule.
    work = {**_safe_dead_letters(dlx), "delivery-limit": DELIVERY_LIMIT}
    pattern = rf"^{service}\.(?!retry\.|parking$)"
    await admin.put_policy(vhost, f"{service}.work", pattern=pattern, definition=work)
    await admin.put_exchange(vhost, dlx, "fanout")
    await admin.put_exchange(vhost, direct, "direct")
    await admin.put_queue(vhost, parking)
    await admin.bind(vhost, dlx, parking, keys={""})
    for level in levels:
        name = retry_exchange(service, level)
        # No dead-letter-routing-key: the copy keeps the target queue as its key and returns by the default exchange.
        waiting = {**_safe_dead_letters(""), "message-ttl": int(level.seconds * 1000)}
        pattern = "^" + name.replace(".", r"\.") + "$"
        await admin.put_policy(vhost, name, pattern=pattern, definition=waiting)
        await admin.put_exchange(vhost, name, "fanout")
        await admin.put_queue(vhost, name)
        await admin.bind(vhost, name, name, keys={""})
    for queue in queues:
        await admin.put_queue(vhost, queue.name, single_active=queue.serial)
        await admin.bind(vhost, EVENTS, queue.name, keys=queue.keys)
        await admin.bind(vhost, direct, queue.name, keys={queue.name})


async def declare_user(
    admin: BrokerAdmin, service: str, password: str, *, vhost: str = CORE_VHOST, user: str | None = None
) -> None:
    """Give a service its user: reads its own queues, publishes events of its own prefix only.

    It may configure nothing and may not write to the default exchange, so no other service's queue can be reached.

    Args:
        admin: the administrator's session.
        service: the service.
        password: set anew if the user exists.
        vhost: where it works.
        user: another name than the service's.
    """
    name = user or service
    await admin.put_user(name, password)
    write = rf"^(events|{service}\.retry\..+|{service}\.direct)$"
    await admin.put_permission(vhost, name, write=write, read=rf"^{service}\..+$")
    await admin.put_topic_permission(vhost, name, EVENTS, write=rf"^{service}\.")


async def declare_partners(
    admin: BrokerAdmin, user: str, password: str, *, vhost: str = PARTNERS_VHOST
) -> None:
    """Create the partners' vhost and the one user that publishes into it, over the default exchange.

    A full queue of a partner refuses the publish, which pauses that partner alone: the log keeps the events.
    """
    await admin.put_vhost(vhost)
    bounded = {
        "max-length-bytes": PARTNER_QUEUE_BYTES,
        "overflow": "reject-publish",
        "delivery-limit": DELIVERY_LIMIT,
    }
    await admin.put_policy(vhost, "partner-queues", pattern=r"\.events$", definition=bounded)
    await admin.put_user(user, password)
    await admin.put_permission(vhost, user, write=r"^amq\.default$")
