"""Errors as RFC 9457 problems: one place that renders them, stable codes, Russian texts."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, ClassVar

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from nmo_kit import context
from nmo_kit.json import dumps

logger = structlog.get_logger(__name__)
MEDIA_TYPE = "application/problem+json"


class FieldError(BaseModel):
    """One field at fault: where (JSON pointer), stable code, Russian sentence."""

    pointer: str
    code: str
    message: str


class ProblemBody(BaseModel):
    """Body of every error answer (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str = ""
    trace_id: str = ""
    errors: list[FieldError] = Field(default_factory=list)


class Problem(Exception):  # noqa: N818 the RFC's word
    """Base of every error that people may see. Subclasses set the class fields."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"
    title: ClassVar[str] = "Запрос не принят"
    detail: ClassVar[str] = "Проверьте запрос и повторите."
    fields: ClassVar[dict[str, str]] = {}
    """Header fields that every answer of this kind carries."""

    def __init__(
        self, detail: str | None = None, *, headers: dict[str, str] | None = None, **extra: Any
    ) -> None:
        """Take a sentence for this case; `extra` members are added to the body."""
        super().__init__(detail or self.detail)
        self.message = detail or type(self).detail
        self.headers = {**self.fields, **(headers or {})}
        self.extra = extra
        self.field_errors: list[FieldError] = []


class NotFound(Problem):
    """Missing, or not visible to the caller: the same answer."""

    status, code, title = 404, "not_found", "Не найдено"
    detail = "Такой записи нет или у вас нет к ней доступа."


class Unauthenticated(Problem):
    """No valid token."""

    status, code, title = 401, "unauthenticated", "Нужно войти"
    detail = "Войдите в портал и повторите."
    fields: ClassVar = {"WWW-Authenticate": "Bearer"}


class Forbidden(Problem):
    """The caller's role does not allow the action."""

    status, code, title = 403, "forbidden", "Нет доступа"
    detail = "У вас нет доступа к этому действию. Его даёт администратор вашей организации."


class ConsentRequired(Problem):
    """The person has given no consent, or took it back (SSO-04)."""

    status, code, title = 403, "consent_required", "Нужно согласие"
    detail = "Это действие доступно после согласия на передачу данных. Дать его можно в кабинете."


class EntryRestricted(Problem):
    """The cabinet is not open to the person yet: `entry` in the body says why (SSO-02, MAT-01)."""

    status, code, title = 403, "entry_restricted", "Кабинет пока закрыт"
    detail = (
        "Кабинет откроется после подтверждения данных. Что сделать, написано на главной странице кабинета."
    )


class Conflict(Problem):
    """The state of things does not allow it now."""

    status, code, title = 409, "conflict", "Данные изменились"
    detail = "Пока вы заполняли, данные изменили. Обновите страницу и посмотрите новые."


class TooLarge(Problem):
    """The body is larger than the service reads."""

    status, code, title = 413, "too_large", "Слишком большой запрос"
    detail = "Запрос больше, чем можно принять."


class TooManyRequests(Problem):
    """A limit was reached; `Retry-After` says when to come back."""

    status, code, title = 429, "too_many_requests", "Слишком много запросов"
    detail = "Слишком много запросов подряд. Подождите немного и повторите."


class Unavailable(Problem):
    """Something this answer needs does not answer."""

    status, code, title = 503, "unavailable", "Сервис временно недоступен"
    detail = "Сервис временно недоступен. Повторите через минуту, введённое сохранено."


class FieldProblem(Problem):
    """Fields at fault, each with its sentence."""

    status, code, title = 422, "invalid_fields", "Проверьте поля"
    detail = "Исправьте ошибки в полях и повторите."

    def __init__(self, errors: Sequence[FieldError], detail: str | None = None) -> None:
        """Take the fields at fault."""
        super().__init__(detail)
        self.field_errors = list(errors)


def problems(*classes: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route: the problems it may answer with, grouped by status."""
    found: dict[int | str, dict[str, Any]] = {}
    every: tuple[type[Problem], ...] = (*classes, FieldProblem)
    for cls in every:
        entry = found.setdefault(cls.status, {"description": "", "content": {MEDIA_TYPE: _SCHEMA}})
        entry["description"] = f"{entry['description']} {cls.code}".strip()
    return found


_SCHEMA: dict[str, Any] = {"schema": {"$ref": "#/components/schemas/ProblemBody"}}


def render(problem: Problem, *, instance: str = "") -> Response:
    """The answer for one problem."""
    body = ProblemBody(
        type=f"/problems/{problem.code}",
        title=problem.title,
        status=problem.status,
        detail=problem.message,
        code=problem.code,
        instance="/".join(map(_told, instance.split("/"))),
        trace_id=context.trace_id(),
        errors=problem.field_errors,
    ).model_dump()
    headers = dict(problem.headers)
    if problem.status in {429, 503}:
        headers.setdefault("Retry-After", "5")
    return Response(dumps({**body, **problem.extra}), problem.status, headers, MEDIA_TYPE)


_OUR_WORD = re.compile(r"[a-z][a-z0-9._-]{0,40}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{0,4}|")


def _told(word: str) -> str:
    """A word of an address or a field's name as an answer repeats it: what somebody typed there may be anything."""
    return word if _OUR_WORD.fullmatch(word) else "…"


_RUSSIAN = {
    "missing": "Заполните поле",
    "string_too_short": "Слишком короткое значение",
    "string_too_long": "Слишком длинное значение",
    "uuid_parsing": "Неверный идентификатор",
    "date_parsing": "Введите дату в формате ГГГГ-ММ-ДД",
    "date_from_datetime_parsing": "Введите дату в формате ГГГГ-ММ-ДД",
    "enum": "Выберите значение из списка",
    "literal_error": "Выберите значение из списка",
    "extra_forbidden": "Такого поля нет, его нельзя передать",
    "json_invalid": "Тело запроса не похоже на JSON",
    "int_parsing": "Введите число",
    "decimal_parsing": "Введите число",
    "bool_parsing": "Выберите «да» или «нет»",
}


def from_validation(error: RequestValidationError) -> FieldProblem:
    """The framework's findings as fields at fault, without the values that were sent."""
    found = []
    for item in error.errors():
        path = [_told(str(part)) for part in item["loc"]]
        if path and path[0] in {"body", "query", "path", "header"}:
            path = path[1:]
        kind = str(item["type"])
        message = str(item["ctx"]["error"]) if kind == "value_error" and "ctx" in item else None
        if message is None or not _is_russian(message):
            message = _RUSSIAN.get(kind, "Проверьте значение")
        found.append(FieldError(pointer="/" + "/".join(path), code=kind, message=message))
    return FieldProblem(found)


def _is_russian(text: str) -> bool:
    return any("а" <= char <= "я" for char in text.lower())


def from_database(error: DBAPIError) -> Problem | None:
    """Expected races and outages of the database as problems; None for a fault of ours."""
    sqlstate = str(getattr(error.orig, "sqlstate", "") or "")
    if isinstance(error, IntegrityError):
        return Conflict() if sqlstate in {"23505", "23P01"} else None
    if sqlstate.startswith("22"):
        return FieldProblem([FieldError(pointer="", code="invalid", message="Проверьте значение")])
    outage = error.connection_invalidated or sqlstate[:2] in {"08", "53", "57", "40"} or sqlstate == "55P03"
    return Unavailable() if outage else None


_KNOWN: tuple[type[Problem], ...] = (
    NotFound,
    Unauthenticated,
    Forbidden,
    Conflict,
    TooLarge,
    TooManyRequests,
    Unavailable,
)
_BY_STATUS = {cls.status: cls for cls in _KNOWN}


def _from_http(error: HTTPException) -> Problem:
    known = _BY_STATUS.get(error.status_code)
    if error.status_code == Problem.status:
        # The framework says so of bytes that are no text; text that is no JSON is answered the same.
        return FieldProblem([FieldError(pointer="/", code="json_invalid", message=_RUSSIAN["json_invalid"])])
    if known is not None:
        return known(headers=dict(error.headers or {}))
    kinds = {
        405: (
            "method_not_allowed",
            "Способ запроса не подходит",
            "Этот адрес не принимает такой способ запроса.",
        ),
    }
    code, title, detail = kinds.get(error.status_code, ("bad_request", "Запрос не принят", Problem.detail))
    cls = type(
        "HttpProblem",
        (Problem,),
        {"status": error.status_code, "code": code, "title": title, "detail": detail},
    )
    made: Problem = cls(headers=dict(error.headers or {}))
    return made


class InternalError(Problem):
    """A fault of ours; nothing of it is shown."""

    status, code, title = 500, "internal_error", "Не получилось"
    detail = "Не получилось. Мы уже знаем об этом. Повторите позже или напишите в поддержку и назовите код."


def _methods(request: Request) -> str:
    """Every method of the address, for `Allow`: the router itself names those of one route only."""
    found: dict[str, set[str]] = {}
    for route in iter_route_contexts(request.app.routes):
        if route.path is not None and compile_path(route.path)[0].match(request.url.path):
            found.setdefault(route.path, set()).update(route.methods or ())
    return ", ".join(sorted(next(iter(found.values()), ())))


def _answer_problem(request: Request, error: Exception) -> Response:
    if isinstance(error, Problem):
        problem = error
    elif isinstance(error, RequestValidationError):
        problem = from_validation(error)
    elif isinstance(error, HTTPException):
        problem = _from_http(error)
        if "Allow" in problem.headers:
            problem.headers["Allow"] = _methods(request)
    elif isinstance(error, DBAPIError) and (known := from_database(error)) is not None:
        logger.warning("operational_error", error=type(error.orig).__name__)
        problem = known
    elif isinstance(error, OSError | TimeoutError | PoolTimeoutError):
        logger.warning("operational_error", error=type(error).__name__)
        problem = Unavailable()
    else:
        logger.error("unhandled_error", error=type(error).__name__, exc_info=error)
        problem = InternalError()
    return render(problem, instance=request.url.path)


def install(app: FastAPI) -> None:
    """Answer every error of the application as a problem."""
    for kind in (
        Problem,
        RequestValidationError,
        HTTPException,
        DBAPIError,
        OSError,
        TimeoutError,
        PoolTimeoutError,
        Exception,
    ):
        app.add_exception_handler(kind, _answer_problem)


def retry_after(seconds: float) -> dict[str, str]:
    """`Retry-After` header, in whole seconds."""
    return {"Retry-After": str(max(1, math.ceil(seconds)))}
