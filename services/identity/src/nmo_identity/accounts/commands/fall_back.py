"""What a person keeps when the way in that proved them is gone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from nmo_identity.accounts.rules import LOCAL, ProofLevel
from nmo_identity.accounts.tables import Account, Person


def fall_back(person: Person, left: Iterable[Account], *, now: datetime) -> list[str]:
    """Give up what no way in of the `left` ones proves; names of what changed. The row is locked, the caller stores it.

    The number is free then: its owner, signing in by ЕСИА again, must not be refused because of a proof that is gone.
    """
    ways = list(left)
    if any(row.level >= ProofLevel.ESIA_PROVEN for row in ways):
        return []
    changed = []
    if person.confirmed and not any(row.provider_key == LOCAL and row.state == "active" for row in ways):
        person.confirmed = False
        changed.append("confirmed")
    if person.snils_level == ProofLevel.ESIA_PROVEN:
        person.snils_level, person.holds_snils = ProofLevel.SELF_TYPED, False
        changed.append("snils")
    if changed:
        person.updated_at = now
    return changed
