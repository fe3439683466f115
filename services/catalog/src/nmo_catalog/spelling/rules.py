"""Which known word a mistyped one stands for: pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

MIN_LENGTH: Final = 4
"""Shorter words are not corrected: almost any short word is near to another."""
_MEDIUM, _LONG = 6, 11
_LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
_CYRILLIC = "ёйцукенгшщзхъфывапролджэячсмитьбю"
_TO_CYRILLIC = str.maketrans(_LATIN + _LATIN.upper(), _CYRILLIC + _CYRILLIC.upper())


def allowed_edits(length: int) -> int:
    """How many mistakes a word of this length may hold."""
    if length < MIN_LENGTH:
        return 0
    if length < _MEDIUM:
        return 1
    return 2 if length < _LONG else 3


def edit_distance(left: str, right: str) -> int:
    """Number of single letters inserted, left out, replaced or swapped with the neighbour."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        older, before = before, row
        row = [i]
        for j, b in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]


def nearest(word: str, candidates: Iterable[tuple[str, int]]) -> str | None:
    """The candidate meant by `word`: fewest mistakes, then the more frequent; None if all are too far.

    Args:
        word: what was typed, in lower case.
        candidates: known words with the number of cards they occur in.
    """
    limit = allowed_edits(len(word))
    ranked = sorted((edit_distance(word, known), -documents, known) for known, documents in candidates)
    if not ranked or not limit or ranked[0][0] > limit:
        return None
    return ranked[0][2]


def in_cyrillic_layout(text: str) -> str | None:
    """What the same keys give in the Russian layout; None if the text has Cyrillic letters already."""
    if any("а" <= char <= "я" or char == "ё" for char in text.lower()):
        return None
    switched = text.translate(_TO_CYRILLIC)
    return switched if any("а" <= char <= "я" for char in switched.lower()) else None
