"""Who may do what in the registry: the reviewed matrix."""

from nmo_kit.auth import CONFIRMED, PUBLIC, Policy, Rule

OPEN_CABINET = {"full", "limited"}
"""A person who is not in the register is let in too, and is told so."""

_OWN = Rule(roles={"specialist"}, consent=True, entry=OPEN_CABINET)
_COMPARING = Rule(roles={"specialist"}, consent=True, entry=OPEN_CABINET | {"weak", "conflict"})
"""Whoever is kept out by a difference answers about it too."""
_SUPPORT = Rule(roles={"support"}, scope="any")

POLICY: Policy = {
    "registry.match": Rule(roles={"service"}, clients={"identity"}, scope="any"),
    "registry.known": Rule(roles={"service"}, clients={"identity"}, scope="any"),
    "registry.employments.disclose": Rule(roles={"service"}, clients={"applications"}, scope="any"),
    "registry.sync.run": Rule(roles={"service", "admin"}, scope="any"),
    "registry.sync.read": Rule(roles={"service", "admin", "support"}, scope="any"),
    "registry.exchange.read": Rule(roles={"admin"}, scope="any"),
    "registry.exchange.again": Rule(roles={"admin"}, scope="any"),
    "registry.exchange.compare": Rule(roles={"admin"}, scope="any"),
    "registry.exchange.retry": Rule(roles={"admin"}, scope="any"),
    "registry.books.read": Rule(roles={"service", "admin", "support"}, scope="any"),
    "registry.books.fetch": Rule(roles={"service", "admin"}, scope="any"),
    "registry.books.again": Rule(roles={"admin"}, scope="any"),
    "registry.books.accept": Rule(roles={"admin"}, scope="any"),
    "registry.books.pin": Rule(roles={"admin"}, scope="any"),
    "registry.books.unpin": Rule(roles={"admin"}, scope="any"),
    "registry.books.successors": Rule(roles={"admin"}, scope="any"),
    "registry.card.read": _OWN,
    "registry.documents.read": _OWN,
    "registry.own_document.read": _OWN,
    "registry.own_document.send": _OWN,
    "registry.own_document.withdraw": _OWN,
    "registry.comparison.read": _COMPARING,
    "registry.comparison.answer": _COMPARING,
    "registry.staff.read": Rule(roles={"head", "hr"}, scope="organization"),
    "registry.journal.read": Rule(roles={"person"}, entry=CONFIRMED),
    "support.document.list": _SUPPORT,
    "support.document.read": _SUPPORT,
    "support.document.take": _SUPPORT,
    "support.document.release": _SUPPORT,
    "support.document.decide": _SUPPORT,
    "registry.organizations.read": PUBLIC,
    "registry.dictionary.read": PUBLIC,
    "registry.dictionary.search": PUBLIC,
    "registry.dictionary.versions": PUBLIC,
    "registry.dictionary.item": PUBLIC,
}
