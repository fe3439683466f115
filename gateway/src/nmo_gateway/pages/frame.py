"""The frame of every page: header, menu of the reader's work place, bell, look; and the one function that renders."""

import asyncio
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from nmo_gateway.browser_session.model import Session
from nmo_gateway.pages import sight
from nmo_gateway.pages.engine import render_template
from nmo_gateway.service_errors import ServiceError

BELL_WAIT_S = 0.7
"""The bell never holds a page longer than this."""


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the menu; ``key`` marks the current one."""

    key: str
    text: str
    href: str


GUEST = (
    Item("home", "Главная", "/"),
    Item("about", "О пятилетних циклах", "/about/cycles"),
    Item("catalog", "Каталог обучения", "/catalog"),
    Item("faq", "Вопросы и ответы", "/faq"),
    Item("verify", "Проверить документ", "/verify"),
    Item("help", "Помощь", "/help"),
)
SPECIALIST = (
    Item("home", "Главная", "/cabinet"),
    Item("cycles", "Циклы", "/cabinet/cycles"),
    Item("plan", "План обучения", "/cabinet/plan"),
    Item("catalog", "Подбор обучения", "/cabinet/catalog"),
    Item("applications", "Заявки", "/cabinet/applications"),
    Item("progress", "Прогресс", "/cabinet/progress"),
    Item("profile", "Личные сведения", "/cabinet/profile"),
    Item("tickets", "Обращения", "/cabinet/tickets"),
    Item("settings", "Настройки", "/cabinet/settings"),
)
ORGANISATION = (
    Item("edu", "Заявки", "/edu/applications"),
    Item("results", "Результаты файлом", "/edu/results"),
    Item("catalog", "Каталог обучения", "/catalog"),
    Item("verify", "Проверить документ", "/verify"),
    Item("help", "Помощь", "/help"),
)
OF_AN_ADMINISTRATOR = Item("people", "Сотрудники и роли", "/organisation/people")
HEAD = (
    OF_AN_ADMINISTRATOR,
    Item("catalog", "Каталог обучения", "/catalog"),
    Item("settings", "Настройки", "/cabinet/settings"),
    Item("help", "Помощь", "/help"),
)
ADMINISTRATOR = (
    Item("users", "Пользователи и роли", "/admin/users"),
    Item("clients", "Партнёры", "/admin/clients"),
    Item("exchange", "Обмен с реестрами", "/admin/exchange"),
    Item("catalog", "Каталог обучения", "/catalog"),
    Item("settings", "Настройки", "/cabinet/settings"),
    Item("help", "Помощь", "/help"),
)
SUPPORT = (
    Item("queue", "Очередь", "/support/queue"),
    Item("documents", "Проверка документов", "/support/documents"),
    Item("catalog", "Каталог обучения", "/catalog"),
    Item("settings", "Настройки", "/cabinet/settings"),
    Item("help", "Помощь", "/help"),
)


def session_of(request: Request) -> Session | None:
    """The live session; None for guests and where the session layer did not run."""
    return getattr(request.state, "session", None)


def menu_of(request: Request) -> tuple[Item, ...]:
    """The menu of the work place the address belongs to; others by what the reader is."""
    session = session_of(request)
    if session is None or session.entry != "full":
        return GUEST
    return _staff_menu(session, request.url.path) or SPECIALIST


def _staff_menu(session: Session, path: str) -> tuple[Item, ...] | None:
    """The menu of the employee's work place that the address belongs to; None in one's own cabinet."""
    if path.startswith("/admin") or session.roles == {"admin"}:
        return ADMINISTRATOR
    if "support" in session.roles and (path.startswith("/support") or session.roles == {"support"}):
        return SUPPORT
    if "head" in session.roles and (path.startswith("/organisation/") or session.roles == {"head"}):
        return HEAD
    if session.works_for_organisation and (
        path.startswith(("/edu", "/organisation/")) or not path.startswith("/cabinet")
    ):
        if "org_admin" not in session.roles:
            return ORGANISATION
        return (*ORGANISATION[:2], OF_AN_ADMINISTRATOR, *ORGANISATION[2:])
    return None


async def unread(request: Request) -> int | None:
    """Count of unread notices for the bell; None when it cannot be known at once."""
    services = getattr(request.state, "services", None)
    session = session_of(request)
    if services is None or session is None or session.entry not in {"full", "limited"}:
        return None
    try:
        async with asyncio.timeout(BELL_WAIT_S):
            answer = await services.get("notifications", "/api/v1/notifications", params={"limit": 1})
    except (ServiceError, TimeoutError):
        return None
    return int(answer.get("unread", 0))


async def _work_places(request: Request, session: Session | None) -> list[Any]:
    """For the switch in the header; a page never waits for it longer than for the bell."""
    # Imported late: the work places are a page too.
    from nmo_gateway.pages.workplaces.view import switch_of

    if getattr(request.state, "services", None) is None:
        return []
    try:
        async with asyncio.timeout(BELL_WAIT_S):
            return list(await switch_of(request, session))
    except TimeoutError:
        return []


def render_fragment(request: Request, template: str, **context: Any) -> HTMLResponse:
    """Render a part of a page for htmx: the same words, no frame."""
    session = session_of(request)
    context.update(
        request=request,
        session=session,
        csrf_token=session.csrf_token if session else "",
        sight=sight.of_request(request),
    )
    return HTMLResponse(render_template(template, context), headers={"Cache-Control": "no-store"})


async def render(
    request: Request,
    template: str,
    *,
    title: str,
    menu: str = "",
    status: int = 200,
    scripts: tuple[str, ...] = (),
    **context: Any,
) -> HTMLResponse:
    """Render a page in the frame.

    ``template``: path inside the package, ``pages/home/home.html``.
    ``title``: what the page is about; becomes «Что — Портал НМФО», with «Ошибка:» before it for status 422.
    ``menu``: key of the current line of the menu.
    ``scripts``: further static scripts of this page.
    """
    session = session_of(request)
    count, places = await asyncio.gather(unread(request), _work_places(request, session))
    context.update(
        request=request,
        path=request.url.path,
        work_places=places,
        here=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        session=session,
        csrf_token=session.csrf_token if session else "",
        sight=sight.of_request(request),
        menu_items=menu_of(request),
        menu_current=menu,
        unread=count,
        title=f"Ошибка: {title}" if status == 422 else title,  # noqa: PLR2004 the status itself
        scripts=scripts,
    )
    return HTMLResponse(
        render_template(template, context),
        status_code=status,
        # A form that comes back holds what was typed, a guest's too.
        headers={"Cache-Control": "no-store" if session or request.method == "POST" else "no-cache"},
    )
