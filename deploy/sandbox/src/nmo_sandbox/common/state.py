"""Small files in which a stand-in keeps what must live through a restart."""

import json
import os
from pathlib import Path
from typing import Any


class JsonFile:
    """One JSON document; without a folder it lives in memory only.

    Side effects: `write` replaces the file in one step and lets only its owner read it.
    """

    def __init__(self, folder: Path | None, name: str) -> None:
        self._path = folder / name if folder else None

    def read(self) -> Any:
        """Return the document, None when there is none yet."""
        if self._path is None or not self._path.exists():
            return None
        return json.loads(self._path.read_text(encoding="utf-8"))

    def write(self, document: Any) -> None:
        """Replace the document."""
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(document, file, ensure_ascii=False, indent=1)
        fresh.replace(self._path)
