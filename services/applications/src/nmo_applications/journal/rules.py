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
    "applications.request.open": "Вы обратились в поддержку",
    "applications.request.take": "Сотрудник поддержки взял ваше обращение",
    "applications.request.release": "Сотрудник поддержки вернул ваше обращение в очередь",
    "applications.request.escalate": "Ваше обращение передано старшему сотруднику",
    "applications.request.answer": "Поддержка ответила на ваше обращение",
    "applications.request.reply": "Вы написали в обращении",
    "applications.request.propose": "Поддержка предложила изменить ваши данные",
    "applications.request.approve": "Второй сотрудник утвердил изменение ваших данных",
    "applications.request.reject": "Второй сотрудник отклонил изменение ваших данных",
    "applications.request.decide": "Решение об изменении ваших данных отклонено",
    "applications.request.applied": "Изменение ваших данных выполнено",
    "applications.request.not_applied": "Изменение ваших данных не выполнено",
    "applications.request.close": "Поддержка закрыла ваше обращение",
    "applications.request.withdraw": "Вы закрыли обращение",
    "applications.change.disclose": "Новые данные переданы для изменения",
    "support.request.read": "Сотрудник поддержки посмотрел ваше обращение и данные",
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
    "applications.request.": "profile",
    "applications.change.": "profile",
    "support.request.read": "look",
}
PURPOSES = {
    "application_decision": "для решения по заявке",
    "support_request": "для ответа на обращение",
    "apply_change": "по вашему обращению",
}
