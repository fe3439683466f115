"""Matches as events: outcome and names of fields, never values."""

from __future__ import annotations

from typing import cast

from nmo_contracts.base import EventPayload
from nmo_contracts.identity import MatchCorrectedV1, MatchOutcome, PersonMatchedV1, PersonMismatchedV1
from nmo_identity.matching.rules import mismatched_fields
from nmo_identity.matching.tables import MatchResult


def of_result(row: MatchResult) -> EventPayload | None:
    """The event of a comparison; a weak one tells nothing before the person's own word."""
    outcome = cast("MatchOutcome", row.outcome)
    if row.outcome in {"exact", "equivalent"} and row.specialist_id is not None:
        return PersonMatchedV1(
            person_id=row.person_id,
            specialist_id=row.specialist_id,
            outcome=outcome,
            matched_at=row.matched_at,
        )
    if row.outcome in {"conflict", "not_found"}:
        return PersonMismatchedV1(
            person_id=row.person_id,
            outcome=outcome,
            fields=mismatched_fields(row.outcome, row.fields),
            matched_at=row.matched_at,
        )
    return None


def of_confirmation(row: MatchResult) -> EventPayload | None:
    """The person confirmed a weak match."""
    if row.specialist_id is None:
        return None
    return PersonMatchedV1(
        person_id=row.person_id,
        specialist_id=row.specialist_id,
        outcome=cast("MatchOutcome", row.outcome),
        matched_at=row.matched_at,
    )


def of_correction(row: MatchResult) -> EventPayload:
    """A check that nobody asked for found that the obstacle is gone."""
    return MatchCorrectedV1(
        person_id=row.person_id, outcome=cast("MatchOutcome", row.outcome), matched_at=row.matched_at
    )
