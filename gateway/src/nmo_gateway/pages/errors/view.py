"""Error pages: what happened, what to do now, and the reference code to quote (SCR-51, GWY-03)."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse

from nmo_gateway import texts
from nmo_gateway.pages.frame import render, session_of
from nmo_kit.context import trace_id


@dataclass(frozen=True, slots=True)
class Words:
    """Heading and sentences of one error page."""

    heading: str
    lines: tuple[str, ...]


WORDS: dict[int, Words] = {
    400: Words("Запрос не понят", ("Вернитесь на предыдущую страницу и повторите действие.",)),
    401: Words(
        "Нужно войти снова",
        ("Вы долго не работали, и мы закрыли доступ. Войдите снова: страница откроется на том же месте.",),
    ),
    403: Words(
        "Нет доступа",
        (
            "У вас нет доступа к этой странице.",
            "Если он нужен вам по работе, его даёт администратор вашей организации.",
        ),
    ),
    404: Words(
        "Такой страницы нет",
        (
            "Проверьте адрес: возможно, в нём опечатка.",
            "Если вы пришли по ссылке с портала, страницу могли перенести или удалить.",
        ),
    ),
    405: Words(
        "Так эту страницу открыть нельзя", ("Вернитесь на предыдущую страницу и повторите действие.",)
    ),
    409: Words(
        "Данные уже изменились",
        ("Пока вы работали, запись изменили. Откройте её заново и посмотрите новые данные.",),
    ),
    412: Words(
        "Данные уже изменились",
        ("Пока вы заполняли форму, запись изменили. Откройте её заново и посмотрите новые данные.",),
    ),
    413: Words("Слишком большой файл", ("Выберите файл меньшего размера.",)),
    422: Words("Данные не подошли", ("Вернитесь к форме и проверьте, что вы ввели.",)),
    429: Words(
        "Слишком много запросов",
        ("С вашего адреса пришло слишком много запросов. Подождите минуту и обновите страницу.",),
    ),
    500: Words("Не получилось", ("Мы уже знаем об ошибке. Повторите действие через несколько минут.",)),
    502: Words("Временно не работает", (texts.OTHERS_WORK,)),
    503: Words("Временно не работает", (texts.OTHERS_WORK,)),
    504: Words("Временно не работает", (texts.OTHERS_WORK,)),
}
SERVER_ERROR = 500


def words_for(status: int, *, detail: str | None, service: str | None) -> Words:
    """Choose the heading and sentences; the service's own sentence stands first when there is one."""
    known = WORDS.get(status) or (WORDS[500] if status >= SERVER_ERROR else WORDS[400])
    if service is not None:
        return Words(known.heading, (texts.SERVICE_DOWN.get(service, ""), *known.lines))
    if detail and status < SERVER_ERROR:
        return Words(known.heading, (detail,))
    return known


async def render_error(
    request: Request,
    status: int,
    *,
    detail: str | None = None,
    service: str | None = None,
    reference: str | None = None,
    retry_after: int | None = None,
) -> HTMLResponse:
    """Answer with the error page in the usual frame.

    ``detail``: a Russian sentence safe to show, instead of the usual one (not for 5xx).
    ``service``: name of the part that is down.
    ``reference``: code to quote; the trace id when absent.
    ``retry_after``: seconds for the header ``Retry-After``.
    """
    words = words_for(status, detail=detail, service=service)
    answer = await render(
        request,
        "templates/error.html",
        title=words.heading,
        status=status,
        words=words,
        reference=reference or trace_id(),
        error_status=status,
        home="/cabinet" if session_of(request) else "/",
    )
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    return answer
