"""What clients and the fault driver saw, line by line as it happened: the evidence that the checker judges."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class History:
    """Appends JSON lines, each flushed, so that what was seen outlives the harness too."""

    def __init__(self, file: Path) -> None:
        """`file` is created with its folder; an old one is gone."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self.path = file
        self.counts: Counter[str] = Counter()
        self._file = file.open("w", encoding="utf-8")

    def write(self, kind: str, **fields: Any) -> None:
        """One line with the present time."""
        self.counts[kind] += 1
        line = {"t": round(time.time(), 3), "kind": kind, **fields}
        self._file.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
        self._file.flush()

    def fact(self, journey: str, what: str, identifier: str, **fields: Any) -> None:
        """Something that a 2xx answer told the client."""
        self.counts[f"fact {what}"] += 1
        self.write("fact", journey=journey, what=what, id=identifier, **fields)

    def close(self) -> None:
        """No lines after this."""
        self._file.close()


class Call:
    """One request of a client, written down when it is over, however it ends."""

    def __init__(
        self, history: History, *, journey: str, actor: str, method: str, path: str, key: str | None = None
    ) -> None:
        """`key` is the request's Idempotency-Key."""
        self._history = history
        self._fields = {"journey": journey, "actor": actor, "method": method, "path": path, "key": key}
        self._started = 0.0
        self.status: int | None = None
        self.code: str | None = None
        self.trace: str | None = None

    def __enter__(self) -> Self:
        """The request goes out."""
        self._started = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The answer is here, or there is none."""
        if self.status is not None:
            self._history.counts[f"status {self.status}"] += 1
        self._history.write(
            "call",
            **self._fields,
            status=self.status,
            code=self.code,
            trace=self.trace,
            ms=round((time.monotonic() - self._started) * 1000, 1),
        )
