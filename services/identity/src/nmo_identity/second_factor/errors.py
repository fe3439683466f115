"""Problems of the second step."""

from __future__ import annotations

from nmo_kit.errors import Conflict, Problem, TooManyRequests


class SecondStepWrong(Problem):
    """The code of the app or the recovery code is not right, or was used before."""

    status, code, title = 422, "second_step_wrong", "Код не подошёл"
    detail = (
        "Код не подошёл. В приложении код меняется каждые 30 секунд, и каждый действует один раз: дождитесь "
        "нового и введите его."
    )


class SecondStepPaused(TooManyRequests):
    """Five codes in a row were wrong."""

    code, title = "second_step_paused", "Слишком много неверных кодов"
    detail = "Вы 5 раз ввели неверный код. Следующую попытку можно сделать через 3 минуты."


class PendingOver(Problem):
    """The sign-in waited longer than ten minutes, or was finished."""

    status, code, title = 410, "pending_over", "Вход не завершён"
    detail = "Прошло больше 10 минут после ввода пароля. Введите логин и пароль ещё раз."


class NoLocalAccount(Conflict):
    """The person signs in through a provider only."""

    code, title = "no_local_account", "Пароля на портале у вас нет"
    detail = "Вы входите через Госуслуги. Двухэтапная проверка включается в настройках Госуслуг."


class MethodMissing(Conflict):
    """The way of the second step is not switched on."""

    code, title = "second_step_missing", "Этот способ не включён"
    detail = "Этот способ второго шага не включён. Обновите страницу и выберите другой."


class PhoneMissing(Conflict):
    """Text messages need a confirmed number."""

    code, title = "phone_missing", "Нет подтверждённого телефона"
    detail = "Сначала подтвердите номер телефона на странице «Контакты»."


class SetupOver(Conflict):
    """The set-up was not begun, or began too long ago."""

    code, title = "second_step_setup_over", "Начните настройку ещё раз"
    detail = "Настройка начата больше 30 минут назад. Начните её ещё раз и отсканируйте новый код."
