"""What a journal row says to its person: Russian titles by action."""

from __future__ import annotations

TITLES = {
    "account.registered": "Первый вход, учётная запись создана",
    "account.frozen": "Вход приостановлен",
    "account.closed": "Способ входа закрыт",
    "account.thawed": "Вход снова открыт",
    "client.disabled": "Партнёр отключён",
    "client.enabled": "Партнёр снова включён",
    "client.grant.given": "Вы разрешили сайту получать ваши данные",
    "client.grant.refused": "Вы не разрешили сайту получать ваши данные",
    "client.grant.revoked": "Вы закрыли сайту доступ к вашим данным",
    "client.registered": "Зарегистрирован партнёр",
    "client.secret_changed": "Сменён секрет партнёра",
    "code.refused": "Одноразовый код не принят",
    "consent.granted": "Вы дали согласие",
    "consent.refused": "Вы не согласились",
    "consent.withdrawn": "Вы отозвали согласие",
    "contact.change_begun": "Запрошен код для смены контакта",
    "contact.changed": "Контакт изменён",
    "contact.undone": "Изменение контакта отменено по ссылке из письма",
    "erasure.begun": "Начато уничтожение ваших личных данных",
    "erasure.cancelled": "Уничтожение личных данных отменено: вы согласились снова",
    "erasure.concluded": "Личные данные уничтожены, акт составлен",
    "erasure.ordered": "Назначено уничтожение ваших личных данных: вы отозвали согласие",
    "letter.failed": "Не удалось доставить вам сообщение",
    "letter.sent": "Вам отправлено сообщение",
    "link.added": "Привязан способ входа",
    "link.conflict": "Отклонена попытка связать чужую запись",
    "link.dismissed": "Вы указали, что найденная учётная запись не ваша",
    "link.left": "Способ входа перешёл в другой ваш кабинет",
    "link.refused": "Привязка отклонена",
    "link.removed": "Отвязан способ входа",
    "link.started": "Начата привязка способа входа",
    "links.confirmed": "Вы проверили способы входа",
    "login.confirmed": "Вход подтверждён заново",
    "login.refused": "Вход отклонён",
    "login.succeeded": "Вход",
    "logout": "Выход",
    "match.checked": "Сверка с регистром медицинских работников",
    "match.confirmed": "Вы подтвердили запись регистра",
    "match.refused": "Сверка отклонена: сегодня данные уже сверяли 3 раза",
    "match.postponed": "Сверка отложена: регистр не ответил",
    "membership.granted": "Вам назначена роль",
    "membership.revoked": "Ваша роль снята",
    "oidc.authorized": "Вход на сайт партнёра через портал",
    "oidc.code_refused": "Вход на сайт партнёра отклонён",
    "oidc.code_reused": "Повторное использование кода входа отклонено",
    "oidc.refresh_reused": "Повторное использование токена отклонено",
    "person.changed": "Личные данные обновлены с Госуслуг",
    "person.changed_by_support": "Данные изменены поддержкой по вашему обращению",
    "person.read": "Ваши данные переданы сервису портала",
    "questionnaire.filled": "Заполнена анкета о дипломе",
    "recovery.asked": "Запрошен код для нового пароля",
    "recovery.finished": "Задан новый пароль, прежние входы завершены",
    "recovery_codes.renewed": "Созданы резервные коды",
    "role.granted": "Назначена роль",
    "session.ended": "Вход завершён",
    "role.request_granted": "Ваш запрос на роль одобрен",
    "role.request_refused": "Ваш запрос на роль отклонён",
    "role.request_withdrawn": "Вы отозвали запрос на роль",
    "role.requested": "Вы запросили роль",
    "role.revoked": "Администратор снял вашу роль",
    "workplace.chosen": "Вы выбрали рабочее место",
    "second_step.off": "Способ двухэтапной проверки выключен",
    "second_step.on": "Двухэтапная проверка включена",
    "second_step.passed": "Второй шаг входа пройден",
    "second_step.refused": "Второй шаг входа не пройден",
    "journal.exported": "Вы скачали журнал действий",
    "signing_key.rotated": "Сменён ключ подписи",
}
MATCH_OUTCOMES = {
    "exact": "данные совпали полностью",
    "equivalent": "данные совпали",
    "weak": "данные почти совпали, нужно ваше подтверждение",
    "conflict": "данные расходятся",
    "not_found": "записи в регистре нет",
}
PURPOSES = {
    "data_transfer": "на передачу данных",
    "organisation_transfer": "на передачу данных образовательной организации",
    "partner_transfer": "на передачу данных системам-партнёрам",
    "sms_messages": "на уведомления по SMS",
    "application_form": "для документа заявки",
    "application_queue": "для списка заявок организации",
    "deliver_message": "для отправки уведомления",
    "support_request": "сотруднику поддержки, который рассматривает ваше обращение",
    "support_queue": "для списка обращений, которые взял в работу сотрудник поддержки",
}


KINDS = {
    "account.": "sign_in",
    "code.": "sign_in",
    "consent.": "consent",
    "erasure.": "consent",
    "link.": "sign_in",
    "links.": "sign_in",
    "login.": "sign_in",
    "logout": "sign_in",
    "membership.": "role",
    "oidc.": "sign_in",
    "person.read": "look",
    "password.": "sign_in",
    "recovery": "sign_in",
    "role.": "role",
    "second_step.": "sign_in",
    "session.": "sign_in",
    "workplace.": "role",
}
"""Kind by the beginning of an action; what is not here is about the person's data."""


def detail(action: str, result: str) -> str:
    """What the result adds to the title."""
    if action == "match.checked" and result in MATCH_OUTCOMES:
        return f": {MATCH_OUTCOMES[result]}"
    if action == "login.succeeded" and result == "denied":
        return ": учётная запись не подтверждена, кабинет закрыт"
    return ""
