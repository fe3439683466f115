"""Cells of the reviewed matrix: a route, a kind of caller, whose object it is, and what must come of it.

Everything expected is read from `tests/authz_matrix.csv`; nothing here knows the rules of the services.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.authz import Row, matrix

FIRST, SECOND = "first", "second"
OWNED = (
    "cycle_id", "plan_item_id", "application_id", "subscription_id", "event_id", "role_request_id", "membership_id",
    "sid", "request_id",
)  # fmt: skip
"""Parts of addresses that name something of somebody's."""
ONE_TIME = "portal-requests"
"""Names a sign-in under way at a partner's site: whoever brings it is who began it."""
CLIENTS = ("gateway", "identity", "registry", "cycles", "catalog", "applications", "notifications")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of caller. `owns` says whose things are theirs, `organization` whose applications they decide on."""

    name: str
    roles: frozenset[str] = frozenset()
    entry: str = "full"
    consent: bool = True
    owns: str = ""
    organization: str = ""
    client_id: str = "gateway"

    @property
    def is_known(self) -> bool:
        """Whether they come with proof of who they are."""
        return bool(self.roles)


def _person(name: str, *roles: str, **more: str | bool) -> Kind:
    return Kind(name, frozenset({"person", *roles}), **more)  # type: ignore[arg-type]


GUESTS = (Kind("guest"), Kind("garbage bearer"))
PEOPLE = (
    _person("unverified", entry="unverified", consent=False),
    _person("restricted", entry="restricted"),
    _person("unconfirmed", entry="unconfirmed", consent=False),
    _person("no consent", "specialist", entry="unmatched", consent=False),
    _person("conflict", "specialist", entry="conflict"),
    _person("weak", "specialist", entry="weak"),
    _person("not in the register", "specialist", entry="limited"),
    _person("specialist", "specialist", owns=FIRST),
    _person("second specialist", "specialist", owns=SECOND),
    _person("org-staff", "org_staff", organization=FIRST),
    _person("org-admin", "org_admin", organization=FIRST),
    _person("org-admin of another organisation", "org_admin", organization=SECOND),
    _person("staff of another organisation", "specialist", "org_staff", organization=SECOND),
    _person("head", "head", organization="clinic"),
    _person("hr", "hr", organization="clinic"),
    _person("support", "support"),
    _person("admin", "admin"),
)
PARTNERS = (
    Kind("partner", frozenset({"partner"}), owns=FIRST, client_id="partner"),
    Kind("second partner", frozenset({"partner"}), owns=SECOND, client_id="partner"),
)
SERVICES = tuple(Kind(f"service {name}", frozenset({"service"}), client_id=name) for name in CLIENTS)
OUTSIDE = (*GUESTS, *PEOPLE, *PARTNERS)
"""Whoever calls the gateway."""
INSIDE = (*GUESTS, Kind("headers made up"), *SERVICES)
"""Whoever calls a service past the gateway; persons too where a route is not for the outside."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One question. `whose` is empty where the address names nobody's thing."""

    row: Row
    kind: Kind
    whose: str = ""
    inside: bool = False

    @property
    def name(self) -> str:
        """For people."""
        thing = f", thing of the {self.whose}" if self.whose else ""
        return f"{self.kind.name} → {self.row.name}{thing}{', past the gateway' if self.inside else ''}"

    @property
    def expected(self) -> int:
        """401, 403 or 404; 0 where the caller is let in."""
        if self.row.path.startswith("/internal/") and not self.inside:
            return 404
        if not self.row.roles:
            return self._of_garbage
        if not self.kind.is_known:
            return 401
        if not self._may_act:
            return 403
        return 0 if self._is_theirs else 404

    @property
    def leaves_traces(self) -> bool:
        """Whether something may come of it: let in, and not to read only."""
        return self.expected == 0 and self.row.method != "GET"

    @property
    def _of_garbage(self) -> int:
        """A bad token is refused where tokens are read, though nobody needs one there."""
        reads_tokens = not self.row.own_proof and (self.inside or self.row.path.startswith("/api/"))
        return 401 if self.kind.name == "garbage bearer" and reads_tokens else 0

    @property
    def _may_act(self) -> bool:
        row, kind = self.row, self.kind
        return bool(
            kind.roles & row.roles
            and kind.entry in row.entry
            and (kind.consent or not row.consent)
            and (not row.systems or kind.client_id in row.systems)
            and (row.scope != "organization" or kind.organization)
        )

    @property
    def _is_theirs(self) -> bool:
        if not self.whose or self.row.scope == "any":
            return True
        mine = self.kind.organization if self.row.scope == "organization" else self.kind.owns
        return mine == self.whose


def cells() -> Iterator[Cell]:
    """Every route × every kind of caller × own and other object, by the gateway and past it."""
    for row in matrix():
        names_somebodys = any(f"{{{name}}}" in row.path for name in OWNED) and ONE_TIME not in row.path
        owners = (FIRST, SECOND) if names_somebodys else ("",)
        inside = (*INSIDE, *PEOPLE, *PARTNERS) if row.path.startswith("/internal/") else INSIDE
        for whose in owners:
            for kind in OUTSIDE:
                yield Cell(row, kind, whose)
            for kind in inside:
                yield Cell(row, kind, whose, inside=True)
