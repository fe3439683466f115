"""Problems of one-time codes. None of them tells whether anybody was sent a code."""

from __future__ import annotations

from nmo_kit.errors import Problem


class CodeWrong(Problem):
    """The digits are not those of this flow."""

    status, code, title = 422, "code_wrong", "Код не подошёл"
    detail = "Код не подошёл. Проверьте цифры и введите код ещё раз."


class CodeExpired(Problem):
    """Ten minutes are over."""

    status, code, title = 410, "code_expired", "Срок кода истёк"
    detail = "Код действует 10 минут, и это время прошло. Запросите новый код."


class CodeSpent(Problem):
    """Used before, or all tries are gone; only a new flow helps."""

    status, code, title = 410, "code_spent", "Этот код больше не действует"
    detail = "Код уже использован или его ввели с ошибкой 5 раз. Начните сначала, мы пришлём новый код."
