"""Who may do what in applications: the reviewed matrix as data."""

from dataclasses import replace

from nmo_contracts.purposes import ORGANISATION
from nmo_kit.auth import ANY_ENTRY, CONFIRMED, PUBLIC, UNRESTRICTED, Policy, Rule

_OWN = Rule(roles={"specialist"}, consent=True)
_STAFF = Rule(roles={"org_staff", "org_admin"}, scope="organization")
_ASKING = Rule(roles={"person"}, entry=UNRESTRICTED)
"""Whoever signed in may turn to support, in nearly every state of entry: it is the way out of most of them."""
_SUPPORT = Rule(roles={"support"}, scope="any")
_GUESTS = Rule(roles={"service"}, clients={"gateway"}, entry=ANY_ENTRY, scope="any")

POLICY: Policy = {
    "applications.application.list": _OWN,
    "applications.application.read": _OWN,
    "applications.application.edit": _OWN,
    "applications.application.submit": replace(_OWN, purpose=ORGANISATION),
    "applications.application.withdraw": _OWN,
    "applications.application.delete": _OWN,
    "applications.history.read": _OWN,
    "applications.employment.read": _OWN,
    "applications.document.read": _OWN,
    "applications.document.verify": PUBLIC,
    "organization.application.list": _STAFF,
    "organization.application.read": _STAFF,
    "organization.history.read": _STAFF,
    "organization.application.confirm": _STAFF,
    "organization.application.reject": _STAFF,
    "organization.application.request_documents": _STAFF,
    "organization.application.enrol": _STAFF,
    "organization.application.complete": _STAFF,
    "organization.results.enter": _STAFF,
    "applications.journal.read": Rule(roles={"person"}, entry=CONFIRMED),
    "applications.request.list": _ASKING,
    "applications.request.open": _ASKING,
    "applications.request.read": _ASKING,
    "applications.request.reply": _ASKING,
    "applications.request.withdraw": _ASKING,
    "support.request.list": _SUPPORT,
    "support.request.read": _SUPPORT,
    "support.request.take": _SUPPORT,
    "support.request.release": _SUPPORT,
    "support.request.escalate": _SUPPORT,
    "support.request.answer": _SUPPORT,
    "support.request.close": _SUPPORT,
    "support.change.propose": _SUPPORT,
    "support.change.decide": _SUPPORT,
    "applications.change.disclose": Rule(roles={"service"}, clients={"identity"}, scope="any"),
    "applications.guest_request.open": _GUESTS,
    "applications.guest_request.read": _GUESTS,
    "applications.guest_request.reply": _GUESTS,
}
