"""Passwords that everybody uses: a sorted list of hash prefixes in the package, asked without any network.

`python -m nmo_identity.passwords.building src/nmo_identity/passwords/common.bin` makes the same file again: see
`building/words.py` for where the words come from.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from functools import cache
from importlib import resources

from nmo_identity.passwords.forms import forms_of, transliterated, unsigned

DRESS = 6
"""Signs around a word that do not make it another password."""
PREFIX = 5
"""Bytes kept of each SHA-256: about one good password of a million is refused by chance."""


def contains(password: str) -> bool:
    """True when the password, in one of the forms a guesser tries, is among the common ones."""
    tried = {form.casefold() for form in forms_of(password)}
    tried |= {unsigned(form) for form in tried}
    return any(_is_listed(prefix_of(form)) or _is_dressed_word(form) for form in tried)


def _is_dressed_word(form: str) -> bool:
    """One frequent Russian word with a few digits or signs around it: zxcvbn takes each part for a step of its own."""
    letters = [place for place, sign in enumerate(form) if sign.isalpha()]
    if not letters:
        return False
    core = form[letters[0] : letters[-1] + 1]
    return len(form) - len(core) <= DRESS and core in _spelt_words()


@cache
def _spelt_words() -> frozenset[str]:
    words = [word.casefold() for word in russian_words()]
    return frozenset([*words, *map(transliterated, words)])


def prefix_of(word: str) -> bytes:
    """What is kept of a word."""
    return hashlib.sha256(word.encode()).digest()[:PREFIX]


def size() -> int:
    """How many words the list holds."""
    return len(_prefixes())


def _is_listed(prefix: bytes) -> bool:
    known = _prefixes()
    place = bisect_left(known, prefix)
    return place < len(known) and known[place] == prefix


@cache
def _prefixes() -> list[bytes]:
    raw = (resources.files(__package__ or "") / "common.bin").read_bytes()
    return [raw[start : start + PREFIX] for start in range(0, len(raw), PREFIX)]


@cache
def russian_words() -> tuple[str, ...]:
    """Frequent Russian words and names, the commonest first."""
    text = (resources.files(__package__ or "") / "russian.txt").read_text(encoding="utf-8")
    return tuple(word for word in text.split() if word)
