"""What a filled form must hold, as pure rules with the words for each fault (APP-02, APP-03)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

EMPLOYED = "employed"
UNEMPLOYED = "unemployed"
BUDGET = "budget"
CONTRACT = "contract"
PAYERS = ("person", "legal_entity")
TEXT_LIMIT = 300
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The form as the person fills it; `None` means not given."""

    employment: str | None = None
    position: str | None = None
    workplace_name: str | None = None
    workplace_address: str | None = None
    region_code: str | None = None
    basis: str | None = None
    payer: str | None = None
    employer_oid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Employer:
    """One present employment out of the register."""

    oid: str
    name: str
    state_budget: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """One field that is not right: where, what kind, and what to do about it in Russian."""

    pointer: str
    code: str
    message: str


def normalised(form: Form) -> Form:
    """The form with blanks tidied and the fields that its other answers hide emptied.

    «Не работаю» hides position and place of work (APP-02); a payer is asked for only when the basis is
    «договорная» (APP-03).
    """
    values = {name: _tidy(getattr(form, name)) for name in Form.__dataclass_fields__}
    tidy = Form(**values)
    if tidy.employment == UNEMPLOYED:
        tidy = replace(tidy, position=None, workplace_name=None, workplace_address=None, employer_oid=None)
    if tidy.basis != CONTRACT:
        tidy = replace(tidy, payer=None)
    return tidy


def faults(
    form: Form, *, bases: Sequence[str], regions: Collection[str], employers: Sequence[Employer] | None
) -> list[Fault]:
    """Everything that keeps a normalised form from being saved, in the order of the form's fields.

    `bases` are those the programme is taught on, `regions` the known codes. `employers` are the person's present
    employments in the register; `None` stands for "not asked", which is right only when the basis is not
    «бюджетная».
    """
    return [
        *_employment_faults(form),
        *_region_faults(form, regions),
        *_basis_faults(form, bases, employers),
        *_payer_faults(form),
    ]


def employer_of(form: Form, employers: Iterable[Employer]) -> Employer | None:
    """The register's employment that the form names: by its OID if one was chosen, else by the name."""
    if form.employment != EMPLOYED:
        return None
    for employer in employers:
        if form.employer_oid is not None:
            if employer.oid == form.employer_oid:
                return employer
        elif form.workplace_name is not None and _same_name(employer.name, form.workplace_name):
            return employer
    return None


def _employment_faults(form: Form) -> Iterable[Fault]:
    if form.employment is None:
        yield Fault("/employment", "required", "Выберите, работаете ли вы")
        return
    if form.employment == UNEMPLOYED:
        return
    for name, words in (
        ("position", "Введите должность"),
        ("workplace_name", "Введите название места работы"),
        ("workplace_address", "Введите адрес места работы"),
    ):
        value = getattr(form, name)
        if value is None:
            yield Fault(f"/{name}", "required", words)
        elif len(value) > TEXT_LIMIT:
            yield Fault(f"/{name}", "too_long", f"Сократите текст до {TEXT_LIMIT} знаков")


def _region_faults(form: Form, regions: Collection[str]) -> Iterable[Fault]:
    if form.region_code is None:
        yield Fault("/region_code", "required", "Выберите регион")
    elif form.region_code not in regions:
        yield Fault("/region_code", "unknown", "Выберите регион из списка")


def _basis_faults(form: Form, bases: Sequence[str], employers: Sequence[Employer] | None) -> Iterable[Fault]:
    if form.basis is None:
        yield Fault("/basis", "required", "Выберите основу обучения")
        return
    if form.basis not in bases:
        yield Fault("/basis", "not_offered", "По этой программе такой основы обучения нет. Выберите другую")
        return
    if form.basis != BUDGET:
        return
    employer = employer_of(form, employers or ())
    if employer is None or not employer.state_budget:
        yield Fault(
            "/basis",
            "not_state_budget",
            "На бюджетной основе учатся только работники государственных бюджетных организаций. "
            "По данным регистра указанное место работы к ним не относится. Выберите другую основу обучения",
        )


def _payer_faults(form: Form) -> Iterable[Fault]:
    if form.basis != CONTRACT:
        return
    if form.payer is None:
        yield Fault("/payer", "required", "Выберите, кто платит: физическое или юридическое лицо")
    elif form.payer not in PAYERS:
        yield Fault("/payer", "unknown", "Выберите плательщика из списка")


def _tidy(value: str | None) -> str | None:
    if value is None:
        return None
    return _BLANKS.sub(" ", value).strip() or None


def _same_name(one: str, other: str) -> bool:
    return _comparable(one) == _comparable(other)


def _comparable(name: str) -> str:
    return re.sub(r"[^\w]+", " ", name.casefold().replace("ё", "е")).strip()
