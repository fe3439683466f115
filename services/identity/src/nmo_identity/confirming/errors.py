"""Problems of confirming a session."""

from __future__ import annotations

from nmo_kit.errors import Problem, TooManyRequests


class SessionOver(Problem):
    """The session that was to be confirmed is over."""

    status, code, title = 409, "login_session_over", "Вход уже завершён"
    detail = "Пока вы подтверждали вход, он завершился. Войдите снова."


class OtherPerson(Problem):
    """Somebody else came back from the provider."""

    status, code, title = 409, "login_other_person", "Вход подтвердил другой человек"
    detail = "В кабинете открыт вход одного человека, а подтвердил его другой. Выйдите из Госуслуг и войдите под собой."


class NotAskedAnew(Problem):
    """The provider let the person pass without asking who they are."""

    status, code, title = 409, "login_not_fresh", "Вход не подтверждён"
    detail = "Сервис входа не спросил пароль заново. Выйдите из него и подтвердите вход ещё раз."


class PasswordWrong(Problem):
    """Not the password of the session's account."""

    status, code, title = 403, "confirm_password_wrong", "Пароль не подошёл"
    detail = "Пароль не подошёл. Проверьте раскладку и пробелы."


class SecondStepOwed(Problem):
    """The account asks for a second step, and none was given."""

    status, code, title = 403, "confirm_second_step_owed", "Нужен код"
    detail = "Введите код второго шага."


class ConfirmingPaused(TooManyRequests):
    """Too many wrong passwords in an open session."""

    code, title = "confirm_paused", "Слишком много попыток"
    detail = "Слишком много неверных паролей. Подождите три минуты и попробуйте ещё раз."
