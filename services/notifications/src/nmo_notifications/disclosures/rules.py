"""Words for what a partner was told; pure."""

from __future__ import annotations

from nmo_contracts import partner
from nmo_contracts.base import EventPayload

TITLES = {
    partner.ApplicationStatusChangedV1.type_name: "Состояние вашей заявки изменилось",
    partner.CycleStatusChangedV1.type_name: "Состояние вашего цикла изменилось",
    partner.CreditRecordedV1.type_name: "Вам зачтены ЗЕТ",
}
_MODELS: dict[str, type[EventPayload]] = {model.type_name: model for model in partner.EVENTS}


def title(type_name: str) -> str:
    """Why the partner was told: what had happened."""
    return TITLES.get(type_name, type_name)


def fields(type_name: str) -> list[str]:
    """Names of the data that an event of this type carries; addresses of the portal are none."""
    model = _MODELS.get(type_name)
    return [name for name in model.model_fields if name != "links"] if model else []
