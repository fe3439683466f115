"""I14: nothing is done for a purpose after its consent was taken back.

Identity asks its own tables, so it stops at once; a service stops when it has heeded the answer, within a minute; what
a person does by themselves ends with the tokens that still tell of the consent, within the same minute.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.chaos.checker.i8_read_models import HEEDING
from tests.chaos.checker.snapshot import Snapshot
from tests.chaos.checker.verdict import Inspection

WITHDRAWALS = "withdrawn consents"
AT_ONCE, HEED_WITHIN = timedelta(seconds=15), timedelta(seconds=60)
"""An answer takes its time from the request; its transaction may commit later, after waiting for a row."""
MAIN, ORGANISATION, EMPLOYER, PARTNERS, SMS = (
    "data_transfer",
    "organisation_transfer",
    "employer_transfer",
    "partner_transfer",
    "sms_messages",
)
OWN_ACTS = (("cycles", "cycles."), ("applications", "applications.application."))
"""What only a person with the main consent may do: service and beginning of the journal's action."""
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Closed:
    """One purpose of one person, from its withdrawal until the next agreement."""

    event_id: Any
    person_id: Any
    purpose: str
    since: datetime
    until: datetime

    def holds(self, at: datetime, grace: timedelta) -> bool:
        """The moment lies in it, and the grace is over."""
        return self.since + grace < at < self.until


def inspect(snapshot: Snapshot) -> Inspection:
    """Each withdrawal against its acknowledgements and against everything dated that its purpose covers."""
    found = Inspection(WITHDRAWALS)
    closed = list(_closed(snapshot))
    found.saw(WITHDRAWALS, len(closed))
    _heeded(snapshot, closed, found)
    _compared(snapshot, _of(closed, MAIN), found)
    _told_organisations(snapshot, _of(closed, ORGANISATION), found)
    _told_employers(snapshot, _of(closed, EMPLOYER), found)
    _acted(snapshot, _of(closed, MAIN), found)
    _told_partners(snapshot, _of(closed, PARTNERS), found)
    _texted(snapshot, _of(closed, SMS), found)
    return found


def _closed(snapshot: Snapshot) -> Iterator[Closed]:
    answers = defaultdict(list)
    for row in snapshot.rows("identity", "consent_event"):
        if row["kind"] != "refused":
            answers[row["person_id"], row["purpose"]].append(row)
    for (person_id, purpose), rows in answers.items():
        for row, after in zip(rows, [*rows[1:], None], strict=True):
            if row["kind"] == "withdrawn":
                until = after["at"] if after is not None else _NEVER
                yield Closed(row["id"], person_id, purpose, row["at"], until)


def _of(closed: Sequence[Closed], purpose: str) -> dict[Any, list[Closed]]:
    found = defaultdict(list)
    for one in closed:
        if one.purpose == purpose:
            found[one.person_id].append(one)
    return found


def _heeded(snapshot: Snapshot, closed: Sequence[Closed], found: Inspection) -> None:
    """Each service gave its word; while nothing was struck, in time."""
    words = {
        (row["event_id"], row["service"]): row["applied_at"]
        for row in snapshot.rows("identity", "consent_acknowledgement")
    }
    calm = not snapshot.history.faults
    for one in closed:
        for service in HEEDING:
            at = words.get((one.event_id, service))
            if at is None:
                found.wrong(f"{service}: has not heeded answer {one.event_id}, {one.purpose}")
            elif calm and at - one.since > HEED_WITHIN:
                late = (at - one.since).total_seconds()
                found.wrong(f"{service}: heeded answer {one.event_id}, {one.purpose}, after {late:.0f} s")


def _compared(snapshot: Snapshot, closed: dict[Any, list[Closed]], found: Inspection) -> None:
    for row in snapshot.rows("identity", "match_result"):
        if any(one.holds(row["matched_at"], AT_ONCE) for one in closed.get(row["person_id"], ())):
            spot = f"identity.match_result: {row['id']} was compared after the consent was taken back"
            found.wrong(spot)


def _told_organisations(snapshot: Snapshot, closed: dict[Any, list[Closed]], found: Inspection) -> None:
    for row in snapshot.rows("identity", "journal"):
        if row["action"] != "person.read" or row["purpose"] != "application_queue":
            continue
        if any(one.holds(row["at"], AT_ONCE) for one in closed.get(row["person_id"], ())):
            found.wrong(f"identity.journal: {row['id']} tells organisations after the consent was taken back")


def _told_employers(snapshot: Snapshot, closed: dict[Any, list[Closed]], found: Inspection) -> None:
    for row in snapshot.rows("registry", "journal"):
        if row["action"] != "registry.staff.read":
            continue
        if any(one.holds(row["at"], HEED_WITHIN) for one in closed.get(row["person_id"], ())):
            found.wrong(f"registry.journal: {row['id']} tells an employer after the consent was taken back")


def _acted(snapshot: Snapshot, closed: dict[Any, list[Closed]], found: Inspection) -> None:
    for service, beginning in OWN_ACTS:
        for row in snapshot.rows(service, "journal"):
            own = row["actor"] == str(row["person_id"]) and row["action"].startswith(beginning)
            if not own or row["result"] != "ok":
                continue
            if any(one.holds(row["at"], HEED_WITHIN) for one in closed.get(row["person_id"], ())):
                spot = f"{service}.journal: {row['action']} of {row['object']}"
                found.wrong(f"{spot} was done after the consent was taken back")


def _told_partners(snapshot: Snapshot, closed: dict[Any, list[Closed]], found: Inspection) -> None:
    """At rest the logs say nothing of them, whenever it was written."""
    silent = {person_id for person_id, rows in closed.items() if rows[-1].until == _NEVER}
    for row in snapshot.rows("notifications", "partner_event"):
        if row["person_id"] in silent and row["body"] is not None:
            spot = f"notifications.partner_event: {row['client_id']} {row['seq']}"
            found.wrong(f"{spot} tells of somebody who took the consent back")


def _texted(snapshot: Snapshot, closed: dict[Any, list[Closed]], found: Inspection) -> None:
    for row in snapshot.rows("notifications", "delivery_job"):
        if row["channel"] != "sms" or row["state"] != "sent":
            continue
        if any(one.holds(row["finished_at"], HEED_WITHIN) for one in closed.get(row["person_id"], ())):
            found.wrong(f"notifications.delivery_job: {row['id']} was sent after the consent was taken back")
