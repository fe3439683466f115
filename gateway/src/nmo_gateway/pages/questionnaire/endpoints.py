"""«Анкета о дипломе»: for those of whom the register has no diploma, before their first cycle (REG-10)."""

from datetime import date
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway import texts
from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import load, services_of
from nmo_gateway.pages.forms import Form, read_form, required_day, specialty_choices
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import Redirect, local_path, page_router, see
from nmo_gateway.service_errors import ServiceProblem
from nmo_kit.clock import today

router = page_router()
PAGE = "/cabinet/profile/questionnaire"
API = "/api/v1/me/questionnaire"
PROFILE = "/cabinet/profile"
CONFIRMATIONS = {
    "data_true": "Подтвердите, что данные верны",
    "will_report_surname": "Подтвердите, что сообщите о смене фамилии",
}


@router.get(PAGE)
async def questionnaire(
    request: Request, needed: str | None = None, return_to: str | None = None
) -> Response:
    """The form, with what was stated before."""
    guard.signed_in(request)
    known = await services_of(request).get("identity", API)
    form = Form(values=_values(known["filled"]))
    return await _page(request, form, needed=needed, return_to=local_path(return_to, PROFILE))


@router.post(PAGE)
async def fill(request: Request) -> Response:
    """Keep the answers; back to where they were needed."""
    guard.signed_in(request)
    form = await read_form(request)
    target = local_path(form.get("return_to"), PROFILE)
    body = _body(form)
    if body is not None:
        try:
            await services_of(request).put("identity", API, body)
        except ServiceProblem as problem:
            form.take(problem)
    if body is None or form.errors or form.summary:
        return await _page(request, form, needed=form.get("needed") or None, return_to=target)
    sign = "&" if "?" in target else "?"
    return see(f"{target}{sign}done=questionnaire")


async def ask_for_it(request: Request, form: Form, return_to: str) -> None:
    """A first cycle was refused for want of the questionnaire: lead there, or say that it is on its way.

    Raises:
        Redirect: to the questionnaire, which leads back.
    """
    known = await services_of(request).get("identity", API)
    if known["filled"] is None:
        raise Redirect(f"{PAGE}?needed=1&return_to={quote(return_to, safe='')}")
    form.summary.append("Анкета получена и проверяется. Нажмите кнопку ещё раз через несколько секунд.")


async def _page(request: Request, form: Form, *, needed: str | None, return_to: str) -> Response:
    specialties = await load(request, "registry", "/api/v1/dictionaries/specialties")
    return await render(
        request,
        "pages/questionnaire/questionnaire.html",
        title="Анкета о дипломе",
        menu="profile",
        status=form.status,
        form=form,
        notice=specialties.notice,
        specialties=specialty_choices(specialties.items),
        needed=needed,
        return_to=return_to,
        scripts=("vendor/autocomplete.js",),
    )


def _values(filled: dict[str, Any] | None) -> dict[str, str]:
    if filled is None:
        return {}
    return {
        "specialty_key": filled["specialty_key"],
        "organization": filled["organization"],
        "exam_on": _typed(filled["exam_on"]),
        "diploma_on": _typed(filled["diploma_on"]),
    }


def _typed(day: str) -> str:
    return date.fromisoformat(day).strftime("%d.%m.%Y")


def _body(form: Form) -> dict[str, Any] | None:
    """The answers for identity; None with messages at the fields when something is missing."""
    if not form.get("specialty_key"):
        form.add("specialty_key", "Выберите специальность по диплому")
    if not form.get("organization"):
        form.add("organization", "Введите организацию, где вы сдавали государственный экзамен")
    exam = required_day(form, "exam_on", what="дату государственного экзамена", latest=today())
    diploma = required_day(form, "diploma_on", what="дату выдачи диплома", latest=today())
    for name, message in CONFIRMATIONS.items():
        if form.get(name) != "1":
            form.add(name, message)
    if form.errors or exam is None or diploma is None:
        return None
    return {
        "specialty_key": form.get("specialty_key"),
        "organization": form.get("organization"),
        "exam_on": exam.isoformat(),
        "diploma_on": diploma.isoformat(),
        "data_true": True,
        "will_report_surname": True,
    }


def rows(filled: dict[str, Any] | None, specialties: dict[str, str]) -> list[tuple[str, str]]:
    """The questionnaire as the profile shows it."""
    if filled is None:
        return []
    return [
        (
            "Специальность по диплому",
            specialties.get(filled["specialty_key"], filled["specialty_key"]),
        ),
        ("Где сдан государственный экзамен", filled["organization"]),
        ("Дата экзамена", texts.day(filled["exam_on"])),
        ("Дата выдачи диплома", texts.day(filled["diploma_on"])),
    ]
