"""A file of results as rows: CSV with a heading, semicolons or commas, as spreadsheets save it; pure (APP-05)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, datetime

COLUMNS = ("number", "passed", "completed_on", "certificate_number")
HEADINGS = {
    "номер заявки": "number",
    "результат": "passed",
    "дата окончания": "completed_on",
    "номер удостоверения": "certificate_number",
}
YES = frozenset({"да", "yes", "true", "1", "завершил", "завершено"})
NO = frozenset({"нет", "no", "false", "0", "не завершил", "не завершено"})
MOST_ROWS = 500


class FileFaultError(ValueError):
    """The file as a whole cannot be read; the message is Russian and safe to show."""


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One line of the file; `fault` says in Russian why it cannot be used."""

    line: int
    number: str
    passed: bool = False
    completed_on: date | None = None
    certificate_number: str | None = None
    fault: str | None = None


def read_results(body: bytes) -> list[ResultRow]:
    """The lines of a file in UTF-8 (with or without a mark) or Windows-1251.

    Raises:
        FileFaultError: no heading, a column missing, too many lines, a value without end, or an unknown encoding.
    """
    lines = _decoded(body).splitlines()
    if not lines:
        raise FileFaultError("Файл пуст. Добавьте строку заголовков и строки результатов")
    delimiter = ";" if lines[0].count(";") >= lines[0].count(",") else ","
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        heading, *content = reader
    except csv.Error:
        raise FileFaultError(
            "В файле есть значение без конца. Проверьте кавычки и сохраните файл снова"
        ) from None
    heading = [_column(cell) for cell in heading]
    missing = [words for words, name in HEADINGS.items() if name not in heading]
    if missing:
        raise FileFaultError(f"В файле нет столбцов: {', '.join(missing)}")
    rows = [(number, cells) for number, cells in enumerate(content, start=2) if any(map(str.strip, cells))]
    if len(rows) > MOST_ROWS:
        raise FileFaultError(f"В файле больше {MOST_ROWS} строк. Разделите его")
    return [_row(number, dict(zip(heading, cells, strict=False))) for number, cells in rows]


def _decoded(body: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1251"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileFaultError("Сохраните файл в кодировке UTF-8")


def _column(cell: str) -> str:
    text = cell.strip().casefold()
    return HEADINGS.get(text, text)


def _row(line: int, cells: dict[str, str]) -> ResultRow:
    values = {name: (cells.get(name) or "").strip() for name in COLUMNS}
    number = values["number"].upper()
    answer = values["passed"].casefold()
    if not number:
        return ResultRow(line=line, number="", fault="Нет номера заявки")
    if answer not in YES | NO:
        return ResultRow(line=line, number=number, fault="Результат: напишите «да» или «нет»")
    try:
        completed_on = _date(values["completed_on"])
    except ValueError:
        return ResultRow(line=line, number=number, fault="Дата окончания: напишите как 24.05.2026")
    return ResultRow(
        line=line,
        number=number,
        passed=answer in YES,
        completed_on=completed_on,
        certificate_number=values["certificate_number"] or None,
    )


def _date(text: str) -> date | None:
    if not text:
        return None
    if "." in text:
        # A calendar date has no zone.
        return datetime.strptime(text, "%d.%m.%Y").date()  # noqa: DTZ007
    return date.fromisoformat(text)
