"""Who may do what in notifications: the reviewed matrix as data."""

from dataclasses import replace

from nmo_kit.auth import ANY_ENTRY, CONFIRMED, PUBLIC, Policy, Rule

_PERSON = Rule(
    roles={"person", "specialist", "org_staff", "org_admin", "head", "hr", "support", "admin"},
    entry=CONFIRMED,
)
"""Messages reach people before they are matched, too: they tell what to do next."""
_PARTNER = Rule(roles={"partner"}, entry=ANY_ENTRY)

_DOCUMENT = replace(PUBLIC, own_proof=True)

POLICY: Policy = {
    "notifications.message.list": _PERSON,
    "notifications.message.read": _PERSON,
    "notifications.disclosure.list": _PERSON,
    "notifications.stream.read": _PERSON,
    "partner.subscription.create": _PARTNER,
    "partner.subscription.list": _PARTNER,
    "partner.subscription.delete": _PARTNER,
    "partner.subscription.test": _PARTNER,
    "partner.subscription.replay": _PARTNER,
    "partner.subscription.resume": _PARTNER,
    "partner.subscription.rotate": _PARTNER,
    "partner.delivery.list": _PARTNER,
    "partner.event.list": _PARTNER,
    "partner.event.read": _PARTNER,
    "contracts.asyncapi.read": _DOCUMENT,
    "contracts.schema.read": _DOCUMENT,
}
