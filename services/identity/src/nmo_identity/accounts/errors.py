"""Problems of accounts."""

from __future__ import annotations

from nmo_kit.errors import Problem


class SnilsTaken(Problem):
    """Another account holds the number with an equal or stronger proof; accounts are never merged silently."""

    status, code, title = 409, "snils_taken", "СНИЛС уже занят"
    detail = (
        "С этим СНИЛС в портале уже есть другая учётная запись. Войдите тем способом, которым входили раньше, "
        "или напишите в поддержку и назовите код ниже."
    )


class AccountFrozen(Problem):
    """A stronger proof took the account's number."""

    status, code, title = 403, "account_frozen", "Вход приостановлен"
    detail = (
        "СНИЛС этой учётной записи подтвердил через Госуслуги другой пользователь. "
        "Напишите в поддержку и назовите код ниже, мы проверим документы."
    )
