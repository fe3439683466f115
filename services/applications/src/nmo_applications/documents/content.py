"""What stands in a document: plain rows of label and value out of the application (cabinet reference 7)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from nmo_applications.documents.rules import grouped, number_text, spoken_date
from nmo_applications.enrolment import texts
from nmo_applications.enrolment.queries import Viewed
from nmo_applications.reference import region_names, specialty_names
from nmo_applications.upstreams import Applicant
from nmo_kit.clock import MOSCOW
from nmo_kit.snils import Snils

PORTAL = "Портал непрерывного медицинского и фармацевтического образования"
Row = tuple[str, str]


def document_data(
    kind: str, viewed: Viewed, applicant: Applicant, *, code: str, public_url: str, now: datetime
) -> dict[str, Any]:
    """All that the template of `kind` shows; JSON types only."""
    row = viewed.row
    moment = now.astimezone(MOSCOW)
    return {
        "title": f"{texts.DOCUMENT_TITLES[kind]} № {row.number}",
        "portal": PORTAL,
        "number": row.number,
        "code": grouped(code),
        "verify_address": f"{public_url.partition('://')[2]}/verify",
        "issued_at": f"{moment:%d.%m.%Y %H:%M} мск",
        "dated": spoken_date(moment.year, moment.month, moment.day),
        "organization": viewed.element.organization_name,
        "employed": row.employment == "employed",
        "short_name": applicant.short_name,
        "person": _person(viewed, applicant),
        "programme": _programme(viewed),
        "form": _form(viewed) if kind == "application" else _sending(viewed, kind),
    }


def _person(viewed: Viewed, applicant: Applicant) -> list[Row]:
    row = viewed.row
    return [
        ("Фамилия, имя, отчество", applicant.full_name),
        ("СНИЛС", Snils.parse(applicant.snils).formatted),
        ("Специальность", row.specialty_name or specialty_names().get(row.specialty_key, row.specialty_key)),
    ]


def _programme(viewed: Viewed) -> list[Row]:
    element = viewed.element
    zet = number_text(str(element.zet))
    return [
        ("Наименование", element.title),
        ("Трудоёмкость", f"{zet}\u00a0ЗЕТ ({element.workload_hours}\u00a0ч)"),
        ("Форма обучения", texts.FORM_TITLES.get(element.form, element.form)),
        ("Сроки", _dates(element.starts_on, element.ends_on)),
        ("Организация", element.organization_name),
    ]


def _dates(starts_on: date | None, ends_on: date | None) -> str:
    if starts_on is None or ends_on is None:
        return "по расписанию организации"
    return f"{starts_on:%d.%m.%Y} – {ends_on:%d.%m.%Y}"


def _form(viewed: Viewed) -> list[Row]:
    row = viewed.row
    values = [
        ("Занятость", texts.EMPLOYMENT_TITLES.get(row.employment or "")),
        ("Должность", row.position),
        ("Место работы", row.workplace_name),
        ("Адрес", row.workplace_address),
        ("Регион", _region(row.region_code)),
        ("Основа обучения", texts.BASIS_TITLES.get(row.basis or "")),
        ("Плательщик", texts.PAYER_TITLES.get(row.payer or "")),
    ]
    return [(label, value) for label, value in values if value]


def _sending(viewed: Viewed, kind: str) -> list[Row]:
    row, starts_on = viewed.row, viewed.element.starts_on
    values = [
        ("Место работы", row.workplace_name),
        ("Адрес", row.workplace_address),
        ("Регион", _region(row.region_code)),
        ("Основа обучения", texts.BASIS_TITLES.get(row.basis or "")),
        ("Действителен", f"до {starts_on:%d.%m.%Y}" if starts_on and kind == "certificate" else None),
        ("Место обучения", viewed.element.place if kind == "referral" else None),
        ("Явиться", f"{starts_on:%d.%m.%Y}" if starts_on and kind == "referral" else None),
    ]
    return [(label, value) for label, value in values if value]


def _region(code: str | None) -> str | None:
    return region_names().get(code, code) if code else None
