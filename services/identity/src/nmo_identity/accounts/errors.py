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
    """The way in is frozen: by suspicion, by support, or because a stronger proof took its number."""

    status, code, title = 403, "account_frozen", "Вход приостановлен"
    detail = (
        "Мы приостановили этот вход, чтобы защитить ваши данные. Войдите через Госуслуги с паролем заново. "
        "Если это не поможет, напишите в поддержку и назовите код ниже, мы проверим документы."
    )
