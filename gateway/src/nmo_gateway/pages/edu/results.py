"""Results by file: many at once, each line told apart (APP-05)."""

from dataclasses import dataclass
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import services_of
from nmo_gateway.pages.forms import Form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import page_router
from nmo_gateway.service_errors import ServiceProblem

router = page_router()
PAGE = "/edu/results"
MOST_BYTES = 1024 * 1024
INVALID = {400, 413, 422}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file: counts, and the lines that were refused with the reason of each."""

    accepted: int
    refused: list[tuple[int, str, str]]


def outcome_of(answer: dict[str, Any]) -> Outcome:
    """Turn the service's answer into what the page tells; accepted lines need no words of their own."""
    refused = [
        (line["line"], line["number"], line.get("message") or "Строку не удалось внести")
        for line in answer["items"]
        if not line["accepted"]
    ]
    return Outcome(answer["accepted"], refused)


@router.get(PAGE)
async def ask(request: Request) -> Response:
    """The form of the file, with its columns named."""
    guard.organisation(request)
    return await _page(request, Form(), None)


async def _page(request: Request, form: Form, outcome: Outcome | None) -> Response:
    return await render(
        request,
        "pages/edu/results.html",
        title="Результаты файлом",
        menu="results",
        status=form.status,
        form=form,
        outcome=outcome,
    )


@router.post(PAGE)
async def enter(request: Request) -> Response:
    """Enter the right lines; a wrong one changes nothing and says why. A second press only refuses what is done."""
    guard.organisation(request)
    form = Form()
    posted = (await request.form()).get("file")
    body = await posted.read(MOST_BYTES + 1) if isinstance(posted, UploadFile) else b""
    if not body:
        form.add("file", "Выберите файл CSV")
    elif len(body) > MOST_BYTES:
        form.add("file", "Файл больше 1 МБ. Разделите его")
    if form.errors:
        return await _page(request, form, None)
    try:
        answer = await services_of(request).upload(
            "applications", "/api/v1/organization/results", body, "text/csv"
        )
    except ServiceProblem as problem:
        if problem.status not in INVALID:
            raise
        form.add("file", next(iter(problem.field_errors.values()), "") or problem.detail)
        return await _page(request, form, None)
    return await _page(request, form, outcome_of(answer))
