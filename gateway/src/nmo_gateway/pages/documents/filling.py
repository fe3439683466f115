"""Reading the form of a document: its scan is kept at once, every fault is told at its field."""

from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from nmo_gateway.pages.blocks import services_of
from nmo_gateway.pages.documents import view
from nmo_gateway.pages.forms import Form, read_form, required_day
from nmo_gateway.service_errors import ServiceProblem
from nmo_kit.clock import today

SCANS = "/api/v1/register/scans"
MOST_BYTES = 5 * 1024 * 1024
REFUSED = {409, 413, 422}
CONFIRMATIONS = {
    "data_are_true": "Подтвердите, что данные верны",
    "reports_new_surname": "Подтвердите, что сообщите о смене фамилии",
}


async def read_document(
    request: Request, kind: str, *, scan_needed: bool = True
) -> tuple[Form, dict[str, Any] | None]:
    """The filled form, its scan kept, and the body for the service; no body with messages at the fields."""
    form = await read_form(request)
    kept = [part for part in form.get("scan_ids").split(",") if part]
    await _keep_scan(request, form, kept)
    form.values = {**form.values, "scan_ids": ",".join(kept)}
    if form.get("more"):
        # Another file is to be added first: nothing is judged yet but the file itself.
        return form, {} if not form.errors else None
    if scan_needed and not kept:
        form.add("scan", "Приложите скан документа")
    for name, message in view.required(kind):
        if not form.get(name):
            form.add(name, message)
    body: dict[str, Any] = {"kind": kind, "scan_ids": kept}
    body |= {
        name: form.get(name)
        for name in ("specialty_key", "specialty_name", "series", "number", "institution", "theme")
    }
    _numbers(form, kind, body)
    for name, message in CONFIRMATIONS.items():
        body[name] = form.get(name) == "1"
        if not body[name]:
            form.add(name, message)
    return form, None if form.errors else body


def _numbers(form: Form, kind: str, body: dict[str, Any]) -> None:
    """Days and hours as the service takes them; what is no day or no number is said at the field."""
    days = {"issued_on": view.ISSUED[kind][:1].lower() + view.ISSUED[kind][1:]}
    days["issued_on"] = days["issued_on"].replace("дата", "дату", 1)
    if kind in view.ADMISSION:
        days = {"exam_on": "дату сдачи экзамена", **days}
    for name, what in days.items():
        day = required_day(form, name, what=what, latest=today())
        body[name] = day.isoformat() if day else None
    if kind == "additional_education":
        hours = form.get("hours")
        if hours.isascii() and hours.isdigit() and int(hours) > 0:
            body["hours"] = int(hours)
        else:
            form.add("hours", "Введите количество часов цифрами, например 72")


async def _keep_scan(request: Request, form: Form, kept: list[str]) -> None:
    """Hand the chosen file to the registry, which judges it; its id joins those that are kept."""
    chosen = (await request.form()).get("scan")
    content = await chosen.read(MOST_BYTES + 1) if isinstance(chosen, UploadFile) else b""
    if not content:
        if form.get("more"):
            form.add("scan", "Выберите файл, потом нажмите «Приложить и добавить ещё файл»")
        return
    if len(content) > MOST_BYTES:
        form.add("scan", "Файл больше 5 МБ. Уменьшите его или снимите скан с меньшим качеством")
        return
    try:
        answer = await services_of(request).upload("registry", SCANS, content, "application/octet-stream")
    except ServiceProblem as problem:
        if problem.status not in REFUSED:
            raise
        form.add("scan", next(iter(problem.field_errors.values()), "") or problem.detail)
        return
    kept.append(answer["scan_id"])
