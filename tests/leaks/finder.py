"""Looking for canaries in places: none may be found but where a short list with reasons allows it (I11, T24)."""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from nmo_kit.sealing.chain import ALGORITHM, TYPE
from tests.leaks.canaries import (
    NAMES,
    SHORTEST_SECRET,
    Canaries,
    Canary,
    Kind,
    digits,
    name_forms,
    plain,
    secret_parts,
)
from tests.leaks.dates import dates_of
from tests.leaks.readings import readings
from tests.leaks.snils import Register

AROUND = 60
OWN_MAIL = NAMES | {Kind.EMAIL, Kind.MAILED}
"""A letter may address its reader by name and bring what it was asked for."""


class EmptySearchError(AssertionError):
    """Nothing was planted, or there was nothing to look into: such a search proves nothing."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place to look into: ``kind`` such as ``log``, ``database``; ``name`` such as ``identity.journal.reason``.

    ``reader`` is the e-mail address of the one person who gets this content, where there is such a one.
    """

    kind: str
    name: str
    content: bytes | str | Path
    reader: str = ""

    def read(self) -> bytes | str:
        """The content, from its file where it is one."""
        return self.content.read_bytes() if isinstance(self.content, Path) else self.content


@dataclass(frozen=True, slots=True)
class Allowance:
    """Canaries of some kinds may stand in places whose ``kind/name`` fits the pattern, for a reason."""

    place: str
    kinds: frozenset[Kind]
    why: str


@dataclass(frozen=True, slots=True)
class Leak:
    """One canary in one place where it must not be."""

    kind: Kind
    place: str
    reading: str
    value: str
    excerpt: str

    def __str__(self) -> str:
        return f"{self.kind} {self.value!r} in {self.place} ({self.reading}): …{self.excerpt}…"


async def find_leaks(
    places: Sequence[Place], canaries: Canaries, allowed: Sequence[Allowance] = ()
) -> list[Leak]:
    """Every canary that stands where it must not, once for each place.

    Private keys and tokens (``eyJ…``) are found also when nobody planted them.

    Raises:
        EmptySearchError: nothing is planted, there is no place, or a place has no content.
    """
    if not canaries.planted:
        raise EmptySearchError("nothing was planted")
    if not places:
        raise EmptySearchError("there is no place to look into")
    return await asyncio.to_thread(_find, places, canaries, allowed)


def _find(places: Sequence[Place], canaries: Canaries, allowed: Sequence[Allowance]) -> list[Leak]:
    index = _Index.of(canaries.planted)
    found: dict[tuple[Kind, str, str], Leak] = {}
    for place in places:
        content = place.read()
        if not content.strip():
            raise EmptySearchError(f"{place.kind}/{place.name} has no content")
        name = f"{place.kind}/{place.name}"
        open_to = {kind for rule in allowed if fnmatchcase(name, rule.place) for kind in rule.kinds}
        for reading, text in readings(content):
            for canary, spot in index.search(text):
                own = bool(place.reader) and canary.owner == place.reader and canary.kind in OWN_MAIL
                key = (canary.kind, name, canary.value)
                if canary.kind not in open_to and not own and key not in found:
                    around = text[max(0, spot - AROUND) : spot + AROUND].replace("\n", " ")
                    found[key] = Leak(canary.kind, name, reading, canary.value, around)
    return list(found.values())


_WORD = re.compile(r"[а-яё]{5,}|[a-z]{5,}", re.IGNORECASE)
_MAIL_HOST = re.compile(r"@[\w-]+(?:\.[\w-]+)+")
_MAIL_NAME = re.compile(r"[\w.%+-]+$")
LONGEST_NAME = 64
"""Characters before the sign @ (RFC 5321)."""
_SECRET = re.compile(r"[A-Za-z0-9_-]{10,}")
_ANY_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.(?:eyJ)?[A-Za-z0-9_-]{8,}")
SEALS = b64encode(f'{{"alg":"{ALGORITHM}","typ":"{TYPE}"'.encode()).decode().rstrip("=")[:-1]
"""How the signature under a journal begins: it lets nobody in, and operators are meant to carry it away."""
_ANY_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY")


@dataclass(slots=True)
class _Index:
    """The canaries by what is looked up, so that the time depends on the text and not on their number."""

    words: dict[str, list[Canary]] = field(default_factory=lambda: defaultdict(list))
    secrets: dict[str, list[Canary]] = field(default_factory=lambda: defaultdict(list))
    odd: list[Canary] = field(default_factory=list)
    emails: dict[str, Canary] = field(default_factory=dict)
    births: dict[str, Canary] = field(default_factory=dict)
    numbers: Register = field(default_factory=Register)
    harmless: set[str] = field(default_factory=set)
    """Words that no canary is in: the same ids and words stand everywhere, and in every reading."""
    harmless_runs: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, planted: Iterable[Canary]) -> _Index:
        index = cls()
        for canary in planted:
            index._add(canary)
        return index

    def _add(self, canary: Canary) -> None:
        if canary.kind in NAMES:
            for form in name_forms(canary.value):
                self.words[form].append(canary)
        elif canary.kind is Kind.SNILS:
            self.numbers.add_snils(digits(canary.value), canary)
        elif canary.kind is Kind.PHONE:
            self.numbers.add_phone(digits(canary.value), canary)
        elif canary.kind is Kind.BIRTH_DATE:
            self.births[canary.value] = canary
        elif canary.kind is Kind.EMAIL:
            self.emails[canary.value.casefold()] = canary
        else:
            for part in secret_parts(canary):
                self.secrets[part[:SHORTEST_SECRET]].append(canary)
            if not secret_parts(canary):
                self.odd.append(canary)

    def search(self, text: str) -> Iterator[tuple[Canary, int]]:
        """Canaries of a text, each with its place in it."""
        for match in _WORD.finditer(text):
            if match[0] in self.harmless:
                continue
            if found := self.words.get(plain(match[0])):
                yield from ((canary, match.start()) for canary in found)
            else:
                self.harmless.add(match[0])
        for match in _MAIL_HOST.finditer(text):
            found_name = _MAIL_NAME.search(text, max(0, match.start() - LONGEST_NAME), match.start())
            if found_name and (mail := self.emails.get(f"{found_name[0]}{match[0]}".casefold())) is not None:
                yield mail, found_name.start()
        for iso, spot in dates_of({iso[:4] for iso in self.births}, text):
            if (birth := self.births.get(iso)) is not None:
                yield birth, spot
        yield from self.numbers.search(text)
        yield from self._secrets_in(text)

    def _secrets_in(self, text: str) -> Iterator[tuple[Canary, int]]:
        for match in _SECRET.finditer(text):
            if match[0] not in self.harmless_runs:
                found = list(self._in_run(match[0]))
                yield from ((canary, match.start() + start) for canary, start in found)
                if not found:
                    self.harmless_runs.add(match[0])
        for canary in self.odd:
            if (spot := text.find(canary.value)) >= 0:
                yield canary, spot
        for kind, pattern in ((Kind.TOKEN, _ANY_TOKEN), (Kind.PRIVATE_KEY, _ANY_KEY)):
            for match in pattern.finditer(text):
                if not match[0].startswith(SEALS):
                    yield Canary(kind, match[0][:24]), match.start()

    def _in_run(self, run: str) -> Iterator[tuple[Canary, int]]:
        for start in _starts(run):
            for canary in self.secrets.get(run[start : start + SHORTEST_SECRET], ()):
                yield canary, start


def _starts(run: str) -> Iterator[int]:
    """Where in a run of letters a secret may begin: anywhere, for it may be stuck to a word."""
    return iter(range(min(len(run) - SHORTEST_SECRET + 1, 200)))
