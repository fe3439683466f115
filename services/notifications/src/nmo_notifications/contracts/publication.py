"""The published contracts as one file, compared with the models by a test and in CI."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from nmo_contracts.registry_of_events import EVENT_TYPES, PARTNER_EVENT_TYPES
from nmo_kit.app import Runtime
from nmo_notifications.contracts.generator import schema_of


def all_schemas() -> dict[str, Any]:
    """Schema of every event type, internal and public."""
    return {name: schema_of(name) for name in sorted({**EVENT_TYPES, **PARTNER_EVENT_TYPES})}


async def print_contracts(_runtime: Runtime, _arguments: Sequence[str]) -> None:
    """`contracts`: write all schemas to standard output, to be kept as the published ones."""
    sys.stdout.write(json.dumps(all_schemas(), ensure_ascii=False, indent=1, sort_keys=True) + "\n")
