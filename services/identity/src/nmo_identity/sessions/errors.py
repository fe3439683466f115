"""Problems of sessions."""

from __future__ import annotations

from nmo_kit.errors import NotFound, Problem


class StepUpRequired(Problem):
    """The sign-in is too old for a risky action: the person proves once more who they are."""

    status, code, title = 403, "step_up_required", "Подтвердите, что это вы"
    detail = "Вы вошли больше 5 минут назад. Подтвердите вход ещё раз, и действие продолжится."


class SessionUnknown(NotFound):
    """No such live session of this person."""

    code = "session_unknown"
    detail = "Этот вход уже завершён. Обновите список."
