"""SCR «Вид страницы»: the look for weak sight, kept in a cookie, applied by the server (GWY-04)."""

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import sight
from nmo_gateway.pages.forms import Form, read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import local_path, page_router, see

router = page_router()
LEGENDS = {
    "size": "Размер букв",
    "face": "Шрифт",
    "scheme": "Цвета",
    "letters": "Расстояние между буквами",
    "lines": "Расстояние между строками",
    "live": "Новое на открытой странице",
}


def _back(request: Request) -> str:
    return local_path(request.query_params.get("from"), "/")


@router.get("/display")
async def display(request: Request) -> Response:
    """Choose the look; the page itself shows the present choice."""
    now = sight.of_request(request)
    form = Form(values={name: getattr(now, name) for name in sight.CHOICES})
    return await render(
        request,
        "pages/display/display.html",
        title="Версия для слабовидящих",
        form=form,
        choices=sight.CHOICES,
        legends=LEGENDS,
        back=_back(request),
    )


@router.post("/display")
async def choose(request: Request) -> Response:
    """Keep the choice and return to the page the reader came from."""
    form = await read_form(request)
    ready = {"contrast": sight.CONTRAST, "usual": sight.Sight()}
    chosen = ready.get(form.get("preset")) or sight.read(form.values)
    answer = see(local_path(form.get("from"), "/"))
    sight.remember(answer, chosen, secure=request.url.scheme == "https")
    return answer
