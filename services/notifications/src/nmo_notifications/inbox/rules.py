"""Which events become messages, and with which parameters; pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from nmo_contracts.purposes import EMPLOYER, MAIN, ORGANISATION, PARTNERS, SMS

KIND_OF: dict[str, str] = {
    "applications.application.submitted.v1": "application_submitted",
    "applications.application.confirmed.v1": "application_confirmed",
    "applications.application.rejected.v1": "application_rejected",
    "applications.application.documents_requested.v1": "application_documents_requested",
    "applications.application.enrolled.v1": "application_enrolled",
    "applications.application.completed.v1": "application_completed",
    "applications.application.failed.v1": "application_failed",
    "applications.application.withdrawn.v1": "application_withdrawn",
    "cycles.cycle.confirmed.v1": "cycle_confirmed",
    "cycles.cycle.document_lost.v1": "cycle_document_lost",
    "cycles.cycle.document_found.v1": "cycle_document_found",
    "cycles.credit.recorded.v1": "credit_recorded",
    "cycles.threshold.reached.v1": "threshold_reached",
    "identity.consent.granted.v1": "consent_granted",
    "identity.consent.withdrawn.v1": "consent_withdrawn",
    "identity.person.mismatched.v1": "person_mismatched",
    "identity.match.corrected.v1": "match_corrected",
    "applications.request.opened.v1": "request_opened",
    "applications.request.answered.v1": "request_answered",
    "applications.request.closed.v1": "request_closed",
    "registry.document.sent.v1": "document_sent",
    "registry.document.moved.v1": "document_moved",
    "registry.document.replaced.v1": "document_replaced",
}
"""Kind of the message by event type."""

_TAKEN = (
    "application_id",
    "number",
    "reason_code",
    "certificate_number",
    "cycle_id",
    "specialty_name",
    "percent",
    "outcome",
    "request_id",
    "document_id",
    "kind",
    "result",
)
PURPOSE_WORDS = {
    MAIN: "передача данных",
    ORGANISATION: "передача данных образовательной организации",
    EMPLOYER: "передача данных работодателю",
    PARTNERS: "передача данных системам-партнёрам",
    SMS: "уведомления по SMS",
}
FOLLOWS = {
    MAIN: "Кабинет закрыт до нового согласия. Через 30 дней личные данные будут уничтожены.",
    ORGANISATION: "Организации больше не видят ваши данные, решений по поданным заявкам не будет, пока вы не согласитесь снова.",
    EMPLOYER: "Руководитель и кадровая служба вашего работодателя больше не видят ваши данные.",
    PARTNERS: "Партнёры больше не получают сведений о вас.",
    SMS: "SMS о заявках и сроках больше не приходят.",
}
"""By purpose: what a person is told of a withdrawal."""
_NUMBERS = ("zet", "total_zet", "target_zet")


def params_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a template may use of an event's data: ids and states, numbers as Russian text."""
    found: dict[str, Any] = {name: data[name] for name in _TAKEN if name in data}
    found |= {name: number_text(data[name]) for name in _NUMBERS if data.get(name) is not None}
    if "purpose" in data:
        known = data["purpose"] if data["purpose"] in PURPOSE_WORDS else MAIN
        found |= {"purpose": PURPOSE_WORDS[known], "follows": FOLLOWS[known]}
    return found


def number_text(value: str | Decimal) -> str:
    """A decimal as a Russian reader expects it: `72.00` is «72», `1.50` is «1,5»."""
    text = f"{Decimal(value):f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace(".", ",")
