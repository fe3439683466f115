"""Pure rules of passwords: the two profiles, what each refuses, and when a password is over (REG-06)."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

ProfileName = Literal["seed", "modern"]
MAX_LENGTH = 128
COMPARED = 256
"""No more of a text than this is compared with another one."""
MIN_DISTANCE = 5
FORMER_REFUSED = 5
"""The password in force counts as one of them."""
NOTICE_DAYS = (14, 7, 1)
MIN_CONTEXT = 4
MAX_AGE_DAYS = 90
"""The promise; the setting `password_max_age_days` may say otherwise."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a set of rules demands."""

    min_length: int
    classes: bool
    """Upper and lower case, digit and special sign, each at least once."""
    max_age: timedelta | None
    """How long a password is good that is all its account has."""
    age_lifted: bool = True
    """Whether no age counts beside an app with codes or ЕСИА, one of which the person has tied."""


PROFILES: dict[ProfileName, Profile] = {
    "seed": Profile(min_length=8, classes=True, max_age=timedelta(days=MAX_AGE_DAYS)),
    "modern": Profile(min_length=15, classes=False, max_age=None),
}
"""`seed` is the portal's public promise, `modern` follows NIST SP 800-63B-4; docs/password-deviations.md compares."""


def with_age(profile: Profile, *, max_age_days: int, age_lifted: bool) -> Profile:
    """The profile with another age; 0 days is none. Where passwords do not grow old, settings make them no older."""
    if profile.max_age is None:
        return profile
    age = timedelta(days=max_age_days) if max_age_days else None
    return replace(profile, max_age=age, age_lifted=age_lifted)


@dataclass(frozen=True, slots=True)
class Fault:
    """A broken rule: stable code and the sentence for the person."""

    code: str
    message: str


def form_faults(password: str, profile: Profile) -> list[Fault]:
    """What is wrong with the form: length, signs, classes; every fault at once, so that nobody mends them one by one."""
    faults = []
    length = _length(password)
    if length < profile.min_length:
        faults.append(
            Fault("too_short", f"Пароль короче {profile.min_length} знаков, сейчас {length}. Добавьте знаки")
        )
    if length > MAX_LENGTH:
        faults.append(Fault("too_long", f"Пароль длиннее {MAX_LENGTH} знаков. Сократите его"))
    if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in password):
        faults.append(Fault("control_sign", "В пароле есть непечатаемый знак. Наберите пароль заново"))
    if profile.classes and (missing := missing_classes(password)):
        faults.append(Fault("classes", f"Добавьте в пароль {_listed(missing)}"))
    return faults


def is_short(password: str, profile: Profile) -> bool:
    """True for a password that was long enough for an earlier profile: it needs a second step beside it.

    NIST SP 800-63B-4 asks fewer signs of a password that does not stand alone.
    """
    return _length(password) < profile.min_length


def _length(password: str) -> int:
    return len(unicodedata.normalize("NFC", password))


def missing_classes(password: str) -> list[str]:
    """Classes of signs that the password lacks, as they follow «Добавьте»; letters of any alphabet count."""
    kinds = (
        ("заглавную букву", any(sign.isupper() for sign in password)),
        ("строчную букву", any(sign.islower() for sign in password)),
        ("цифру", any(sign.isdigit() for sign in password)),
        ("специальный знак, например ! или ?", any(_is_special(sign) for sign in password)),
    )
    return [name for name, present in kinds if not present]


def _is_special(sign: str) -> bool:
    return not sign.isalnum() and unicodedata.category(sign)[0] in "PSZ"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} и {names[-1]}"


def resembles(password: str, words: Collection[str]) -> bool:
    """True when the password is much like one of the person's own words: login, name, number, the portal's name.

    A word of four signs or more counts as used when it stands in the password and makes up half of it, or when fewer
    than five edits lie between the two.
    """
    tried = password.casefold()[:COMPARED]
    for word in words:
        known = word.casefold()[:COMPARED]
        if len(known) < MIN_CONTEXT:
            continue
        if known in tried and len(known) * 2 >= len(tried):
            return True
        if abs(len(known) - len(tried)) < MIN_DISTANCE and distance(tried, known) < MIN_DISTANCE:
            return True
    return False


def distance(one: str, other: str) -> int:
    """Edits between two texts (Levenshtein)."""
    row = list(range(len(other) + 1))
    for i, sign in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, opposite in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (sign != opposite))
    return row[-1]


def is_over(set_at: datetime, profile: Profile, now: datetime) -> bool:
    """True when the password is older than the profile lets it be."""
    return profile.max_age is not None and now - set_at >= profile.max_age


def days_left(set_at: datetime, profile: Profile, now: datetime) -> int | None:
    """Whole days until the password is over, rounded up; None when it never is."""
    if profile.max_age is None:
        return None
    left = set_at + profile.max_age - now
    return max(0, -(-left // timedelta(days=1)))


def notice_due(left: int | None, noticed: int | None) -> int | None:
    """Which of the notices (14, 7, 1 days ahead) is owed now; the nearest one only, each once."""
    if left is None or left <= 0:
        return None
    reached = [days for days in NOTICE_DAYS if left <= days]
    if not reached or (noticed is not None and noticed <= reached[-1]):
        return None
    return reached[-1]
