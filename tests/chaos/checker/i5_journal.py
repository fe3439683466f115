"""I5: each change and each sign-in has exactly one row in its service's journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from tests.chaos.checker.snapshot import Event, Snapshot
from tests.chaos.checker.verdict import Inspection

Line = tuple[str, str]
"""Action and object of a journal row; the person stands for the object where the row names only a provider or text."""
Told = Callable[[Event], Line]

_OF_EVENTS: dict[str, Told] = {
    "catalog.seat.held.v1": lambda event: ("catalog.seat.held", _object("application", event)),
    "catalog.seat.refused.v1": lambda event: ("catalog.seat.refused", _object("application", event)),
    "catalog.seat.released.v1": lambda event: ("catalog.seat.released", _object("application", event)),
    "cycles.cycle.opened.v1": lambda event: ("cycles.cycle.open", _object("cycle", event)),
    "cycles.cycle.confirmed.v1": lambda event: ("cycles.cycle.confirm", _object("cycle", event)),
    "cycles.cycle.document_found.v1": lambda event: (
        "cycles.cycle.document_back",
        _object("cycle", event),
    ),
    "cycles.cycle.document_lost.v1": lambda event: ("cycles.cycle.document_gone", _object("cycle", event)),
    "cycles.cycle.closed.v1": lambda event: ("cycles.cycle.end", _object("cycle", event)),
    "cycles.plan_item.added.v1": lambda event: ("cycles.plan.choose", _object("plan_item", event)),
    "cycles.plan_item.removed.v1": lambda event: ("cycles.plan.remove", _object("plan_item", event)),
    "cycles.credit.recorded.v1": lambda event: ("cycles.credit.record", f"credit/{event.data['entry_id']}"),
    "cycles.credit.reversed.v1": lambda event: (
        "cycles.credit.reverse",
        f"credit/{event.data['reversed_entry_id']}",
    ),
    "identity.person.registered.v1": lambda event: ("account.registered", _object("person", event)),
}
"""Changes that are told: event type to the journal row of the same transaction."""
_SAME = {"cycles.cycle.close": "cycles.cycle.end", "cycles.cycle.delete": "cycles.cycle.end"}
"""A cycle ends by the calendar or by its owner; both are told by one event."""
_BY_PERSON = frozenset({"login.succeeded", "consent.granted", "consent.refused", "consent.withdrawn"})

SILENT = frozenset({"cycles.cycle.edit", "cycles.cycle.follow_document"})
"""Changes of a cycle that no event tells."""

WITHDRAWN = "an effect of a withdrawal: it came with its event, which I1 follows"


def _because(reasons: dict[str, tuple[str, ...]]) -> dict[str, str]:
    return {action: reason for reason, actions in reasons.items() for action in actions}


NOT_COMPARED = {
    "identity": _because(
        {
            "nothing was changed": (
                "code.refused",
                "link.conflict",
                "link.refused",
                "login.refused",
                "match.refused",
                "oidc.code_refused",
                "password.change_refused",
                "registration.number_used",
                "second_step.refused",
                "session.reused",
            ),
            "a disclosure, not a change": ("journal.exported", "person.read"),
            "what it began is deleted when it ends or runs out": (
                "contact.change_begun",
                "contact.changed",
                "contact.confirmed",
                "contact.undone",
                "letter.failed",
                "letter.sent",
                "link.dismissed",
                "link.left",
                "link.started",
                "recovery.asked",
                "recovery.finished",
                "registration.received",
                "role.requested",
                "role.request_withdrawn",
                "second_step.passed",
            ),
            "the row that it changes keeps its last state only": (
                "account.closed",
                "account.frozen",
                "account.thawed",
                "client.disabled",
                "client.enabled",
                "client.grant.given",
                "client.grant.refused",
                "client.grant.revoked",
                "client.registered",
                "client.secret_changed",
                "erasure.begun",
                "erasure.cancelled",
                "erasure.concluded",
                "erasure.ordered",
                "link.added",
                "link.removed",
                "links.confirmed",
                "login.confirmed",
                "login.unlocked",
                "password.changed",
                "person.changed_by_support",
                "questionnaire.filled",
                "recovery_codes.renewed",
                "risk.noticed",
                "second_step.off",
                "second_step.on",
                "workplace.chosen",
            ),
            "it stands beside `membership.revoked`, which is compared": ("role.revoked",),
            "one of many rows whose change is told by the event `person.changed`": ("person.changed",),
            "its code is deleted after a day": ("oidc.authorized",),
            "the tokens it revoked are deleted after a day": ("oidc.code_reused", "oidc.refresh_reused"),
            "its task is deleted once it is made up for": ("match.postponed",),
            "keys change by the clock, nobody asks for it": ("signing_key.rotated",),
        }
    ),
    "registry": {
        "consent.withdrawal_applied": WITHDRAWN,
        "registry.match": "a disclosure, not a change",
        "registry.employments.disclose": "a disclosure, not a change",
        "registry.staff.read": "a disclosure, not a change",
    },
    "cycles": {
        "consent.withdrawal_applied": WITHDRAWN,
    }
    | dict.fromkeys(SILENT, "compared by the cycle's version"),
    "applications": {
        "consent.withdrawal_applied": WITHDRAWN,
        "applications.applicant.hidden": WITHDRAWN,
        "applications.change.disclose": "a disclosure, not a change",
        "organization.application.read": "a disclosure, not a change",
        "support.request.read": "a disclosure, not a change",
    }
    | {
        f"applications.request.{what}": "a request to support keeps its last state only"
        for what in (
            "answer",
            "applied",
            "approve",
            "close",
            "decide",
            "escalate",
            "not_applied",
            "open",
            "propose",
            "reject",
            "release",
            "reply",
            "take",
            "withdraw",
        )
    },
    "catalog": {"consent.withdrawal_applied": WITHDRAWN},
    "notifications": {
        "consent.withdrawal_applied": WITHDRAWN,
    }
    | {
        f"notifications.subscription.{what}": "leaves no row of its own"
        for what in ("ping", "replay", "resume", "rotate")
    },
}
"""Journal rows that no row is compared with, and why; whatever else stands in a journal is compared."""


def inspect(snapshot: Snapshot) -> Inspection:
    """What the tables and events tell of, against the journals, as multisets: missing and doubled rows are named."""
    expected = {
        "identity": _identity(snapshot),
        "catalog": _told(snapshot, "catalog"),
        "cycles": _told(snapshot, "cycles"),
        "applications": _applications(snapshot),
        "notifications": _notifications(snapshot),
    }
    found = Inspection("sign-ins", *(f"{service}.journal" for service in expected))
    found.saw("sign-ins", len(snapshot.rows("identity", "auth_session")))
    for service, lines in expected.items():
        _compare(snapshot, service, Counter(lines), found)
    _cycle_edits(snapshot, found)
    return found


def _compare(snapshot: Snapshot, service: str, expected: Counter[Line], found: Inspection) -> None:
    written: Counter[Line] = Counter()
    for row in snapshot.rows(service, "journal"):
        action = _SAME.get(row["action"], str(row["action"]))
        if action not in NOT_COMPARED.get(service, ()):
            found.saw(f"{service}.journal")
            written[action, f"person/{row['person_id']}" if action in _BY_PERSON else row["object"]] += 1
    for line in sorted(expected.keys() | written.keys()):
        due, there = expected[line], written[line]
        if due != there:
            spot = f"{service}.journal: {line[0]} of {line[1]} stands {there} times"
            found.wrong(f"{spot}, the change was made {due} times")


def _object(kind: str, event: Event) -> str:
    return f"{kind}/{event.data[kind + '_id']}"


def _told(snapshot: Snapshot, service: str) -> Iterable[Line]:
    for event in snapshot.events:
        told = _OF_EVENTS.get(event.type)
        if told is not None and event.service == service:
            yield told(event)


def _identity(snapshot: Snapshot) -> Iterable[Line]:
    yield from _told(snapshot, "identity")
    for row in snapshot.rows("identity", "auth_session"):
        yield "login.succeeded", f"person/{row['person_id']}"
        if row["ended_at"] is not None:
            yield "session.ended", f"session/{row['sid']}"
        if row["end_reason"] == "logout":
            yield "logout", f"session/{row['sid']}"
    for row in snapshot.rows("identity", "consent_event"):
        yield f"consent.{row['kind']}", f"person/{row['person_id']}"
    for row in snapshot.rows("identity", "match_result"):
        yield "match.checked", f"match/{row['reference']}"
    for row in snapshot.rows("identity", "match_confirmation"):
        yield "match.confirmed", f"match/{row['reference']}"
    yield from _roles(snapshot)


def _roles(snapshot: Snapshot) -> Iterable[Line]:
    for row in snapshot.rows("identity", "role_grant"):
        yield "role.granted", f"role_grant/{row['id']}"
    for row in snapshot.rows("identity", "role_request"):
        if row["state"] in {"granted", "refused"}:
            yield f"role.request_{row['state']}", f"role_request/{row['id']}"
    for row in snapshot.rows("identity", "membership"):
        yield "membership.granted", f"membership/{row['id']}"
        if row["revoked_at"] is not None:
            yield "membership.revoked", f"membership/{row['id']}"


def _applications(snapshot: Snapshot) -> Iterable[Line]:
    for move in snapshot.rows("applications", "application_move"):
        yield f"applications.application.{move['action']}", f"application/{move['application_id']}"
    for row in snapshot.rows("applications", "application"):
        for _ in range(row["form_version"] - 1):
            yield "applications.application.edit", f"application/{row['id']}"
    for document in snapshot.rows("applications", "issued_document"):
        yield "applications.document.issue", f"document/{document['id']}"


def _notifications(snapshot: Snapshot) -> Iterable[Line]:
    for row in snapshot.rows("notifications", "subscription"):
        yield "notifications.subscription.subscribe", f"subscription/{row['id']}"
        if row["state"] == "deleted":
            yield "notifications.subscription.unsubscribe", f"subscription/{row['id']}"


def _cycle_edits(snapshot: Snapshot, found: Inspection) -> None:
    """Every version of a cycle is an event told of it or a silent edit; each silent edit has its row."""
    told = Counter(event.key for event in snapshot.events if event.key.startswith("cycle/"))
    silent = Counter(row["object"] for row in snapshot.rows("cycles", "journal") if row["action"] in SILENT)
    for row in snapshot.rows("cycles", "cycle"):
        key = f"cycle/{row['id']}"
        edits = row["version"] - told[key]
        if edits != silent[key]:
            spot = f"cycles.journal: {silent[key]} edits of {key} are written, {edits} were made"
            found.wrong(spot)
