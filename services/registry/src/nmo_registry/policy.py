"""Who may do what in the registry: the reviewed matrix."""

from nmo_kit.auth import PUBLIC, Policy, Rule

OPEN_CABINET = {"full", "limited"}
"""A person who is not in the register is let in too, and is told so."""

POLICY: Policy = {
    "registry.match": Rule(roles={"service"}, clients={"identity"}, scope="any"),
    "registry.known": Rule(roles={"service"}, clients={"identity"}, scope="any"),
    "registry.employments.disclose": Rule(roles={"service"}, clients={"applications"}, scope="any"),
    "registry.sync.run": Rule(roles={"service", "admin"}, scope="any"),
    "registry.sync.read": Rule(roles={"service", "admin", "support"}, scope="any"),
    "registry.exchange.read": Rule(roles={"admin"}, scope="any"),
    "registry.exchange.again": Rule(roles={"admin"}, scope="any"),
    "registry.exchange.retry": Rule(roles={"admin"}, scope="any"),
    "registry.books.read": Rule(roles={"service", "admin", "support"}, scope="any"),
    "registry.books.fetch": Rule(roles={"service", "admin"}, scope="any"),
    "registry.books.pin": Rule(roles={"admin"}, scope="any"),
    "registry.books.unpin": Rule(roles={"admin"}, scope="any"),
    "registry.books.successors": Rule(roles={"admin"}, scope="any"),
    "registry.card.read": Rule(roles={"specialist"}, consent=True, entry=OPEN_CABINET),
    "registry.documents.read": Rule(roles={"specialist"}, consent=True, entry=OPEN_CABINET),
    "registry.dictionary.read": PUBLIC,
    "registry.dictionary.search": PUBLIC,
    "registry.dictionary.versions": PUBLIC,
    "registry.dictionary.item": PUBLIC,
}
