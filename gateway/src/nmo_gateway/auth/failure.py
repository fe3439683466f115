"""The page of a sign-in that did not work out: what happened, what to do, the code to quote."""

from typing import Final
from urllib.parse import quote

import structlog
from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway import texts
from nmo_gateway.edge.refusal import plain_page
from nmo_kit import clock
from nmo_kit.context import trace_id

logger = structlog.get_logger(__name__)
HEADINGS: Final = {
    "login_state_invalid": "Вход не завершён",
    "login_replayed": "Эта ссылка уже использована",
    "login_provider_error": "Вход не завершён",
    "login_token_invalid": "Вход отклонён",
    "login_cancelled": "Вы отменили вход",
    "provider_unavailable": "Госуслуги не отвечают",
    "provider_unknown": "Такого способа входа нет",
    "login_session_over": "Вход уже завершён",
    "login_other_person": "Вход подтвердил другой человек",
    "login_not_fresh": "Вход не подтверждён",
}
DETAILS: Final = {
    "login_state_invalid": "Вход был начат в другом браузере или больше 10 минут назад. Начните вход ещё раз.",
    "login_replayed": "Эта ссылка для входа уже использована. Начните вход ещё раз со страницы входа.",
}
UNAVAILABLE: Final = 503
RETRY_AFTER_S: Final = "60"
GENERAL: Final = (
    "Вход не завершён",
    "Начните вход ещё раз. Если не получится, напишите в поддержку и назовите код.",
)


async def failure_page(
    request: Request, status: int, code: str, detail: str = "", *, title: str = "", return_to: str = ""
) -> Response:
    """Answer with the page; ``code`` stands in it and in the header ``X-Error-Code`` for programs.

    ``title`` names a service other than Госуслуги that does not answer.
    ``return_to``: our own page that the next try leads to.
    """
    heading = HEADINGS.get(code, GENERAL[0])
    if code == "provider_unavailable" and title:
        heading = title
    sentence = detail or DETAILS.get(code, GENERAL[1])
    logger.info("login_refused", code=code)
    headers = {"X-Error-Code": code if code in HEADINGS else "login_failed", "Cache-Control": "no-store"}
    if status == UNAVAILABLE:
        headers["Retry-After"] = RETRY_AFTER_S
    try:
        # Imported late: the pages import half of the gateway.
        from nmo_gateway.pages.frame import render

        answer: Response = await render(
            request,
            "auth/failure.html",
            title=heading,
            status=status,
            heading=heading,
            detail=sentence,
            code=headers["X-Error-Code"],
            reference=trace_id(),
            at=texts.moment(clock.now()),
            again=f"/login?return_to={quote(return_to, safe='')}" if return_to else "/login",
        )
    except Exception as error:
        logger.exception("failure_page_failed", error=type(error).__name__)
        answer = plain_page(status, heading, sentence)
    answer.headers.update(headers)
    return answer
