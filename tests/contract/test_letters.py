"""Each kind of letter that identity sends has a template in notifications."""

import ast
from collections.abc import Iterator
from pathlib import Path

from nmo_notifications.templates import letters

IDENTITY = Path(__file__).resolve().parents[2] / "services" / "identity" / "src"
SENDING = {"send_letter": "kind", "tell_owner": 2}
"""Function that owes a letter → where its kind stands: a keyword, or the number of the argument."""


def kinds_sent() -> Iterator[str]:
    """Kinds that are written as words where letters are owed."""
    for file in IDENTITY.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            place = SENDING.get(node.func.id)
            if isinstance(place, int):
                found = node.args[place : place + 1]
            else:
                found = [word.value for word in node.keywords if place is not None and word.arg == place]
            yield from (
                item.value for item in found if isinstance(item, ast.Constant) and isinstance(item.value, str)
            )


def test_every_kind_has_a_template() -> None:
    sent = set(kinds_sent())
    assert len(sent) >= 8, "the search finds letters"
    assert sent - letters.kinds() == set()
