"""Public pages: SCR-01, SCR-02, questions, help, accessibility, check of a document."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages.blocks import services_of
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.public import view
from nmo_gateway.pages.routing import page_router, see
from nmo_gateway.service_errors import ServiceProblem

router = page_router()
NOT_FOUND = 404


@router.get("/")
async def home(request: Request) -> Response:
    """SCR-01: what the portal is for, and the way in."""
    return await render(request, "pages/public/home.html", title="Главная", menu="home")


@router.get("/about/cycles")
async def about_cycles(request: Request, document: str | None = None) -> Response:
    """SCR-02: the two-answer question instead of two pictures."""
    chosen = document if document in {"before", "after"} else None
    return await render(
        request, "pages/public/about_cycles.html", title="О пятилетних циклах", menu="about", chosen=chosen
    )


@router.get("/faq")
async def faq(request: Request) -> Response:
    """Questions that come most."""
    return await render(request, "pages/public/faq.html", title="Вопросы и ответы", menu="faq")


@router.get("/help")
async def help_page(request: Request, code: str | None = None) -> Response:
    """Where to turn, and what to tell support."""
    return await render(
        request, "pages/public/help.html", title="Помощь", menu="help", code=(code or "")[:64]
    )


@router.get("/accessibility")
async def accessibility(request: Request) -> Response:
    """How the portal can be used with a keyboard, a screen reader, weak sight."""
    return await render(request, "pages/public/accessibility.html", title="Доступность")


@router.get("/verify")
async def verify_form(request: Request, code: str | None = None) -> Response:
    """Type a check code from a printed document."""
    if code and view.tidy_code(code):
        return see(f"/verify/{quote(view.tidy_code(code), safe='')}")
    return await render(
        request,
        "pages/public/verify.html",
        title="Проверить документ",
        menu="verify",
        checked=None,
        code="",
        missing=False,
    )


@router.get("/verify/{code}")
async def verify(request: Request, code: str) -> Response:
    """Say whether the portal issued a document with this code (APP-04)."""
    known = view.tidy_code(code)
    try:
        path = f"/api/v1/applications/verify/{quote(known, safe='')}"
        answer = await services_of(request).get("applications", path)
    except ServiceProblem as problem:
        if problem.status not in {NOT_FOUND, 422}:
            raise
        answer = None
    return await render(
        request,
        "pages/public/verify.html",
        title="Проверка документа",
        menu="verify",
        status=200 if answer else NOT_FOUND,
        checked=view.checked(answer) if answer else None,
        code=known,
        missing=answer is None,
    )
