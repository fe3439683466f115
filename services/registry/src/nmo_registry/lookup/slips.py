"""One slip of the pen, or another person's name? Pure.

Spelling alone cannot tell «Марина» from a misspelt «Мария», so well-known names decide: two of them are two people. Of two
unknown spellings only letters that clerks confuse by ear or double are a slip.
"""

import re
from functools import cache
from typing import Literal, NamedTuple

from nmo_registry.lookup.known_names import FEMALE, MALE, SURNAMES, VARIANTS

_SHORTEST = 4
_LONGEST_AT_LEAST = 5
# Letters confused by ear or by the neighbouring rule of spelling, in both directions.
_CONFUSED = frozenset(
    map(frozenset, re.findall("..", "АОЕИЕЭИЫИЙУЮЯАЕЯБПВФГКДТЖШЗСШЩЬЪЧЩЦС")),
)
_SILENT = frozenset("ЬЪЙ")
_VOWELS = frozenset("АЕИОУЫЭЮЯ")


class Edit(NamedTuple):
    """The one difference between two words: what stands on each side, at which place, in which surroundings."""

    kind: Literal["replaced", "swapped", "dropped"]
    letters: str
    place: int
    neighbours: str
    at_end: bool


def is_slip(field: str, one: str, two: str) -> bool:
    """Tell whether two folded names are one name with a slip in it.

    Never when the first letter differs, the name is shorter than four letters, the difference turns a man's name into a
    woman's, or both are well-known names of their own (unless they are known spellings of one).
    """
    if _are_variants(field, one, two):
        return True
    if (
        one[:1] != two[:1]
        or min(len(one), len(two)) < _SHORTEST
        or max(len(one), len(two)) < _LONGEST_AT_LEAST
    ):
        return False
    edit = single_edit(one, two)
    if edit is None or _changes_sex(field, one, two, edit):
        return False
    known = [_known(field, name) for name in (one, two)]
    if all(known):
        return False
    return any(known) or _is_typical(edit)


def single_edit(one: str, two: str) -> Edit | None:
    """Return the one replaced, swapped or dropped letter between two words, or None when there are more or none."""
    if one == two or abs(len(one) - len(two)) > 1:
        return None
    short, long = sorted((one, two), key=len)
    place = next((n for n, char in enumerate(short) if char != long[n]), len(short))
    if len(short) < len(long):
        if short[place:] != long[place + 1 :]:
            return None
        neighbours = long[max(0, place - 1) : place] + long[place + 1 : place + 2]
        return Edit("dropped", long[place], place, neighbours, at_end=place == len(long) - 1)
    if short[place + 1 :] == long[place + 1 :]:
        letters = "".join(sorted((short[place], long[place])))
        return Edit("replaced", letters, place, "", at_end=place == len(long) - 1)
    swapped = (
        short[place : place + 2] == long[place : place + 2][::-1] and short[place + 2 :] == long[place + 2 :]
    )
    if swapped:
        letters = "".join(sorted(short[place : place + 2]))
        return Edit("swapped", letters, place, "", at_end=place == len(long) - 2)
    return None


def _is_typical(edit: Edit) -> bool:
    if edit.kind == "replaced":
        return frozenset(edit.letters) in _CONFUSED
    if edit.kind == "swapped":
        return True
    return edit.letters in _SILENT or edit.letters in edit.neighbours


def _changes_sex(field: str, one: str, two: str, edit: Edit) -> bool:
    if field == "first_name":
        # «Валерий» and «Валерия», «Фарид» and «Фарида»: the last letter of a given name says whose it is.
        return edit.at_end
    if field == "last_name":
        return edit.at_end and edit.kind == "dropped" and edit.letters in _VOWELS
    return _sexes(one, two) == {"f", "m"}


def _sexes(*patronymics: str) -> set[str]:
    """Say what the endings tell of the owners; an ending that tells nothing adds nothing."""
    endings = {"НА": "f", "ИЧ": "m"}
    return {endings[name[-2:]] for name in patronymics if name[-2:] in endings}


def _known(field: str, name: str) -> bool:
    if field == "first_name":
        return name in MALE or name in FEMALE
    if field == "patronymic":
        return name in _patronymics()
    return name in SURNAMES or (name.endswith("А") and name[:-1] in SURNAMES)


def _are_variants(field: str, one: str, two: str) -> bool:
    if field == "first_name":
        return any(one in group and two in group for group in VARIANTS)
    if field == "patronymic":
        fathers = _patronymics()
        father_one, father_two = fathers.get(one), fathers.get(two)
        return father_one is not None and father_one == father_two and len(_sexes(one, two)) == 1
    return False


@cache
def _patronymics() -> dict[str, str]:
    """Well-known patronymics of both sexes, each with the name (or group of spellings) it comes from."""
    found: dict[str, str] = {}
    groups = {name: min(group) for group in VARIANTS for name in group}
    for father in sorted(MALE):
        for stem, endings in _stems(father):
            for ending in endings:
                found.setdefault(stem + ending, groups.get(father, father))
    return found


def _stems(father: str) -> list[tuple[str, tuple[str, str]]]:
    hard, soft, short = ("ОВИЧ", "ОВНА"), ("ЕВИЧ", "ЕВНА"), ("ИЧ", "ИЧНА")
    irregular = {
        "ПАВЕЛ": [("ПАВЛ", hard)],
        "ЛЕВ": [("ЛЬВ", hard)],
        "ПЕТР": [("ПЕТР", hard)],
        "ЯКОВ": [("ЯКОВЛ", soft)],
        "МИХАИЛ": [("МИХАЙЛ", hard), ("МИХАИЛ", hard)],
        "ДАНИЛА": [("ДАНИЛ", hard)],
        "ИЛЬЯ": [("ИЛЬ", ("ИЧ", "ИНИЧНА"))],
    }
    if father in irregular:
        return irregular[father]
    if father.endswith("ИЙ"):
        # Both forms are written: «Валерьевич» and «Валериевич».
        return [(father[:-2] + "Ь", soft), (father[:-2] + "И", soft)]
    if father[-1] in "ЙЬ":
        return [(father[:-1], soft)]
    if father[-1] in "АЯ":
        return [(father[:-1], short), (father[:-1], ("ИЧ", "ИНИЧНА"))]
    return [(father, hard)]
