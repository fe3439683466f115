"""What a journal row says to its person: Russian titles by action."""

from __future__ import annotations

TITLES = {
    "applications.application.complete": "Обучение завершено, результат внесён",
    "applications.application.confirm": "Организация одобрила вашу заявку",
    "applications.application.delete": "Вы удалили заявку",
    "applications.application.draft": "Создан черновик заявки",
    "applications.application.edit": "Вы изменили заявку",
    "applications.application.enrol": "Вы зачислены на обучение",
    "applications.application.fail": "Обучение не пройдено, результат внесён",
    "applications.application.refuse_seat": "Заявка отклонена: мест не осталось",
    "applications.application.reject": "Организация отклонила вашу заявку",
    "applications.application.request_documents": "Организация попросила документы к заявке",
    "applications.application.submit": "Вы отправили заявку",
    "applications.application.withdraw": "Вы отозвали заявку",
    "applications.document.issue": "Оформлен документ по заявке",
    "applications.applicant.hidden": "Организация больше не видит ваших данных в заявке",
    "consent.withdrawal_applied": "Заявки учли отзыв согласия",
    "person.forgotten": "Заявки уничтожили ваши данные",
    "organization.application.read": "Просмотрены ваша заявка и данные в ней",
}
KINDS = {
    "applications.": "application",
    "applications.applicant.": "consent",
    "consent.": "consent",
    "person.forgotten": "consent",
    "organization.application.read": "look",
}
PURPOSES = {"application_decision": "для решения по заявке"}
