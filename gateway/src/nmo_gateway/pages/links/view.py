"""Ways in as data of their page."""

from dataclasses import dataclass
from typing import Any

from nmo_gateway import texts

Json = dict[str, Any]
LOCAL = "local"
DONE = {
    "linked": "Связано. Теперь в кабинет можно войти и так. На других устройствах войдите заново.",
    "joined": "Связано. Теперь это один кабинет: входите по паролю или через Госуслуги.",
    "untied": "Способ входа отвязан.",
    "dismissed": "Больше не будем предлагать эту учётную запись.",
    "confirmed": "Способы входа проверены.",
}
REFUSED = {
    "link_state_invalid": "Привязка начата в другом окне или больше 10 минут назад. Начните её ещё раз.",
    "link_used": "Эта привязка уже завершена или отменена. Проверьте список ниже и, если нужно, начните ещё раз.",
    "link_not_fresh": "Сервис входа не спросил пароль. Выйдите из него и начните привязку ещё раз.",
    "link_taken": "Эта запись уже связана с другим кабинетом портала. Мы ничего не объединили и сообщили владельцу. "
    "Если оба кабинета ваши, напишите в поддержку: их объединят по документам.",
    "link_other_person": "СНИЛС в этой записи и в вашем кабинете разные, поэтому мы их не связали. Если в кабинете "
    "ошибка, напишите в поддержку.",
    "link_other_identity": "К кабинету уже привязана другая запись этого сервиса. Сначала отвяжите её.",
    "snils_taken": "С этим СНИЛС на портале уже есть другой кабинет. Войдите в него или напишите в поддержку.",
    "login_cancelled": "Вы отменили вход. Ничего не изменилось.",
    "provider_unavailable": "Госуслуги сейчас не отвечают. Повторите через несколько минут.",
}
GENERAL = "Не получилось связать. Начните ещё раз. Если не выйдет снова, напишите в поддержку."
SAME = {"snils": "тот же СНИЛС", "email": "тот же адрес почты"}
ALONE = texts.Status("Действует", "green")
STATES = {
    "active": texts.Status("Связано", "green"),
    "frozen": texts.Status("Приостановлен", "red"),
    "unverified": texts.Status("Почта не подтверждена", "yellow"),
}


@dataclass(frozen=True, slots=True)
class Way:
    """One way in, in words."""

    account_id: str
    title: str
    status: texts.Status
    since: str
    last: str
    current: bool
    removable: bool


def ways(items: list[Json]) -> list[Way]:
    """In the order they were added."""
    return [
        Way(
            account_id=str(item["account_id"]),
            title=str(item["title"]),
            status=ALONE
            if len(items) == 1 and item["state"] == "active"
            else STATES.get(item["state"], texts.Status(str(item["state"]), "grey")),
            since=texts.moment(item["since"]) + " мск",
            last=texts.moment(item["last_login_at"]) + " мск",
            current=bool(item["current"]),
            removable=bool(item["removable"]),
        )
        for item in items
    ]


@dataclass(frozen=True, slots=True)
class Found:
    """An account of the portal that may be the reader's."""

    account_id: str
    email: str
    why: str


def found(items: list[Json]) -> list[Found]:
    """Accounts with the reader's proven number or address."""
    return [
        Found(
            account_id=str(item["account_id"]),
            email=str(item["email_masked"] or "адрес не подтверждён"),
            why=" и ".join(SAME[name] for name in item["same"]),
        )
        for item in items
    ]


def refused(code: str | None) -> str | None:
    """What happened to a link and what to do."""
    return None if code is None else REFUSED.get(code, GENERAL)
