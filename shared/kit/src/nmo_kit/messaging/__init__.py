"""Events between services: envelope, outbox, relay, inbox, consumers and topology."""

from nmo_kit.messaging import outbox
from nmo_kit.messaging.consumer import Handler, Permanent, Received, Transient, consumes
from nmo_kit.messaging.envelope import Envelope

__all__ = ["Envelope", "Handler", "Permanent", "Received", "Transient", "consumes", "outbox"]
