"""The settings as data: open sign-ins."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nmo_gateway import texts
from nmo_gateway.pages.settings.device import device, place

Json = dict[str, Any]
PROVIDERS = {"esia": "через Госуслуги", "local": "по паролю портала"}
DONE = {"one": "Вход завершён", "others": "Остальные входы завершены"}


@dataclass(frozen=True, slots=True)
class Place:
    """One open sign-in in words."""

    sid: str
    device: str
    network: str
    way: str
    signed_in_at: str
    seen_at: str
    current: bool


def places(items: list[Json], seen: Mapping[str, datetime]) -> list[Place]:
    """The one in hand first, then by the time of the sign-in."""
    found = [
        Place(
            sid=str(item["sid"]),
            device=device(item["user_agent"]),
            network=place(item["ip_prefix"]),
            way=PROVIDERS.get(item["provider"], "через другой сервис входа"),
            signed_in_at=texts.moment(item["signed_in_at"]),
            seen_at=texts.moment(seen[str(item["sid"])]) if str(item["sid"]) in seen else "",
            current=bool(item["current"]),
        )
        for item in items
    ]
    return sorted(found, key=lambda one: not one.current)
