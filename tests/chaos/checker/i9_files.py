"""I9: each formed document has its file with the bytes it was formed of, and each file its document."""

from __future__ import annotations

from tests.chaos.checker.snapshot import Snapshot
from tests.chaos.checker.verdict import Inspection

ROWS, FILES = "issued documents", "files"


def inspect(snapshot: Snapshot) -> Inspection:
    """Rows to files and back."""
    found = Inspection(ROWS, FILES)
    found.saw(FILES, len(snapshot.files))
    rows = {row["object_key"]: row for row in snapshot.rows("applications", "issued_document")}
    for key, row in rows.items():
        found.saw(ROWS)
        spot = f"applications.issued_document: {row['id']} at {key}"
        file = snapshot.files.get(key)
        if file is None:
            found.wrong(f"{spot} has no file")
        elif file.sha256 != row["sha256"]:
            found.wrong(f"{spot} has bytes of another digest")
        elif file.size != row["size_bytes"]:
            found.wrong(f"{spot} has another size")
    for key in sorted(snapshot.files.keys() - rows.keys()):
        found.wrong(f"files: {key} belongs to no document")
    return found
