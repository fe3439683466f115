"""Who may do what in applications: the reviewed matrix as data."""

from dataclasses import replace

from nmo_contracts.purposes import ORGANISATION
from nmo_kit.auth import CONFIRMED, PUBLIC, Policy, Rule

_OWN = Rule(roles={"specialist"}, consent=True)
_STAFF = Rule(roles={"org_staff", "org_admin"}, scope="organization")

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
}
