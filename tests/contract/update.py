"""`python tests/contract/update.py`: write the schemas of today's event models beside this file.

A breaking change is refused: publish it as the next major version beside this one. `--check` writes nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from nmo_contracts.registry_of_events import EVENT_TYPES, PARTNER_EVENT_TYPES  # noqa: E402 after the path
from nmo_notifications.contracts.generator import schema_of  # noqa: E402 same
from tests.contract.compatibility import breaking_changes  # noqa: E402 same

SCHEMAS = HERE / "schemas"


def type_names() -> list[str]:
    """Every event type, internal and public."""
    return sorted({**EVENT_TYPES, **PARTNER_EVENT_TYPES})


def text_of(type_name: str) -> str:
    """The schema as it stands in its file."""
    return json.dumps(schema_of(type_name), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def committed(type_name: str) -> dict[str, Any] | None:
    """The schema that was published, if it was."""
    file = SCHEMAS / f"{type_name}.json"
    found: dict[str, Any] | None = json.loads(file.read_text()) if file.exists() else None
    return found


def main() -> int:
    """Write changed schemas; 1 when a change is breaking, or with `--check` when anything changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    status = 0
    for name in type_names():
        old = committed(name)
        for change in breaking_changes(old, schema_of(name)) if old is not None else ():
            print(f"{name}{change}")  # noqa: T201 a command's output
            status = 1
        file = SCHEMAS / f"{name}.json"
        if not status and (old is None or file.read_text() != text_of(name)):
            print(f"{name}: {'differs' if check else 'written'}")  # noqa: T201 same
            if check:
                status = 1
            else:
                file.write_text(text_of(name))
    return status


if __name__ == "__main__":
    sys.exit(main())
