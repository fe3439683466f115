"""What a comparison and the processes that read for it say to each other; pickled, for both ends are this program."""

from __future__ import annotations

import pickle
import struct
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from nmo_registry.reference_books.editions import CardBooks

SIZE = struct.Struct("!I")


@dataclass(frozen=True, slots=True)
class Setup:
    """The first message: what lines are read by; no answer comes."""

    books: CardBooks
    field_key_file: Path
    index_key_file: Path


@dataclass(frozen=True, slots=True)
class Question:
    """Lines, and the moment of the rows that are wanted, if any; the answer is a `Batch`."""

    raw: list[bytes]
    rows_at: datetime | None


def packed(message: object) -> bytes:
    """A message with its length before it."""
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return SIZE.pack(len(body)) + body


def unpacked(body: bytes) -> Any:
    """The message of these bytes, which this program wrote itself."""
    return pickle.loads(body)  # noqa: S301 as said
