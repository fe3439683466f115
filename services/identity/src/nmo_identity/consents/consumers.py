"""Words of the services: which answers they heed, and whose data they destroyed."""

from __future__ import annotations

import structlog

from nmo_contracts.acknowledgements import CONSENT_APPLIED, PERSON_FORGOTTEN, ConsentApplied, PersonForgotten
from nmo_identity.consents.commands.acknowledge import acknowledge
from nmo_identity.erasure.commands.conclude import record_answer
from nmo_kit import clock
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Handler, Received, consumes

logger = structlog.get_logger(__name__)


def _service(event: Received[ConsentApplied] | Received[PersonForgotten]) -> str:
    """A service may publish under its own prefix only, so the type says who speaks."""
    return event.envelope.type_name.partition(".")[0]


async def _applied(session: WriteSession, event: Received[ConsentApplied]) -> None:
    if not await acknowledge(session, _service(event), event.data, now=clock.now()):
        logger.warning("acknowledged_unknown_answer", service=_service(event), purpose=event.data.purpose)


async def _forgotten(session: WriteSession, event: Received[PersonForgotten]) -> None:
    await record_answer(
        session,
        event.data.order_id,
        _service(event),
        destroyed=event.data.destroyed,
        kept=event.data.kept,
        at=event.data.forgotten_at,
    )


on_consent_applied: Handler[ConsentApplied] = consumes(*CONSENT_APPLIED)(_applied)
on_person_forgotten: Handler[PersonForgotten] = consumes(*PERSON_FORGOTTEN)(_forgotten)
