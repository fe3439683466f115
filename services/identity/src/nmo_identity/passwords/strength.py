"""How easily a password is guessed: what everybody uses, and zxcvbn made to see Cyrillic (security 3, D12).

zxcvbn knows English words only: «Медицина2026!» seems strong to it. So the password is judged in each form a guesser
would try: as typed, as typed in the other keyboard layout, and spelt in Latin letters, with Russian words among the
known ones; the weakest form counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache

from zxcvbn import zxcvbn

from nmo_identity.passwords import blocklist
from nmo_identity.passwords.forms import forms_of, transliterated
from nmo_identity.passwords.rules import Fault, Profile, form_faults, resembles

MIN_GUESSES = 10**8
"""zxcvbn's score of 3 of 4, with eight signs of no pattern on the good side: the promised eight must be possible."""
JUDGED = 72
"""Signs that are judged: the time grows with the length, and so many are strong whatever follows."""
PORTAL_WORDS = (
    "портал", "минздрав", "министерство", "здравоохранение", "непрерывное", "образование", "медицина", "портал нмо",
    "nmfo", "portal", "minzdrav", "rosminzdrav", "edu.rosminzdrav", "gosuslugi", "госуслуги", "nmo-portal",
)  # fmt: skip
COMMON = Fault("common", "Этот пароль часто встречается, его подберут первым. Придумайте другой")
OWN_WORDS = Fault(
    "own_words",
    "Пароль похож на ваш логин, имя, дату рождения или название портала. Придумайте другой",
)
GUESSABLE = Fault(
    "guessable",
    "Пароль легко подобрать. Возьмите несколько не связанных слов или добавьте знаки не в начале и не в конце",
)


def faults_of(password: str, profile: Profile, own_words: Collection[str]) -> list[Fault]:
    """Every rule that the password breaks; takes tens of milliseconds, so call it in a thread."""
    faults = form_faults(password, profile)
    words = [*own_words, *PORTAL_WORDS]
    if len(password) > 4 * JUDGED:
        return faults
    if blocklist.contains(password):
        faults.append(COMMON)
    elif resembles(password, words):
        faults.append(OWN_WORDS)
    elif not faults and guesses(password, words) < MIN_GUESSES:
        faults.append(GUESSABLE)
    return faults


def guesses(password: str, own_words: Iterable[str] = ()) -> int:
    """Guesses that the weakest form withstands by zxcvbn's reckoning."""
    inputs = [*own_words, *_russian_inputs()]
    return min(int(zxcvbn(form[:JUDGED], user_inputs=inputs)["guesses"]) for form in forms_of(password))


@cache
def _russian_inputs() -> tuple[str, ...]:
    words = blocklist.russian_words()
    return (*words, *map(transliterated, words))
