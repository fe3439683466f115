"""Faults of the change feed and of single cards, which the readers of the register must bear."""

from typing import Any

from nmo_sandbox.common.faults import Fault, FaultBoard
from nmo_sandbox.frmr.state import Card, Change

FEED_FAULTS = (
    Fault("feed_half", "a page of the change feed holds half the entries asked for, though more are left"),
    Fault("feed_empty", "pages of the change feed are empty, though entries are left"),
    Fault("feed_twice", "every entry of the change feed stands in its page twice"),
    Fault(
        "feed_disorder",
        "a page comes in reverse order, and after every n-th person an old entry of their removal",
        2,
    ),
    Fault("feed_shape", "a page of the change feed lacks the next cursor"),
    Fault("card_encoding", "every n-th person's card is answered in another encoding (windows-1251)", 3),
    Fault("card_field", "every n-th person's card lacks the birth date", 3),
    Fault("schema_new", "cards and pages carry fields that nobody described"),
)


def faulty_limit(faults: FaultBoard, limit: int) -> int:
    """How many entries a page may hold."""
    return max(1, limit // 2) if faults.on("feed_half") else limit


def faulty_entries(faults: FaultBoard, found: list[Change]) -> list[dict[str, Any]]:
    """Entries of a page as they are answered."""
    if faults.on("feed_empty"):
        return []
    disorder = int(faults.number("feed_disorder"))
    content = []
    for number, item in enumerate(reversed(found) if disorder else found, start=1):
        entry = {
            "oid": item.oid, "changeSeq": item.change_seq, "changedAt": item.changed_at, "removed": item.removed,
        }  # fmt: skip
        content.append(entry)
        if disorder and number % disorder == 0:
            content.append({**entry, "changeSeq": item.change_seq - 1, "removed": True})
        if faults.on("feed_twice"):
            content.append(entry)
    return content


def faulty_card(faults: FaultBoard, card: Card) -> Card:
    """The card as it is answered."""
    changed = dict(card)
    if faults.on("schema_new"):
        changed |= {"futureBlock": [{"deep": {"er": [1, None]}}], "lastNameLatin": None}
        changed["personCards"] = [{**job, "remoteShare": 0.5} for job in changed.get("personCards") or []]
    if _is_nth(card, faults.number("card_field")):
        changed.pop("birthDate", None)
    return changed


def in_another_encoding(faults: FaultBoard, card: Card) -> bool:
    """Whether this card's answer comes in windows-1251."""
    return _is_nth(card, faults.number("card_encoding"))


def _is_nth(card: Card, every: float) -> bool:
    """By the person's number, so that the same person is struck each time."""
    return bool(every) and int(str(card["oid"])[-4:]) % int(every) == 0
