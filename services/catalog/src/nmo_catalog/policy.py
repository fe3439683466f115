"""Who may do what: the catalogue is open to everybody (CAT-09)."""

from nmo_kit.auth import CONFIRMED, PUBLIC, Rule

POLICY: dict[str, Rule] = {
    "catalog.element.search": PUBLIC,
    "catalog.element.read": PUBLIC,
    "catalog.organization.search": PUBLIC,
    "catalog.organization.read": PUBLIC,
    "catalog.journal.read": Rule(roles={"person"}, entry=CONFIRMED),
}
