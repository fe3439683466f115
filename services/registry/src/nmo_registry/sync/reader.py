"""A process that reads lines of the dump for a comparison: `python -m nmo_registry.sync.reader`.

It is asked and answers by its standard streams, and ends with the stream of questions, so it outlives nobody who was
killed.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import Any, BinaryIO

from nmo_kit.crypto import FieldCipher
from nmo_registry.sync.collecting import seldom_collected
from nmo_registry.sync.lines import LineReader
from nmo_registry.sync.messages import SIZE, Question, Setup, packed, unpacked


def main() -> None:
    """Answer until nobody asks."""
    # Whoever asks decides about the end, not the keys pressed at the terminal of both.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # What a library prints must not come between the answers.
    os.dup2(2, 1)
    setup = _next(questions)
    if not isinstance(setup, Setup):
        return
    reader = LineReader(setup.books, FieldCipher.from_files(setup.field_key_file, setup.index_key_file))
    # Who was killed reads no answer.
    with seldom_collected(), suppress(BrokenPipeError):
        while isinstance(question := _next(questions), Question):
            answers.write(packed(reader.read(question.raw, rows_at=question.rows_at)))
            answers.flush()


def _next(questions: BinaryIO) -> Any:
    head = questions.read(SIZE.size)
    if len(head) < SIZE.size:
        return None
    body = questions.read(size := SIZE.unpack(head)[0])
    return unpacked(body) if len(body) == size else None


if __name__ == "__main__":
    main()
