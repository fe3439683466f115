"""The way in as data: the consent's categories, the two sides of a mismatch, where to go next."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from nmo_gateway import texts
from nmo_gateway.pages.guard import NEXT_STEP

Json = dict[str, Any]
ESIA = {"key": "esia", "title": "Госуслуги"}

RESULTS: dict[str, texts.Status] = {
    "equal": texts.Status("Совпадает", "green"),
    "equivalent": texts.Status("Совпадает, написание другое", "green"),
    "weak": texts.Status("Совпадает не полностью", "orange"),
    "conflict": texts.Status("Не совпадает", "red"),
}
DIFFERENT = {"weak", "conflict"}


def provider_buttons(providers: list[Json] | None) -> tuple[Json, list[Json]]:
    """Госуслуги for the big button, and the others; Госуслуги alone when the list cannot be had."""
    known = providers or [ESIA]
    main = next((item for item in known if item["key"] == ESIA["key"]), known[0])
    return main, [item for item in known if item is not main]


@dataclass(frozen=True, slots=True)
class Side:
    """One compared field: as in the account and as in the register (masked)."""

    label: str
    own: str
    register: str
    status: texts.Status
    differs: bool
    explanation: str | None = None


def comparison(me: Json) -> list[Side]:
    """The two columns of SCR-13; what the service left out is taken from the account."""
    fields = (me.get("match") or {}).get("fields") or []
    return [
        Side(
            label=field.get("label") or texts.FIELD.get(field["field"], field["field"]),
            own=_own(field, me),
            register=field.get("register_masked") or "не указано",
            status=RESULTS.get(field["result"], RESULTS["conflict"]),
            differs=field["result"] in DIFFERENT,
            explanation=field.get("explanation"),
        )
        for field in fields
    ]


def _own(field: Json, me: Json) -> str:
    own = field.get("own") or me.get(field["field"]) or "не указано"
    if field["field"] == "birth_on" and "-" in own:
        return texts.day(own)
    return str(own)


def different_fields(sides: list[Side]) -> str:
    """Names of the differing fields for the sentence above the table: «отчество, дата рождения»."""
    return ", ".join(side.label[:1].lower() + side.label[1:] for side in sides if side.differs)


def again_through_provider(provider: str, page: str) -> str | None:
    """«Обновить данные»: a new sign-in reads the provider's data anew, and the comparison follows; back to the page.

    Госуслуги give no other way: without the person there is no token to read with. None for a local account.
    """
    if provider == "local":
        return None
    return f"/auth/{provider}/start?return_to={quote(page + '?done=refreshed', safe='')}"


def after(entry: str, wanted: str) -> str:
    """Where a reader in that state of entry goes next."""
    return NEXT_STEP.get(entry, wanted)


def is_open_verification(item: Json) -> bool:
    """A request to check papers that support has not finished."""
    return bool(item["kind"] == "verification" and item["status"] != "closed")
