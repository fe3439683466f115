"""The way in as data: words for failed sign-ins, the two sides of a mismatch, where to go next."""

from dataclasses import dataclass
from typing import Any

from nmo_gateway import texts
from nmo_gateway.pages.guard import NEXT_STEP

Json = dict[str, Any]
ESIA = {"key": "esia", "title": "Госуслуги"}

FAILURES: dict[str, tuple[str, str]] = {
    "login_state_invalid": (
        "Вход не завершён",
        "Вход был начат в другом окне или больше 10 минут назад. Начните вход ещё раз.",
    ),
    "login_replayed": (
        "Эта ссылка уже использована",
        "Ссылка для входа действует один раз. Начните вход ещё раз.",
    ),
    "login_cancelled": (
        "Вход отменён",
        "Вы отменили вход на Госуслугах. Чтобы войти, начните ещё раз и разрешите передачу данных.",
    ),
    "login_provider_error": (
        "Госуслуги не подтвердили вход",
        "Попробуйте ещё раз. Если не получится, напишите в поддержку и назовите код.",
    ),
    "login_token_invalid": (
        "Вход отклонён",
        "Мы не смогли проверить ответ сервиса входа и поэтому не пустили в кабинет. Выйдите из Госуслуг и войдите заново.",
    ),
    "provider_unavailable": (
        "Госуслуги не отвечают",
        "Повторите вход через несколько минут. Публичные страницы портала открыты без входа.",
    ),
}
GENERAL_FAILURE = (
    "Войти не получилось",
    "Попробуйте ещё раз. Если не получится, напишите в поддержку и назовите код.",
)

RESULTS: dict[str, texts.Status] = {
    "equal": texts.Status("Совпадает", "green"),
    "equivalent": texts.Status("Совпадает, написание другое", "green"),
    "weak": texts.Status("Совпадает не полностью", "orange"),
    "conflict": texts.Status("Не совпадает", "red"),
}
DIFFERENT = {"weak", "conflict"}


def failure(code: str | None) -> tuple[str, str] | None:
    """Heading and sentence for the code of a failed sign-in; None when there was no failure."""
    if not code:
        return None
    return FAILURES.get(code, GENERAL_FAILURE)


def provider_buttons(providers: list[Json] | None) -> tuple[Json, list[Json]]:
    """Госуслуги for the big button, and the others; Госуслуги alone when the list cannot be had."""
    known = providers or [ESIA]
    main = next((item for item in known if item["key"] == ESIA["key"]), known[0])
    return main, [item for item in known if item is not main]


@dataclass(frozen=True, slots=True)
class Side:
    """One compared field: as in the account and as in the register (masked)."""

    label: str
    own: str
    register: str
    status: texts.Status
    differs: bool


def comparison(me: Json) -> list[Side]:
    """The two columns of SCR-13; what the service left out is taken from the account."""
    fields = (me.get("match") or {}).get("fields") or []
    return [
        Side(
            label=field.get("label") or texts.FIELD.get(field["field"], field["field"]),
            own=_own(field, me),
            register=field.get("register_masked") or "не указано",
            status=RESULTS.get(field["result"], RESULTS["conflict"]),
            differs=field["result"] in DIFFERENT,
        )
        for field in fields
    ]


def _own(field: Json, me: Json) -> str:
    own = field.get("own") or me.get(field["field"]) or "не указано"
    if field["field"] == "birth_on" and "-" in own:
        return texts.day(own)
    return str(own)


def different_fields(sides: list[Side]) -> str:
    """Names of the differing fields for the sentence above the table: «отчество, дата рождения»."""
    return ", ".join(side.label[:1].lower() + side.label[1:] for side in sides if side.differs)


def consent_categories(text: Json) -> list[str]:
    """Each category of data as a line, in either shape the service may give."""
    lines = []
    for category in text.get("categories", []):
        if isinstance(category, str):
            lines.append(category)
        else:
            title = str(category.get("title") or category.get("name") or "")
            items = category.get("items") or category.get("fields") or []
            lines.append(f"{title}: {', '.join(map(str, items))}" if items else title)
    return lines


def consent_paragraphs(text: Json) -> list[str]:
    """The text's paragraphs."""
    body = text.get("text") or text.get("body") or ""
    return [line.strip() for line in str(body).split("\n") if line.strip()]


def after(entry: str, wanted: str) -> str:
    """Where a reader in that state of entry goes next."""
    return NEXT_STEP.get(entry, wanted)
