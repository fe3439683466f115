"""Spelling of names brought to one form; pure text, no tables of names.

Three keys of growing tolerance: `normalise` (what the eye cannot see), `fold` (case, dashes, ё, look-alikes)
and `squeeze` (joints between words).
"""

import re
import unicodedata

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−⁃﹘﹣－˗"), "-")
_APOSTROPHES = dict.fromkeys(map(ord, "’‘ʼʹ`´′"), "'")
# Upper-case Latin letters that look the same as Cyrillic ones (domain rules, full names).
LOOK_ALIKES = str.maketrans("ABCEHKMOPTXYË", "АВСЕНКМОРТХУЁ")
_LATIN_LOOK_ALIKES = frozenset("ABCEHKMOPTXYË")
_INVISIBLE = {"Cf", "Mn", "Me"}


def normalise(text: str) -> str:
    """Bring letters to one code and spaces to single ones; case, ё and dashes stay as written.

    Decomposed й and ё are composed, non-breaking spaces become spaces, stress marks and zero-width characters go.
    Idempotent.
    """
    # Zero-width characters go first: between a letter and its breve they would keep й from being composed.
    seen = "".join(char for char in text if unicodedata.category(char) != "Cf")
    composed = unicodedata.normalize("NFKC", seen)
    visible = "".join(char for char in composed if unicodedata.category(char) not in _INVISIBLE)
    return " ".join(unicodedata.normalize("NFKC", visible).split())


def fold(text: str) -> str:
    """Make the key under which two spellings are equivalent: case, dashes, ё/е, Latin look-alikes.

    A word is read as Cyrillic only when each of its Latin letters has a Cyrillic twin; a truly Latin word stays.
    Idempotent.
    """
    unified = normalise(text).translate(_DASHES).translate(_APOSTROPHES)
    joined = re.sub(r"\s*-[\s-]*", "-", unified).strip("- ")
    words = re.split(r"([ -])", joined.upper())
    return "".join(_to_cyrillic(word) for word in words).replace("Ё", "Е")


def squeeze(text: str) -> str:
    """Make the key without joints: hyphens, spaces and apostrophes removed from `fold`."""
    return re.sub(r"[ '\-]", "", fold(text))


def has_mixed_alphabet(text: str) -> bool:
    """Tell whether some word mixes Latin and Cyrillic letters: worth a report, the source holds a typing error."""
    return any(
        any(_is_latin(char) for char in word) and any(_is_cyrillic(char) for char in word)
        for word in re.split(r"[ -]", normalise(text).upper())
    )


def _to_cyrillic(word: str) -> str:
    if all(char in _LATIN_LOOK_ALIKES for char in word if _is_latin(char)):
        return word.translate(LOOK_ALIKES)
    return word


def _is_latin(char: str) -> bool:
    return unicodedata.name(char, "").startswith("LATIN")


def _is_cyrillic(char: str) -> bool:
    return unicodedata.name(char, "").startswith("CYRILLIC")
