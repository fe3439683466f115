"""Reads of norms, and their packaged file."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from importlib import resources
from typing import Any

from sqlmodel import col, select

from nmo_cycles.norms.rules import Norm
from nmo_cycles.norms.tables import NormSet
from nmo_kit.db import ReadSession


async def all_norms(session: ReadSession) -> list[Norm]:
    """Every edition, the portal's recommendation first."""
    statement = select(NormSet).order_by(col(NormSet.family).desc(), col(NormSet.valid_from))
    return [row.norm for row in (await session.execute(statement)).scalars()]


def packaged_norms() -> list[dict[str, Any]]:
    """Rows of the packaged file, complete with the columns it leaves out."""
    raw = tomllib.loads((resources.files("nmo_cycles") / "data" / "norms.toml").read_text("utf-8"))
    return [_row(values) for values in raw["norm"]]


def _row(values: dict[str, Any]) -> dict[str, Any]:
    zet = {name for name in NormSet.model_fields if "Decimal" in str(NormSet.model_fields[name].annotation)}
    return {
        name: Decimal(values[name]) if name in zet and name in values else values.get(name)
        for name in NormSet.model_fields
    }
