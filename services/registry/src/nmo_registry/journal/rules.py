"""What a journal row says to its person: Russian titles by action."""

from __future__ import annotations

TITLES = {
    "registry.document.scan": "Вы загрузили скан документа",
    "registry.document.send": "Вы добавили документ, которого нет в регистре",
    "registry.document.resend": "Вы отправили документ на проверку ещё раз",
    "registry.document.withdraw": "Вы отозвали документ с проверки",
    "registry.document.take": "Ваш документ взяли на проверку",
    "registry.document.release": "Ваш документ вернули в очередь на проверку",
    "registry.document.verify": "Ваш документ подтверждён",
    "registry.document.refuse": "Ваш документ не подтверждён",
    "registry.document.ask": "По вашему документу нужны дополнительные бумаги",
    "registry.document.replace": "Ваш документ заменён записью регистра",
    "registry.document.late": "Проверка вашего документа задержалась, о ней сообщили старшему сотруднику",
    "registry.difference.accept": "Вы согласились с данными регистра",
    "registry.difference.dispute": "Вы оспорили данные регистра",
    "registry.difference.ask_employer": "Вы попросили работодателя исправить данные в регистре",
    "support.document.read": "Сотрудник видел ваш документ",
    "registry.match": "Портал искал вашу запись в регистре, чтобы сверить данные",
    "registry.books.pin": "Версия справочника закреплена",
    "registry.books.unpin": "Справочник снова обновляется сам",
    "registry.books.again": "Справочник запрошен заново",
    "registry.books.successors": "Указано, чем заменено значение справочника",
    "registry.exchange.again": "Обмен с регистром запущен заново",
    "registry.books.accept": "Сокращённая версия справочника принята",
    "registry.exchange.compare": "Назначена полная сверка с регистром",
    "registry.exchange.retry": "Отложенные карточки регистра прочитаны ещё раз",
    "registry.employments.disclose": "Места работы из регистра переданы сервису портала",
    "registry.staff.read": "Ваш работодатель видел ваши сведения",
    "consent.withdrawal_applied": "Копия регистра учла отзыв согласия",
    "person.forgotten": "Сведения о вас, кроме копии регистра, уничтожены",
}
KINDS = {
    "registry.": "profile",
    "support.document.read": "look",
    "registry.match": "look",
    "registry.employments.disclose": "look",
    "registry.staff.read": "look",
    "consent.": "consent",
    "person.forgotten": "consent",
}
PURPOSES = {
    "document_verification": "для проверки",
    "application_form": "для документа заявки",
    "employer_staff": "в списке сотрудников",
}
