"""AUD-01, P15: whatever a service writes into its journal has words for the person it is about."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHOWN = ("identity", "applications", "cycles", "catalog", "registry")
"""Services whose rows are about persons; the others write about systems and register records."""


def _written(service: str) -> Iterator[str]:
    """Actions that the code of a service names outright."""
    for file in sorted((ROOT / "services" / service / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"record", "record_each"}:
                for keyword in node.keywords:
                    if keyword.arg == "action" and isinstance(keyword.value, ast.Constant):
                        yield str(keyword.value.value)


@pytest.mark.req("AUD-01", "P15")
@pytest.mark.parametrize("service", SHOWN)
def test_every_action_has_words(service: str) -> None:
    rules = import_module(f"nmo_{service}.journal.rules")
    written = set(_written(service))
    assert written or service == "catalog"
    assert written - rules.TITLES.keys() == set()
    assert all(any("а" <= sign <= "я" for sign in words) for words in rules.TITLES.values())
