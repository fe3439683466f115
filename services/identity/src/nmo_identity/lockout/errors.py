"""Problems of the lockout: nothing in them depends on whether the login exists."""

from __future__ import annotations

from datetime import datetime, timedelta

from nmo_identity.lockout.rules import minutes_left
from nmo_kit.errors import TooManyRequests, retry_after


class LoginLocked(TooManyRequests):
    """Five wrong tries: closed for 30 minutes (REG-08)."""

    code, title = "login_locked", "Вход закрыт на время"

    def __init__(self, until: datetime, now: datetime) -> None:
        """Say how long it lasts."""
        left = minutes_left(until, now)
        super().__init__(
            f"После пяти ошибок вход с этого устройства закрыт на 30 минут. Осталось {left} мин. "
            "Войдите через Госуслуги, с компьютера, где уже входили, или откройте вход кодом.",
            headers=retry_after((until - now).total_seconds()),
            minutes_left=left,
        )


class LoginSlowed(TooManyRequests):
    """The network, or everybody together, makes too many tries."""

    code, title = "login_slowed", "Слишком много попыток входа"

    def __init__(self, wait: timedelta) -> None:
        """Say when to come back."""
        super().__init__(
            "Из вашей сети слишком много попыток входа. Подождите минуту или войдите через Госуслуги.",
            headers=retry_after(wait.total_seconds()),
        )
