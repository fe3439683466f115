"""I8: every copy equals its source once all is healed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from nmo_contracts.acknowledgements import RegistryPersonForgottenV1
from nmo_contracts.identity import PersonMatchedV1, PersonMismatchedV1
from tests.chaos.checker.i3_seats import taken_before
from tests.chaos.checker.snapshot import Snapshot
from tests.chaos.checker.verdict import Inspection

CARDS = (
    "cycles.catalog_element_copy",
    "applications.catalog_element_copy",
    "notifications.catalog_element_copy",
)
APPLICATIONS = "cycles.applications_application_copy"
DOCUMENTS = "cycles.registry_document_copy"
SPECIALTIES = (("catalog", "specialty"), ("cycles", "specialty_copy"))
RECORDS = "registry.person_record"
HEEDING = ("registry", "cycles", "applications", "notifications")
"""Who keeps a copy of people's consents."""
CONSENTS = tuple(f"{service}.identity_consent_copy" for service in HEEDING)
SEATS, COUNTERS = "applications.application.seat", "catalog.element.seats_held"
MATCHES, CONFIRMED = "identity.match_result", "cycles.cycle.confirmed_at"
SESSIONS = "gateway.browser_session"
MATCH_WORDS = frozenset({PersonMatchedV1.type_name, PersonMismatchedV1.type_name})


def inspect(snapshot: Snapshot) -> Inspection:
    """Each copy against what it was made from, in both directions where both sides must have the row."""
    found = Inspection(
        *CARDS,
        APPLICATIONS,
        DOCUMENTS,
        *CONSENTS,
        *(".".join(copy) for copy in SPECIALTIES),
        RECORDS,
        SEATS,
        COUNTERS,
        MATCHES,
        CONFIRMED,
        SESSIONS,
    )
    _cards(snapshot, found)
    _applications(snapshot, found)
    _documents(snapshot, found)
    _consents(snapshot, found)
    _specialties(snapshot, found)
    _records(snapshot, found)
    _seats(snapshot, found)
    _matches(snapshot, found)
    _confirmed(snapshot, found)
    _sessions(snapshot, found)
    return found


def _equal(found: Inspection, copy: str, mine: Mapping[str, Any], source: Mapping[str, Any], of: str) -> None:
    """Same ids with same values; names each id where they differ."""
    found.saw(copy, len(mine))
    for key in sorted(mine.keys() | source.keys()):
        if key not in mine:
            found.wrong(f"{copy}: {key} is missing, {of} has it")
        elif key not in source:
            found.wrong(f"{copy}: {key} is there, {of} has none")
        elif mine[key] != source[key]:
            found.wrong(f"{copy}: {key} differs from {of}")


def _cards(snapshot: Snapshot, found: Inspection) -> None:
    elements = snapshot.rows("catalog", "element")
    for service, kinds in (("cycles", None), ("applications", {"programme"}), ("notifications", None)):
        copies = snapshot.rows(service, "catalog_element_copy")
        with_state = service != "notifications"
        mine = {
            str(row["element_id"]): (row["digest"], row["archived"] if with_state else False)
            for row in copies
        }
        source = {
            str(row["id"]): (row[f"for_{service}"], with_state and row["status"] != "published")
            for row in elements
            if kinds is None or row["kind"] in kinds
        }
        _equal(found, f"{service}.catalog_element_copy", mine, source, "catalog.element")


def _applications(snapshot: Snapshot, found: Inspection) -> None:
    versions: dict[str, int] = {}
    for event in snapshot.events:
        if event.type.startswith("applications.application."):
            key = event.data["application_id"]
            versions[key] = max(event.version, versions.get(key, 0))
    mine = {
        str(row["application_id"]): (
            row["number"],
            row["status"],
            row["plan_item_id"],
            row["cycle_id"],
            row["reason_code"] if row["status"] == "rejected" else None,
            row["version"],
        )
        for row in snapshot.rows("cycles", "applications_application_copy")
    }
    source = {}
    for row in snapshot.rows("applications", "application"):
        status = "deleted" if row["deleted_at"] is not None else row["status"]
        reason = (row["reason_code"] or "rejected") if status == "rejected" else None
        version = versions.get(str(row["id"]))
        source[str(row["id"])] = (
            row["number"],
            status,
            row["plan_item_id"],
            row["cycle_id"],
            reason,
            version,
        )
    _equal(found, APPLICATIONS, mine, source, "applications.application")


def _documents(snapshot: Snapshot, found: Inspection) -> None:
    copies = {
        str(row["document_id"]): row["digest"] for row in snapshot.rows("cycles", "registry_document_copy")
    }
    documents = snapshot.rows("registry", "admission_document")
    source = {str(row["id"]): row["digest"] for row in documents if row["removed_at"] is None}
    # The mirror keeps what the register no longer shows, and so do the copies; only their values are past.
    past = {str(row["id"]) for row in documents} - source.keys()
    mine = {key: digest for key, digest in copies.items() if key not in past}
    _equal(found, DOCUMENTS, mine, source, "registry.admission_document")
    gone = {str(row["id"]): row["gone"] for row in documents}
    for row in snapshot.rows("cycles", "registry_document_copy"):
        key = str(row["document_id"])
        if row["gone"] != gone.get(key, row["gone"]):
            said = "gone" if row["gone"] else "shown"
            found.wrong(f"{DOCUMENTS}: {key} is held for {said}, registry.admission_document is not")
    present = {
        row["document_id"]: row["document"] for row in snapshot.rows("cycles", "registry_document_copy")
    }
    for row in snapshot.rows("cycles", "cycle"):
        if row["document_id"] is None or row["closed_at"] is not None or str(row["document_id"]) in past:
            continue
        if present.get(row["document_id"]) != row["document"]:
            found.wrong(f"cycles.cycle: {row['id']} does not show its document {row['document_id']} as it is")


def _consents(snapshot: Snapshot, found: Inspection) -> None:
    source = {
        f"{row['person_id']} {row['purpose']}": (row["kind"] == "granted", row["at"])
        for row in snapshot.rows("identity", "consent_event")
        if row["kind"] != "refused"
    }
    for service in HEEDING:
        mine = {
            f"{row['person_id']} {row['purpose']}": (row["granted"], row["at"])
            for row in snapshot.rows(service, "identity_consent_copy")
        }
        _equal(found, f"{service}.identity_consent_copy", mine, source, "identity.consent_event")


def _specialties(snapshot: Snapshot, found: Inspection) -> None:
    source = {row["key"]: row["digest"] for row in snapshot.rows("registry", "book_entry")}
    for service, table in SPECIALTIES:
        mine = {row["key"]: row["digest"] for row in snapshot.rows(service, table)}
        _equal(found, f"{service}.{table}", mine, source, "registry.book_entry")


def _records(snapshot: Snapshot, found: Inspection) -> None:
    """Whose record an account is, by identity's last word on it; who was forgotten has no link."""
    words: dict[str, tuple[datetime, str | None]] = {}
    for event in snapshot.events:
        if event.type in MATCH_WORDS:
            word = datetime.fromisoformat(event.data["matched_at"]), event.data.get("specialist_id")
            words[event.key] = max(words.get(event.key, word), word, key=lambda one: one[0])
    forgotten = {event.key for event in snapshot.events if event.type == RegistryPersonForgottenV1.type_name}
    source = {person: word[1] for person, word in words.items() if person not in forgotten}
    mine = {
        f"person/{row['person_id']}": row["specialist_id"] and str(row["specialist_id"])
        for row in snapshot.rows("registry", "person_record")
    }
    _equal(found, RECORDS, mine, source, "identity.outbox")


def _seats(snapshot: Snapshot, found: Inspection) -> None:
    holds = snapshot.by("catalog", "seat_hold", "application_id")
    mine, source = {}, {}
    for row in snapshot.rows("applications", "application"):
        hold = holds.get(row["id"])
        answered = hold is not None and hold["version"] > 0
        mine[str(row["id"])] = row["seat"]
        # Before its first submission nobody asked for a seat; unanswered at rest is as wrong as a wrong answer.
        source[str(row["id"])] = hold["state"] if hold is not None and answered else "none"
    _equal(found, SEATS, mine, source, "catalog.seat_hold")
    _counters(snapshot, found)


def _counters(snapshot: Snapshot, found: Inspection) -> None:
    """The counter of an element moves with its holds; where no seat was ever asked for it stays as it was loaded."""
    rows = snapshot.by("catalog", "element")
    totals = {str(key): row["seats_total"] for key, row in rows.items() if row["seats_total"] is not None}
    taken = taken_before(snapshot, totals)
    held = Counter(
        str(row["element_id"]) for row in snapshot.rows("catalog", "seat_hold") if row["state"] == "held"
    )
    mine = {key: rows[UUID(key)]["seats_held"] for key in taken}
    _equal(
        found,
        COUNTERS,
        mine,
        {key: taken[key] + held[key] for key in taken},
        "the holds in catalog.seat_hold",
    )


def _matches(snapshot: Snapshot, found: Inspection) -> None:
    """The newest comparison of a person names a record that the mirror has."""
    known = {row["id"] for row in snapshot.rows("registry", "specialist")}
    newest = {row["person_id"]: row for row in snapshot.rows("identity", "match_result")}
    for row in newest.values():
        found.saw(MATCHES)
        if row["specialist_id"] is not None and row["specialist_id"] not in known:
            spot = f"{MATCHES}: {row['id']} names specialist {row['specialist_id']}"
            found.wrong(f"{spot}, registry.specialist has none")


def _confirmed(snapshot: Snapshot, found: Inspection) -> None:
    """A cycle is confirmed exactly when one of its applications ever was."""
    confirmed: dict[Any, bool] = defaultdict(bool)
    applications = snapshot.by("applications", "application")
    for move in snapshot.rows("applications", "application_move"):
        if move["action"] == "confirm":
            confirmed[applications[move["application_id"]]["cycle_id"]] = True
    cycles = snapshot.rows("cycles", "cycle")
    mine = {str(row["id"]): row["confirmed_at"] is not None for row in cycles}
    source = {str(row["id"]): confirmed[row["id"]] for row in cycles}
    _equal(found, CONFIRMED, mine, source, "applications.application_move")


def _sessions(snapshot: Snapshot, found: Inspection) -> None:
    """Every session of the gateway stands on one of identity's, of the same person."""
    known = {str(row["sid"]): row["person_id"] for row in snapshot.rows("identity", "auth_session")}
    for row in snapshot.rows("gateway", "browser_session"):
        found.saw(SESSIONS)
        if known.get(row["sid"]) != row["person_id"]:
            found.wrong(f"{SESSIONS}: {row['session_id']} does not stand on session {row['sid']} of identity")
