"""«Сверка данных» (FRM-08, MAT-06): what differs, what the person says about it, the letter to the employer."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.browser_session.model import Session
from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import Block, load, services_of
from nmo_gateway.pages.comparison import view
from nmo_gateway.pages.entry.view import again_through_provider
from nmo_gateway.pages.forms import Form, read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import Redirect, page_router, see
from nmo_gateway.service_errors import ServiceProblem

router = page_router()
PAGE = "/cabinet/comparison"
API = "/api/v1/register/comparison"
ANSWERING = {"full", "limited", "weak", "conflict"}
CONFLICT = 409
DONE = {
    "accept": "Записали: верны данные регистра",
    "dispute": "Вы оспариваете данные регистра. Обращение в поддержку откроется через несколько секунд",
    "settled": "Ответ изменили, больше не спорим. Обращение в поддержку ещё открыто, его можно закрыть самому",
    "moved": "Регистр изменился. Проверьте сведения ещё раз",
}
CHOICES = [
    {"value": "accept", "text": "Верно в регистре", "hint": "Свои данные исправлю сам"},
    {
        "value": "dispute",
        "text": "Верно у меня",
        "hint": "Мои данные останутся. Обращение в поддержку откроем сами, писать его не нужно",
    },
    {
        "value": "ask_employer",
        "text": "Пусть регистр исправит работодатель",
        "hint": "Составим письмо в отдел кадров, его можно напечатать",
    },
]


async def _sources(request: Request, session: Session) -> tuple[Block, Block, Block]:
    """The account, the register's card, the comparison kept by the registry."""
    me = await load(request, "identity", "/api/v1/me")
    # Only who is known to be the record's owner sees it in clear.
    open_card = me.data is not None and me.data["entry"] == "full" and me.data.get("specialist_id")
    # Staff at their work place are no specialists there, and have no record of their own to answer about.
    answering = session.entry in ANSWERING and session.consent and "specialist" in session.roles
    card, found = await asyncio.gather(
        load(request, "registry", "/api/v1/register/card", absent_ok=True) if open_card else _nothing(),
        load(request, "registry", API, absent_ok=True) if answering else _nothing(),
    )
    return me, card, found


async def _nothing() -> Block:
    return Block()


@router.get(PAGE)
async def comparison(request: Request, done: str | None = None) -> Response:
    """Field by field: Госуслуги, the register, the portal, and which of them is right."""
    session = guard.signed_in(request)
    me, card, found = await _sources(request, session)
    said = view.latest(found.data)
    match = (me.data or {}).get("match") or {}
    return await render(
        request,
        "pages/comparison/comparison.html",
        title="Сверка данных",
        menu="profile",
        me=me,
        card=card,
        rows=view.with_answers(view.rows(me.data, card.data), said) if me.data else [],
        typed=view.typed(found.data, said),
        professional=view.professional(card.data),
        match=match,
        masked=not (me.data and me.data["entry"] == "full" and me.data.get("specialist_id")),
        answering=found.data is not None,
        asked=any(answer["choice"] == "ask_employer" for answer in said.values()),
        again=again_through_provider(session.provider, PAGE),
        done=done,
        answered=DONE.get(done or ""),
    )


@router.get(f"{PAGE}/answer")
async def ask(request: Request, field: str = "", subject: str = view.PERSON) -> Response:
    """One difference, and the three things that can be said about it."""
    session = guard.signed_in(request)
    me, card, found = await _sources(request, session)
    sides = _sides(me, card, found, subject, field)
    if sides is None:
        raise Redirect(PAGE)
    return await _answer_page(request, Form(), sides, subject, field)


@router.post(f"{PAGE}/answer")
async def answer(request: Request) -> Response:
    """Keep what was chosen; the letter follows where the employer is asked."""
    session = guard.signed_in(request)
    form = await read_form(request)
    subject, field, choice = form.get("subject") or view.PERSON, form.get("field"), form.get("choice")
    me, card, found = await _sources(request, session)
    sides = _sides(me, card, found, subject, field)
    if sides is None:
        raise Redirect(PAGE)
    if choice not in {item["value"] for item in CHOICES}:
        form.add("choice", "Выберите, что верно")
        return await _answer_page(request, form, sides, subject, field)
    body: dict[str, Any] = {"field": field, "choice": choice}
    path = f"{API}/documents/{subject}"
    if subject == view.PERSON:
        path = f"{API}/person"
        reference = ((me.data or {}).get("match") or {}).get("reference") or ""
        body |= {"own_value": _own_value(me, field, sides[1]), "reference": reference}
        # The version is told by whoever showed the record, so that an answer is about what was seen.
        body["register_version"] = (found.data or {}).get("register_version") or ""
    try:
        await services_of(request).post("registry", path, body)
    except ServiceProblem as problem:
        if problem.status != CONFLICT:
            raise
        return see(f"{PAGE}?done=moved")
    if choice == "ask_employer":
        return see(f"{PAGE}/letter")
    before = view.latest(found.data).get((subject, field)) or {}
    settled = before.get("choice") == "dispute" and choice != "dispute"
    return see(f"{PAGE}?done={'settled' if settled else choice}")


@router.get(f"{PAGE}/letter")
async def letter(request: Request) -> Response:
    """A letter to the employer with every field it is asked to correct; made to be printed."""
    session = guard.signed_in(request)
    me, card, found = await _sources(request, session)
    lines = view.letter_lines(view.latest(found.data), found.data)
    if not lines:
        raise Redirect(PAGE)
    person = me.data or {}
    names = (person.get("last_name"), person.get("first_name"), person.get("patronymic"))
    return await render(
        request,
        "pages/comparison/letter.html",
        title="Письмо в отдел кадров",
        menu="profile",
        lines=lines,
        job=view.employer(card.data),
        name=" ".join(part for part in names if part),
    )


def _sides(me: Block, card: Block, found: Block, subject: str, field: str) -> tuple[str, str, str] | None:
    """Label, own and the register's value of a difference that can be answered about; None when there is none."""
    if me.data is None or found.data is None:
        return None
    if subject == view.PERSON:
        lines = view.rows(me.data, card.data)
        row = next((line for line in lines if line.field == field and line.differs), None)
        return (
            (row.label, row.esia if row.esia != view.NOT_LINKED else row.portal, row.register)
            if row
            else None
        )
    typed = view.typed(found.data, {})
    line = next((item for item in typed if (item.subject, item.field) == (subject, field)), None)
    return (f"{line.label}: {line.title}", line.own, line.register) if line else None


def _own_value(me: Block, field: str, shown: str) -> str:
    """The person's own value as the sources write it: a day stays a day, a missing patronymic is none."""
    if field in view.DAYS or field == "patronymic":
        return str((me.data or {}).get(field) or "")
    return shown


async def _answer_page(
    request: Request, form: Form, sides: tuple[str, str, str], subject: str, field: str
) -> Response:
    label, own, register = sides
    return await render(
        request,
        "pages/comparison/answer.html",
        title="Что верно",
        menu="profile",
        status=form.status,
        form=form,
        label=label,
        sides=[("У вас", own), ("В регистре", register)],
        subject=subject,
        field=field,
        choices=CHOICES,
    )
