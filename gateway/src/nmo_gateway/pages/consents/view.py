"""Consents as data for the pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nmo_gateway import texts

Json = dict[str, Any]
MAIN = "data_transfer"
LIST = "/cabinet/settings/consents"
STATES: dict[str, texts.Status] = {
    "granted": texts.Status("Действует", "green"),
    "refused": texts.Status("Вы не согласились", "grey"),
    "withdrawn": texts.Status("Отозвано", "grey"),
    "none": texts.Status("Не дано", "grey"),
}
DONE = {
    "granted": "Согласие дано. Квитанцию можно скачать здесь.",
    "withdrawn": "Согласие отозвано.",
    "withdrawn_main": "Согласие отозвано. Кабинет закрыт, данные больше не передаются. Чтобы вернуться, согласитесь снова.",
}
_KINDS = {"granted": "дано", "withdrawn": "отозвано", "refused": "отказ"}


@dataclass(frozen=True, slots=True)
class Category:
    """One category of data of the consent: what, from where, what for (SSO-03)."""

    title: str
    source: str
    used_for: str


@dataclass(frozen=True, slots=True)
class Line:
    """One purpose in the list: what it is, how it stands, where to change it."""

    purpose: str
    title: str
    summary: str
    status: texts.Status
    since: str
    granted: bool
    answer_href: str
    withdraw_href: str
    receipt_href: str | None


def address(purpose: str) -> str:
    """The page of one purpose."""
    return "/consent" if purpose == MAIN else f"/consent/{purpose}"


def find(consents: Json, purpose: str) -> Json | None:
    """One purpose of the service's answer; None when there is no such purpose."""
    known: list[Json] = consents["purposes"]
    return next((item for item in known if item["purpose"] == purpose), None)


def lines(consents: Json) -> list[Line]:
    """All purposes in the service's order."""
    return [_line(item) for item in consents["purposes"]]


def _line(item: Json) -> Line:
    record = item.get("record_id")
    return Line(
        purpose=item["purpose"],
        title=item["text"]["title"],
        summary=item["text"]["summary"],
        status=STATES.get(item["state"], STATES["none"]),
        since=texts.moment(item["answered_at"]) if item.get("answered_at") else "",
        granted=item["state"] == "granted",
        answer_href=address(item["purpose"]),
        withdraw_href=f"{LIST}/{item['purpose']}/withdraw",
        receipt_href=f"{LIST}/receipts/{record}" if record else None,
    )


def categories(text: Json) -> list[Category]:
    """Each category of data on a line of its own, in the text's order."""
    return [
        Category(str(item.get("title") or ""), str(item.get("source") or ""), str(item.get("used_for") or ""))
        for item in text.get("categories", [])
    ]


def paragraphs(text: Json) -> list[str]:
    """The text's paragraphs."""
    return [line.strip() for line in str(text.get("text") or "").split("\n") if line.strip()]


def erasure_day(consents: Json) -> str | None:
    """The day on which the person's data will be destroyed; None when they will not."""
    erasure = consents.get("erasure")
    return texts.day(erasure["due_at"]) if erasure else None


def receipt_rows(receipt: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The receipt in words, in the order of reading."""
    return [
        ("Номер записи", receipt["record_id"]),
        ("Кому", receipt["controller"]),
        ("Условный номер субъекта", receipt["subject"]),
        ("Цель", receipt["purpose"]["summary"] or receipt["purpose"]["title"]),
        ("Данные", "; ".join(item["title"] for item in receipt["data_categories"])),
        ("Получатели", "; ".join(receipt["recipients"])),
        ("Действия с данными", receipt["processing"]),
        ("Срок", receipt["retention"]),
        ("Как отозвать", receipt["withdrawal"]),
        ("Как дано", receipt["method"]["title"]),
        ("Когда дано", texts.moment(receipt["given_at"]) + " мск"),
        ("Состояние", receipt["state"]["title"]),
        ("События", "; ".join(f"{_KINDS.get(e['kind'], e['kind'])} {texts.moment(e['at'])}" for e in receipt["events"])),
        ("Редакция текста", receipt["notice"]["version"]),
        ("Контрольная сумма текста", receipt["notice"]["sha256"]),
    ]  # fmt: skip
