"""Bring the consent texts of the package's files into the table."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from importlib import resources
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from nmo_identity.consents.rules import details_of, text_hash
from nmo_identity.consents.tables import ConsentText
from nmo_kit.db import WriteSession


def packaged_texts() -> Iterable[dict[str, Any]]:
    """Texts that this release carries, oldest first."""
    folder = resources.files("nmo_identity.consents") / "texts"
    files = sorted(
        (item for item in folder.iterdir() if item.name.endswith(".json")), key=lambda item: item.name
    )
    return [json.loads(item.read_text()) for item in files]


async def load_texts(session: WriteSession) -> None:
    """Insert the versions that are not there; a published version is never changed."""
    for item in packaged_texts():
        details = details_of(item)
        values = {
            "purpose": item["purpose"],
            "version": item["version"],
            "title": item["title"],
            "categories": item["categories"],
            "body": item["body"],
            "details": details,
            "text_hash": text_hash(item["title"], item["categories"], item["body"], details),
            "published_at": datetime.fromisoformat(item["published_at"]),
        }
        await session.execute(insert(ConsentText).values(**values).on_conflict_do_nothing())
