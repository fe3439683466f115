"""Words that repeat on the pages: statuses, names of codes, numbers and dates as people read them.

Russian stands here and in the templates, nowhere else. Words are never built from parts, so a second language can be
added later by extraction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal

SITE = "Портал НМФО"
SITE_LONG = "Непрерывное медицинское и фармацевтическое образование"
NBSP = "\u00a0"
NDASH = "–"
MDASH = "—"
MOSCOW = ZoneInfo("Europe/Moscow")
LOCALE = "ru_RU"


@dataclass(frozen=True, slots=True)
class Status:
    """A status word and the colour of its tag (the word alone carries the meaning)."""

    word: str
    colour: str


SESSION_OVER: Mapping[str, tuple[str, str]] = {
    "1": (
        "Сессия истекла",
        "Вы долго не работали, и мы закрыли доступ. Войдите снова: страница откроется на том же месте.",
    ),
    "displaced": (
        "Этот вход завершён",
        "Можно войти не больше чем с пяти устройств сразу: когда вы вошли ещё раз, самый давний вход закрылся.",
    ),
    "replaced": ("Этот вход завершён", "В этом браузере вошли заново. Войдите снова, чтобы продолжить."),
    "ended_by_person": (
        "Этот вход завершили с другого устройства",
        "Если это были не вы, войдите и завершите остальные входы в настройках.",
    ),
    "reuse": (
        "Мы закрыли вход для вашей безопасности",
        "Старым ключом этого входа кто-то воспользовался второй раз. Войдите снова. Данные на месте.",
    ),
}
"""Why a session is over (`edge.guard.over_word`): heading and sentence of the sign-in page."""

APPLICATION: Mapping[str, Status] = {
    "draft": Status("Формируется заявка", "yellow"),
    "submitted": Status("На рассмотрении", "blue"),
    "documents_requested": Status("Нужны документы", "orange"),
    "confirmed": Status("Одобрена", "green"),
    "rejected": Status("Отклонена", "red"),
    "enrolled": Status("Вы зачислены", "blue"),
    "completed": Status("Успешно завершён", "green"),
    "failed": Status("Не завершён", "red"),
    "withdrawn": Status("Отозвана", "grey"),
}
APPLICATION_FOR_ORGANISATION: Mapping[str, Status] = {**APPLICATION, "enrolled": Status("Зачислен", "blue")}
CYCLE: Mapping[str, Status] = {
    "unconfirmed": Status("Не подтверждён", "grey"),
    "confirmed": Status("Подтверждён", "green"),
    "closed": Status("Завершён", "blue"),
}
PLAN_ITEM: Mapping[str, Status] = {
    "planned": Status("Запланировано", "blue"),
    "in_progress": Status("В процессе", "teal"),
    "credited": Status("Зачтено", "green"),
    "completed": Status("Зачтено", "green"),
    "removed": Status("Удалено", "grey"),
}
SEAT: Mapping[str, str] = {
    "pending": "Бронируем место",
    "held": "Место забронировано",
    "refused": "Мест не осталось",
    "released": "Место освобождено",
    "none": "Место бронируется после отправки заявки",
}

KIND: Mapping[str, str] = {
    "programme": "Программа повышения квалификации",
    "event": "Образовательное мероприятие",
    "module": "Интерактивный модуль (ИОМ)",
}
KIND_SHORT: Mapping[str, str] = {"programme": "Программа", "event": "Мероприятие", "module": "Модуль (ИОМ)"}
FORM: Mapping[str, str] = {"full_time": "очная", "part_time": "очно-заочная", "correspondence": "заочная"}
BASIS: Mapping[str, str] = {
    "budget": "бюджетная",
    "contract": "договорная",
    "contract_foms": "договорная (за счёт средств ФОМС)",
}
EMPLOYMENT: Mapping[str, str] = {"employed": "Работаю", "unemployed": "Не работаю"}
PAYER: Mapping[str, str] = {"person": "Физическое лицо", "legal_entity": "Юридическое лицо"}
DOCUMENT: Mapping[str, str] = {
    "certificate": "Сертификат специалиста",
    "accreditation": "Свидетельство об аккредитации",
    "accreditation_protocol": "Выписка из протокола аккредитационной комиссии",
}
SECTION: Mapping[str, str] = {
    "accreditation": "Для допуска к аккредитации",
    "certification": "Для допуска к сертификации",
}
FIELD: Mapping[str, str] = {
    "last_name": "Фамилия",
    "first_name": "Имя",
    "patronymic": "Отчество",
    "birth_on": "Дата рождения",
    "snils": "СНИЛС",
}
SERVICE_DOWN: Mapping[str, str] = {
    "identity": "Вход и сведения об учётной записи временно недоступны.",
    "registry": "Сведения из Федерального регистра временно недоступны.",
    "cycles": "Сведения о циклах и плане временно недоступны.",
    "catalog": "Подбор обучения временно недоступен.",
    "applications": "Сведения о заявках временно недоступны.",
    "notifications": "Уведомления временно недоступны.",
}
OTHERS_WORK = "Остальное работает. Обновите страницу через минуту."
ACTOR: Mapping[str, str] = {
    "specialist": "вы",
    "organization": "образовательная организация",
    "system": "портал",
}
ACTOR_FOR_ORGANISATION: Mapping[str, str] = {
    **ACTOR,
    "specialist": "специалист",
    "organization": "ваша организация",
}


def plural(count: int, one: str, few: str, many: str) -> str:
    """Choose the Russian form that agrees with the count: 1 день, 2 дня, 5 дней, 21 день."""
    tail, last = abs(count) % 100, abs(count) % 10
    if last == 1 and tail != 11:  # noqa: PLR2004 the rule of Russian itself
        return one
    if last in {2, 3, 4} and tail not in {12, 13, 14}:
        return few
    return many


def counted(count: int, one: str, few: str, many: str) -> str:
    """Give the number with its noun, never broken between lines: «184 дня»."""
    return f"{count}{NBSP}{plural(count, one, few, many)}"


def number(value: Decimal | str | float) -> str:
    """Give the number in Russian writing without idle zeros: «72», «1,5», «1 250»."""
    return format_decimal(Decimal(str(value)).normalize(), format="#,##0.##", locale=LOCALE)


def zet(value: Decimal | str | float) -> str:
    """Give credits with their unit: «72 ЗЕТ»."""
    return f"{number(value)}{NBSP}ЗЕТ"


def roubles(kopecks: int | None) -> str:
    """Give a price in roubles: «12 500 ₽»; nothing known or zero is «бесплатно»."""
    if not kopecks:
        return "бесплатно"
    return f"{number(Decimal(kopecks) / 100)}{NBSP}₽"


def as_date(value: date | str | None) -> date | None:
    """Read an ISO date of the services; None stays None."""
    if isinstance(value, datetime):
        return value.astimezone(MOSCOW).date()
    return date.fromisoformat(value[:10]) if isinstance(value, str) and value else value or None


def as_moment(value: datetime | str | None) -> datetime | None:
    """Read an RFC 3339 time of the services, as Moscow time."""
    if not value:
        return None
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.astimezone(MOSCOW)


def day(value: date | str | None) -> str:
    """Date for tables: «24.05.2026»; none is a dash."""
    known = as_date(value)
    return known.strftime("%d.%m.%Y") if known else MDASH


def day_long(value: date | str | None) -> str:
    """Date for text: «24 мая 2026»; the day never leaves its month."""
    known = as_date(value)
    return format_date(known, "d MMMM y", locale=LOCALE).replace(" ", NBSP) if known else MDASH


def day_month(value: date | str | None, today: date) -> str:
    """Date for a list of near terms: «27 ноября», with the year when it is another one."""
    known = as_date(value)
    if known is None:
        return MDASH
    pattern = "d MMMM" if known.year == today.year else "d MMMM y"
    return format_date(known, pattern, locale=LOCALE).replace(" ", NBSP)


def moment(value: datetime | str | None) -> str:
    """Time for tables, Moscow: «20.11.2025 в 18:42»; none is a dash."""
    known = as_moment(value)
    return known.strftime(f"%d.%m.%Y{NBSP}в{NBSP}%H:%M") if known else MDASH


def span(starts_on: date | str | None, ends_on: date | str | None) -> str:
    """Dates from and to: «08.12.2025 – 19.12.2025»; «без срока» when there are none."""
    first, last = as_date(starts_on), as_date(ends_on)
    if first is None and last is None:
        return "без срока"
    if first == last or last is None:
        return day(first)
    if first is None:
        return f"до{NBSP}{day(last)}"
    return f"{day(first)}{NBSP}{NDASH} {day(last)}"


def quoted(text: str) -> str:
    """A name in «ёлочки»; quotes inside become „лапки“, as Russian printing has it."""
    return f"«{text.replace('«', '„').replace('»', '“')}»"


def under(*told: str | None) -> str:
    """What is told, one under the other in a cell (`data.lines`)."""
    return "\n".join(line for line in told if line)


def document_numbers(document: Mapping[str, Any]) -> str:
    """Series and number of a document; under them those that the register's books and its protocol have, where told."""
    own = " ".join(str(part) for part in (document.get("series"), document.get("number")) if part)
    registered, protocol = document.get("register_number"), document.get("protocol_number")
    return under(
        own or MDASH,
        f"Регистрационный номер{NBSP}{registered}" if registered else None,
        f"Протокол №{NBSP}{protocol}" if protocol else None,
    )


def phone(number_text: str | None) -> str:
    """A Russian mobile number in groups: «+7 900 000-10-11»; anything else as it came."""
    digits = (number_text or "").strip()
    if len(digits) == len("+79000001011") and digits.startswith("+7") and digits[1:].isdecimal():
        grouped = f"+7 {digits[2:5]} {digits[5:8]}-{digits[8:10]}-{digits[10:]}"
        return grouped.replace(" ", NBSP)
    return digits
