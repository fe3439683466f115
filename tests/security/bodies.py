"""Bodies of requests by the action they ask for."""

from __future__ import annotations

BODIES: dict[str, dict[str, object]] = {
    "cycles.cycle.edit": {"preferred_organization_id": None},
    "cycles.plan.edit": {"element_id": "01890a5d-ac96-774b-bcce-b302099a8057"},
    "applications.application.edit": {"position": "Врач"},
    "organization.application.reject": {"reason": "Нет мест"},
    "organization.application.request_documents": {"message": "Пришлите копию диплома"},
    "identity.organization.people.grant": {"answer": ""},
    "identity.organization.people.refuse": {"reason": "Здесь не работает"},
    "identity.organization.people.revoke": {"reason": "Здесь не работает"},
    "applications.request.reply": {"text": "Жду ответа"},
    "registry.own_document.send": {
        "kind": "diploma",
        "specialty_name": "Лечебное дело",
        "number": "107724",
        "institution": "Северный медицинский университет",
        "issued_on": "2012-06-28",
        "scan_ids": ["01890a5d-ac96-774b-bcce-b302099a8057"],
        "data_are_true": True,
        "reports_new_surname": True,
    },
    "registry.comparison.answer": {"field": "exam_on", "choice": "accept"},
    "partner.subscription.replay": {"since": "2026-01-01T00:00:00Z"},
    "partner.subscription.rotate": {"overlap_s": 60},
    "organization.application.complete": {
        "passed": True,
        "completed_on": "2026-06-01",
        "certificate_number": "1",
    },
}
"""Bodies that pass the check of fields, so that the answer is about the object."""
