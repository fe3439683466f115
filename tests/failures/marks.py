"""A pytest plugin that writes which collected tests carry the mark `failure`, as JSON into a file named by a variable."""

import json
import os
from pathlib import Path

import pytest

VARIABLE = "NMO_FAILURE_MARKS"


def pytest_collection_finish(session: pytest.Session) -> None:
    """Node ids without their cases, each with the rows it is marked for."""
    found: dict[str, set[str]] = {}
    for item in session.items:
        rows = {str(row) for mark in item.iter_markers("failure") for row in mark.args}
        found.setdefault(item.nodeid.partition("[")[0], set()).update(rows)
    text = json.dumps({node: sorted(rows) for node, rows in found.items() if rows})
    Path(os.environ[VARIABLE]).write_text(text, encoding="utf-8")
