"""What a result must hold; pure."""

from __future__ import annotations

from datetime import date

NUMBER_LIMIT = 100


def result_faults(
    *,
    passed: bool,
    completed_on: date | None,
    certificate_number: str | None,
    submitted_on: date,
    today: date,
) -> list[tuple[str, str, str]]:
    """Faults as (pointer, code, Russian sentence); a failed course needs neither date nor number."""
    found: list[tuple[str, str, str]] = []
    if completed_on is None:
        if passed:
            found.append(("/completed_on", "required", "Введите дату окончания обучения"))
    elif completed_on > today:
        found.append(
            ("/completed_on", "in_future", "Дата окончания ещё не наступила. Введите прошедшую дату")
        )
    elif completed_on < submitted_on:
        found.append(
            ("/completed_on", "before_application", "Дата окончания раньше подачи заявки. Проверьте дату")
        )
    if passed and certificate_number is None:
        found.append(("/certificate_number", "required", "Введите номер удостоверения"))
    elif certificate_number is not None and len(certificate_number) > NUMBER_LIMIT:
        found.append(("/certificate_number", "too_long", f"Сократите номер до {NUMBER_LIMIT} знаков"))
    return found
