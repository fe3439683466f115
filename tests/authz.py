"""The reviewed matrix of who may call what (`authz_matrix.csv`), read."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nmo_contracts.purposes import PURPOSES
from nmo_kit.auth import ANY_ENTRY, CONFIRMED, UNRESTRICTED, Rule

ENTRIES = {"any": ANY_ENTRY, "unrestricted": UNRESTRICTED, "confirmed": CONFIRMED}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the matrix; `kind` spells who gets through as the file does."""

    service: str
    method: str
    path: str
    action: str
    roles: frozenset[str]
    consent: bool
    purpose: str | None
    """The consent that the action needs beyond the main one."""
    entry: frozenset[str]
    scope: str
    systems: frozenset[str]
    own_proof: bool
    """The route reads `Authorization` by itself: a client of OAuth proves who it is there."""
    kind: str

    @property
    def name(self) -> str:
        """For people: `cycles GET /api/v1/cycles`."""
        return f"{self.service} {self.method} {self.path}"

    @property
    def rule(self) -> Rule:
        """The same as the service's policy writes it."""
        return Rule(
            roles=self.roles,
            consent=self.consent,
            purpose=self.purpose,
            entry=self.entry,
            scope=self.scope,
            clients=self.systems,
            own_proof=self.own_proof,
        )


@cache
def matrix() -> list[Row]:
    """The reviewed matrix."""
    with Path(__file__).with_name("authz_matrix.csv").open(newline="") as file:
        return [_row(line) for line in csv.DictReader(file)]


def _row(line: dict[str, str]) -> Row:
    return Row(
        service=line["service"],
        method=line["method"],
        path=line["path"],
        action=line["action"],
        roles=frozenset(line["roles"].split()) - {"everybody"},
        consent=line["consent"] != "no",
        purpose=line["consent"] if line["consent"] in PURPOSES else None,
        entry=frozenset(ENTRIES.get(line["entry"], line["entry"].split())),
        scope=line["scope"],
        systems=frozenset(line["systems"].split()),
        own_proof={"token": False, "own": True}[line["proof"]],
        kind=f"{line['roles']} / {line['entry']}" + (f": {line['systems']}" if line["systems"] else ""),
    )
