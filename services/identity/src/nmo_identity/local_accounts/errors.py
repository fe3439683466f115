"""Problems of local accounts: none of them tells whether somebody else has an account."""

from __future__ import annotations

from datetime import timedelta

from nmo_kit.errors import FieldError, FieldProblem, Problem, TooManyRequests, retry_after


class CurrentPasswordWrong(FieldProblem):
    """The present password was not repeated rightly."""

    code, title = "current_password_wrong", "Пароль не подошёл"
    detail = "Текущий пароль не подошёл. Проверьте раскладку и повторите."

    def __init__(self, tries_left: int) -> None:
        """Name the field; say how many tries remain."""
        super().__init__([FieldError(pointer="/current_password", code=self.code, message=self.detail)])
        self.extra["tries_left"] = tries_left


class LoginWrong(Problem):
    """No such login with this password: the same words in every case."""

    status, code, title = 403, "login_wrong", "Не удалось войти"
    detail = (
        "Логин или пароль не подошли. Проверьте раскладку и пробелы. "
        "После пяти ошибок за 15 минут вход с незнакомых устройств закрывается на 30 минут."
    )
    """How many tries remain is told (`tries_left`) to a browser that signed in to the account before: what strangers do
    to a login is nobody's business."""


class RobotCheckFailed(Problem):
    """The proof of work is missing, spent, old, or another form's."""

    status, code, title = 422, "robot_check_failed", "Проверка не прошла"
    detail = "Проверка «Я не робот» не прошла или устарела. Дождитесь её окончания и отправьте форму ещё раз."

    def __init__(self, reason: str) -> None:
        """Keep the reason for programs."""
        super().__init__(reason=reason)


class InvitationOver(Problem):
    """The link that opens the form is used, old, or another address's."""

    status, code, title = 410, "invitation_over", "Ссылка больше не действует"
    detail = "Ссылка из письма уже использована или устарела. Запросите новую на странице регистрации."


class LinkOver(Problem):
    """The link that confirms an address is used up, old or unknown: the same words."""

    status, code, title = 410, "confirmation_over", "Ссылка больше не действует"
    detail = (
        "Ссылка уже использована или ей больше 72 часов. Если адрес подтверждён, войдите. "
        "Если нет, зарегистрируйтесь ещё раз, это займёт несколько минут."
    )


class RegistrationsSlowed(TooManyRequests):
    """The network registers too fast."""

    code, title = "registrations_slowed", "Слишком много регистраций"

    def __init__(self, wait: timedelta) -> None:
        """Say when to come back."""
        super().__init__(
            "Из вашей сети слишком много регистраций подряд. Подождите несколько минут или войдите через Госуслуги.",
            headers=retry_after(wait.total_seconds()),
        )
