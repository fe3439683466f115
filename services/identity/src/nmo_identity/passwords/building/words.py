"""The common passwords, from words that everybody has: zxcvbn's frequency lists, frequent Russian words, patterns.

Russian words (`russian.txt`) are first names, cities, words of medicine and of the portal, then the most frequent
words of the language (wordfreq's list, CC BY-SA 4.0). They are kept in Cyrillic: the question is asked in the other
layout and in Latin spelling too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from nmo_identity.passwords.blocklist import prefix_of, russian_words

MIN_LENGTH = 8
SUFFIXES = (
    "", "1", "11", "12", "123", "1234", "12345", "123456", "2023", "2024", "2025", "2026", "!", "1!", "12!", "123!",
    "2024!", "2025!", "2026!", "@1", "#1",
)  # fmt: skip
WALKS = (
    "1234567890", "0987654321", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qazwsxedcrfv", "1qaz2wsx3edc4rfv", "1q2w3e4r5t6y",
    "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю", "йфяцычувс", "1й2ц3у4к5е",
)  # fmt: skip
FIRST_DAY, LAST_DAY = date(1940, 1, 1), date(2026, 12, 31)
HEAD = 2000


def built() -> bytes:
    """The content of `common.bin`: sorted prefixes of the words' hashes."""
    return b"".join(sorted({prefix_of(word) for word in common_passwords()}))


def common_passwords() -> Iterator[str]:
    """Every word of the list in lower case, eight signs or more; some come twice."""
    for word in _all_words():
        if len(word) >= MIN_LENGTH:
            yield word.casefold()


def _all_words() -> Iterator[str]:
    for words in FREQUENCY_LISTS.values():
        yield from words
    bases = [*list(FREQUENCY_LISTS["passwords"])[:HEAD], *russian_words(), *_walks()]
    yield from (base + suffix for base, suffix in product(bases, SUFFIXES))
    yield from (sign * length for sign in "0123456789abcxyzабвя!*" for length in range(MIN_LENGTH, 17))
    yield from _dates()


def _walks() -> Iterator[str]:
    for walk in WALKS:
        for start, end in product(range(len(walk)), repeat=2):
            if end - start >= MIN_LENGTH - 4:
                yield walk[start : end + 1]
                yield walk[start : end + 1][::-1]


def _dates() -> Iterator[str]:
    day = FIRST_DAY
    while day <= LAST_DAY:
        yield f"{day:%d%m%Y}"
        yield f"{day:%Y%m%d}"
        yield f"{day:%d.%m.%Y}"
        day += timedelta(days=1)
