"""The forms in which a guesser tries a password: other keyboard layout, Latin spelling, signs for letters."""

from __future__ import annotations

LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,./~QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>?@#$^&"
CYRILLIC = 'ёйцукенгшщзхъфывапролджэячсмитьбю.ЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,"№;:?'
_TO_LATIN_KEYS = str.maketrans(CYRILLIC, LATIN)
_TO_CYRILLIC_KEYS = str.maketrans(LATIN, CYRILLIC)
_LETTERS = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i", "й": "y",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
}  # fmt: skip
_TRANSLITERATION = str.maketrans(
    {**_LETTERS, **{key.upper(): value.title() for key, value in _LETTERS.items()}}
)
_SIGNS = str.maketrans("@4310$5!7", "aaeiosslt")


def other_layout(text: str) -> str:
    """The same keys pressed in the other layout: «йцукен» ↔ `qwerty`."""
    russian = any("а" <= sign <= "я" or sign == "ё" for sign in text.casefold())
    return text.translate(_TO_LATIN_KEYS if russian else _TO_CYRILLIC_KEYS)


def transliterated(text: str) -> str:
    """Cyrillic letters spelt in Latin ones: «медицина» → `meditsina`."""
    return text.translate(_TRANSLITERATION)


def unsigned(text: str) -> str:
    """Signs that stand for letters, read as letters: `p@ssw0rd` → `password`."""
    return text.translate(_SIGNS)


def forms_of(password: str) -> list[str]:
    """Each different form, the typed one first."""
    swapped = other_layout(password)
    return list(dict.fromkeys((password, swapped, transliterated(password), transliterated(swapped))))
