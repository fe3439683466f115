"""The lines of the settings hub, in the order of the page; whoever owns a page adds its line."""

from typing import NamedTuple


class Setting(NamedTuple):
    """One page of the settings."""

    path: str
    title: str
    hint: str


SETTINGS: list[Setting] = [
    Setting(
        "/cabinet/settings/security",
        "Безопасность",
        "Пароль, двухэтапная проверка, резервные коды",
    ),
    Setting("/cabinet/profile/contacts", "Контакты", "Почта, телефон и почтовый адрес"),
    Setting(
        "/cabinet/settings/sessions", "Входы и устройства", "Где вы сейчас вошли; завершить лишние входы"
    ),
    Setting(
        "/cabinet/settings/links",
        "Синхронизация с Госуслугами",
        "Войти можно и по паролю, и через Госуслуги",
    ),
    Setting(
        "/cabinet/settings/portals",
        "Сайты, куда вы входите через портал",
        "Какие данные им переданы; закрыть доступ",
    ),
    Setting("/cabinet/settings/roles", "Роли", "Работа от имени организации; запросить роль"),
    Setting("/cabinet/journal", "Журнал действий", "Входы, изменения, кто смотрел ваши данные"),
    Setting("/cabinet/settings/consents", "Согласия", "Дать, отозвать, скачать квитанцию"),
    Setting(
        "/cabinet/settings/disclosures",
        "Кто получал сведения обо мне",
        "Просмотры сотрудников и передачи партнёрам",
    ),
    Setting("/display?from=/cabinet/settings", "Версия для слабовидящих", "Размер букв, шрифт и цвета"),
]
