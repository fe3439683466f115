"""The schema that migrations make is the one the models describe."""

from __future__ import annotations

from typing import Any

from nmo_kit import migrate
from nmo_registry import tables


async def test_models_and_schema_agree(databases: Any) -> None:
    url = await databases.of("nmo_registry")
    try:
        assert await migrate.differences(url, tables.METADATA) == []
    finally:
        await databases.drop(url)
