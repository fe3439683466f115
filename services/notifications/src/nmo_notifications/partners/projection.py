"""Writing into partners' logs: one place per event and partner, and a delivery per webhook."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from nmo_contracts import partner as public
from nmo_contracts.base import EventPayload
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Envelope
from nmo_notifications.partners import early
from nmo_notifications.partners.queries import may_log, next_seq, subscriptions_for_type
from nmo_notifications.partners.rules import PublicFact, project, pseudonym, public_event_id, takes
from nmo_notifications.partners.tables import PartnerEvent, Subscription, WebhookDelivery

WEBHOOK = "webhook"
_MODELS: dict[str, type[EventPayload]] = {model.type_name: model for model in public.EVENTS}


async def project_event(
    session: WriteSession, envelope: Envelope, *, cipher: FieldCipher, public_url: str, now: datetime
) -> int:
    """Put an internal event into the logs of the partners that want it; to how many (PAR-05).

    Nothing is logged about a person without consent; for a while the fact waits for one that is on its way. Partners
    are locked in the order of their ids.
    """
    fact = project(envelope.type_name, envelope.data)
    if fact is None:
        return 0
    if not await may_log(session, fact.person_id):
        await early.lock(session, fact.person_id)
        if not await may_log(session, fact.person_id):
            await early.keep(session, envelope, fact.person_id, now=now)
            return 0
    by_partner: dict[str, list[Subscription]] = {}
    for row in await subscriptions_for_type(session, fact.type_name):
        if takes(
            row.types,
            row.organization_ids,
            type_name=fact.type_name,
            organization_id=fact.organization_id,
        ):
            by_partner.setdefault(row.client_id, []).append(row)
    for client_id in sorted(by_partner):
        event = public_event(fact, envelope, client_id=client_id, cipher=cipher, public_url=public_url)
        await append(
            session,
            client_id,
            event,
            webhooks=[row for row in by_partner[client_id] if row.way == WEBHOOK],
            person_id=fact.person_id,
            organization_id=fact.organization_id,
            now=now,
        )
    return len(by_partner)


def public_event(
    fact: PublicFact, envelope: Envelope, *, client_id: str, cipher: FieldCipher, public_url: str
) -> Envelope:
    """The event as this partner gets it: own id, own pseudonym of the person, the same version and time."""
    event_id = public_event_id(envelope.id, fact.type_name, client_id)
    payload = _MODELS[fact.type_name].model_validate(
        fact.fields
        | {
            "specialist_id": pseudonym(cipher.blind_index(f"partner|{client_id}|{fact.person_id}")),
            "links": {"self": f"{public_url}/api/v1/partner/events/{event_id}"},
        }
    )
    return Envelope.of(
        payload, version=envelope.subjectversion, event_id=event_id, time=envelope.time
    ).model_copy(update={"traceparent": None, "tracestate": None})


async def append(
    session: WriteSession,
    client_id: str,
    event: Envelope,
    *,
    webhooks: Sequence[Subscription],
    now: datetime,
    person_id: UUID | None = None,
    organization_id: UUID | None = None,
    subscription_id: UUID | None = None,
) -> int:
    """Write one event into a partner's log and start its deliveries to webhooks; its place in the log."""
    seq = await next_seq(session, client_id)
    session.add(
        PartnerEvent(
            client_id=client_id,
            seq=seq,
            event_id=event.id,
            type=event.type_name,
            subject=event.subject,
            person_id=person_id,
            organization_id=organization_id,
            subscription_id=subscription_id,
            body=event.to_bytes(),
            at=now,
        )
    )
    for row in webhooks:
        session.add(
            WebhookDelivery(
                subscription_id=row.id,
                client_id=client_id,
                seq=seq,
                subject=event.subject,
                next_attempt_at=now,
            )
        )
    return seq
