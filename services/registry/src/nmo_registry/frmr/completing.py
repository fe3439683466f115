"""What an answer of the register leaves out is what is known already: a missing block is not an empty one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar, cast
from uuid import UUID

from nmo_registry.frmr.record import (
    BLOCKS,
    EDUCATION_PARTS,
    Block,
    Category,
    Child,
    Document,
    Education,
    Part,
    Record,
)

KeyedT = TypeVar("KeyedT", Document, Category)


def part_of(block: Block, child: Child) -> Part:
    """The part that an item of a block came in."""
    return EDUCATION_PARTS[child.kind] if isinstance(child, Education) else cast("Part", block)


def completed(fetched: Record, stored: Record | None) -> Record:
    """Fill what an answer did not carry, or not whole, with what is known already.

    Of such a part nothing goes: what the answer has is taken, what it has not stays. Without the professional education
    the level of a specialty is only guessed, so that a document known under the same name stays with its key.
    """
    if not fetched.absent:
        return fetched
    whole = replace(fetched, absent=frozenset(), faults=())
    if stored is None:
        return whole
    if "professional_education" in fetched.absent:
        whole = replace(
            whole,
            certificates=_with_known_keys(whole.certificates, stored.certificates),
            accreditations=_with_known_keys(whole.accreditations, stored.accreditations),
            categories=_with_known_keys(whole.categories, stored.categories),
        )
    filled: dict[str, Any] = {block: _filled(block, whole, stored, fetched.absent) for block in BLOCKS}
    return replace(whole, **filled)


def _filled(block: Block, fetched: Record, stored: Record, absent: frozenset[Part]) -> tuple[Child, ...]:
    items: dict[UUID, Child] = {
        item.id: item for item in getattr(stored, block) if part_of(block, item) in absent
    }
    items.update((item.id, item) for item in getattr(fetched, block))
    return tuple(items[identifier] for identifier in sorted(items))


def _with_known_keys(fetched: tuple[KeyedT, ...], stored: tuple[KeyedT, ...]) -> tuple[KeyedT, ...]:
    keys = {(item.id, item.specialty_name): item.specialty_key for item in stored}
    return tuple(
        replace(item, specialty_key=keys.get((item.id, item.specialty_name), item.specialty_key))
        for item in fetched
    )
