"""Reading pages of НСИ, and making a version's values of its rows. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from nmo_registry.nsi.answers import Page, day_of
from nmo_registry.reference_books.catalogue import BookSpec

Cells = Mapping[str, str]
SMALLER_BY = 0.1
SOME = 3
MOST_WORDS = 8
LONGEST_PAUSE = timedelta(minutes=10)
_RETIRED = {"0", "false", "нет"}


class BadPageError(Exception):
    """The page cannot be taken; `reason` names what is wrong and the code of the row, `evidence` is the page's start."""

    def __init__(self, reason: str, evidence: str = "") -> None:
        """Keep both for the operator."""
        super().__init__(reason)
        self.reason, self.evidence = reason, evidence


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a page that may be taken."""

    code: str
    cells: Cells


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a version."""

    key: str
    code: str
    name: str
    in_force: bool = True
    valid_from: date | None = None
    valid_until: date | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """The key under which two spellings of a name are one: case, ё, spaces."""
    return re.sub(r"\s+", " ", name).strip().upper().replace("Ё", "Е")


def read_page(page: Page, spec: BookSpec, *, number: int, size: int, total: int) -> list[Row]:
    """The rows of a page, checked.

    Raises:
        BadPageError: half a page, another number of rows than the passport told, a row without code or name, a code
            twice, a text in a wrong encoding.
    """
    if page.total != total:
        raise BadPageError(f"total_changed: {page.total} instead of {total}")
    expected = min(size, total - (number - 1) * size)
    if len(page.rows) != expected:
        raise BadPageError(f"half_page: {len(page.rows)} of {expected} rows")
    rows: list[Row] = []
    seen: set[str] = set()
    for cells in page.rows:
        code, name = first(cells, spec.code), first(cells, spec.name)
        if not code:
            raise BadPageError(f"missing_field: {spec.code[0]}")
        if not name:
            raise BadPageError(f"missing_field: {spec.name[0]} of {code}")
        if code in seen:
            raise BadPageError(f"duplicate: {code}")
        if wrongly_decoded(name):
            raise BadPageError(f"encoding: {code}")
        seen.add(code)
        rows.append(Row(code, cells))
    return rows


def first(cells: Cells, columns: Iterable[str]) -> str:
    """The first of the columns that has a text; empty when none has."""
    return next((cells[column] for column in columns if cells.get(column)), "")


def words_of(asked: str) -> list[str]:
    """Words to look for in names: lower case, е for ё, the first eight."""
    return re.findall(r"\w+", asked.lower().replace("ё", "е"))[:MOST_WORDS]


def beginnings(words: Sequence[str]) -> str:
    """The question to an index of words (tsquery): each of these begins some word, in any order."""
    return " & ".join(f"'{word}':*" for word in words)


def wrongly_decoded(text: str) -> bool:
    """Whether a Russian text was read in a wrong encoding somewhere on its way.

    A word of Russian letters never makes valid UTF-8 when it is written in windows-1251, so sound names are safe.
    """
    if "\ufffd" in text or any(char < " " and char not in "\t\r\n" for char in text):
        return True
    for wrong, right in (("cp1251", "utf-8"), ("latin-1", "utf-8"), ("latin-1", "cp1251")):
        try:
            meant = text.encode(wrong).decode(right)
        except ValueError:
            continue
        if meant != text and re.search("[А-Яа-яЁё]{3}", meant):
            return True
    return False


def pause_after(failures: int) -> timedelta:
    """Pause after so many failed looks in a row: doubles from four seconds up to ten minutes."""
    return min(timedelta(seconds=2.0 * 2.0 ** min(failures, 16)), LONGEST_PAUSE)


def shrank(before: int, now: int) -> bool:
    """Whether a version lost too many values in force to be believed: more than a tenth, and more than three."""
    return before - now > max(SOME, int(before * SMALLER_BY))


SMALLER = "shrank"


def is_smaller(reason: str | None) -> bool:
    """Whether a version was set aside for the values it lost, and for nothing else."""
    return (reason or "").startswith(f"{SMALLER}:")


def is_newer(version: str, than: str) -> bool:
    """Compare numbers of versions («6.12» is newer than «6.5»)."""
    return _parts(version) > _parts(than)


def _parts(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier versions told.

    Attributes:
        codes: key of each code that was ever seen.
        names: key of each folded name that was ever seen, by level; the newest counts.
        values: the current version's values in their order.
    """

    codes: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)
    values: Sequence[Value] = ()


def values_of(
    rows: Sequence[Row], spec: BookSpec, known: Known, *, released_on: date | None, today: date
) -> tuple[list[Value], dict[str, str]]:
    """The values of a version in the order of its rows, and the keys of codes that were not known.

    A code keeps its key whatever its name becomes; a new code of a known name takes that name's key when no other code
    in force has it. What the version no longer lists follows at the end, out of force, so that no key is ever lost.
    """
    groups = {first(row.cells, ("PARENT",)) for row in rows} if spec.by_name else set()
    roots = {row.code: first(row.cells, spec.name) for row in rows}
    parents = {row.code: first(row.cells, ("PARENT",)) for row in rows}
    leaves = [row for row in rows if row.code not in groups]
    keys = _keys(leaves, spec, known, {row.code: _level(row, roots, parents) for row in leaves}, today)
    old = {value.key: value for value in known.values}
    found: dict[str, Value] = {}
    for row in leaves:
        key = keys[row.code]
        value = _value(row, spec, key, old.get(key), _level(row, roots, parents), today)
        if key not in found or (value.in_force and not found[key].in_force):
            found[key] = value
    gone = [
        replace(value, in_force=False, valid_until=_ended(value, released_on))
        for value in known.values
        if value.key not in found
    ]
    fresh = {code: key for code, key in keys.items() if code not in known.codes}
    return [*found.values(), *gone], fresh


def _ended(value: Value, released_on: date | None) -> date | None:
    """A value that the source dropped before its time ended with the version that dropped it."""
    if not value.in_force or released_on is None:
        return value.valid_until
    return min(value.valid_until or released_on, released_on)


def _keys(
    rows: Sequence[Row], spec: BookSpec, known: Known, levels: Mapping[str, str], today: date
) -> dict[str, str]:
    if not spec.by_name:
        return {row.code: row.code for row in rows}
    keys = {row.code: known.codes[row.code] for row in rows if row.code in known.codes}
    live = {keys[row.code] for row in rows if row.code in keys and _in_force(row, spec, today)}
    for row in sorted(rows, key=lambda row: not _in_force(row, spec, today)):
        if row.code in keys:
            continue
        named = known.names.get((levels[row.code], folded(first(row.cells, spec.name))))
        keys[row.code] = named if named and named not in live else f"NSI-{row.code}"
        if _in_force(row, spec, today):
            live.add(keys[row.code])
    return keys


def _value(row: Row, spec: BookSpec, key: str, old: Value | None, level: str, today: date) -> Value:
    attributes = {name: first(row.cells, (column,)) for column, name in spec.attributes}
    if spec.by_name:
        attributes = {"legal_act": "", **(old.attributes if old else {}), "level": level}
    return Value(
        key=key,
        code=row.code,
        name=first(row.cells, spec.name),
        in_force=_in_force(row, spec, today),
        valid_from=old.valid_from if old else None,
        valid_until=day_of(first(row.cells, spec.ends)),
        attributes=attributes,
    )


def _in_force(row: Row, spec: BookSpec, today: date) -> bool:
    ends = day_of(first(row.cells, spec.ends))
    return first(row.cells, spec.actual).lower() not in _RETIRED and (ends is None or ends > today)


def _level(row: Row, names: Mapping[str, str], parents: Mapping[str, str]) -> str:
    """`VO` or `SPO`, by the group at the top."""
    top, steps = row.code, 0
    while parents.get(top) and steps < len(parents):
        top, steps = parents[top], steps + 1
    return "SPO" if "СРЕДН" in folded(names.get(top, "")) and top != row.code else "VO"


def successors_of(key: str, told: Mapping[str, Sequence[str]], in_force: Iterable[str]) -> list[str]:
    """What a retired key became in the end: keys in force, in the order they were told; itself while it is in force."""
    live, found, seen = set(in_force), [], set()
    waiting = [key]
    while waiting:
        one = waiting.pop(0)
        if one in seen:
            continue
        seen.add(one)
        if one in live:
            found.append(one)
        else:
            waiting += told.get(one, ())
    return found
