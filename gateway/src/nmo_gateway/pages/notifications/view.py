"""Notices as data (NOT-01)."""

from dataclasses import dataclass
from typing import Any

from nmo_gateway import texts
from nmo_gateway.pages.routing import local_path


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice."""

    title: str
    body: str
    at: str
    href: str | None
    new: bool


def notices(items: list[dict[str, Any]]) -> list[Notice]:
    """Lines of the page, as they come: the newest first. Links that leave the site are dropped."""
    return [
        Notice(
            title=item["title"],
            body=item.get("body") or "",
            at=texts.moment(item["created_at"]),
            href=local_path(item.get("link"), "") or None,
            new=item.get("read_at") is None,
        )
        for item in items
    ]
