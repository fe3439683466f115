"""Problems of signing in: stable codes, and sentences that say what to do."""

from __future__ import annotations

from nmo_identity.providers.port import ProviderRefusal
from nmo_kit.errors import NotFound, Problem


class LoginStateInvalid(Problem):
    """The callback does not belong to a sign-in that this browser began."""

    status, code, title = 400, "login_state_invalid", "Вход не завершён"
    detail = "Вход был начат в другом окне или больше 10 минут назад. Начните вход ещё раз."


class LoginReplayed(Problem):
    """State, code or token was used before."""

    status, code, title = 409, "login_replayed", "Эта ссылка уже использована"
    detail = "Эта ссылка для входа уже использована. Начните вход ещё раз со страницы входа."


class LoginProviderError(Problem):
    """The provider answered with an error or with something unreadable."""

    status, code, title = 502, "login_provider_error", "Вход не завершён"
    detail = "Госуслуги не подтвердили вход. Попробуйте ещё раз. Если не получится, напишите в поддержку и назовите код."


class LoginTokenInvalid(Problem):
    """The provider's tokens did not pass the checks."""

    status, code, title = 403, "login_token_invalid", "Вход отклонён"
    detail = (
        "Мы не смогли проверить ответ сервиса входа и поэтому не пустили в кабинет. "
        "Выйдите из Госуслуг, начните вход заново. Если не получится, напишите в поддержку и назовите код."
    )


class LoginCancelled(Problem):
    """The person said no at the provider."""

    status, code, title = 400, "login_cancelled", "Вход отменён"
    detail = "Вы отменили вход на Госуслугах. Чтобы войти, начните ещё раз и разрешите передачу данных."


class ProviderUnavailable(Problem):
    """The provider does not answer."""

    status, code, title = 503, "provider_unavailable", "Госуслуги не отвечают"
    detail = "Госуслуги сейчас не отвечают. Повторите вход через несколько минут."


class ProviderUnknown(NotFound):
    """No such provider is configured."""

    code = "provider_unknown"
    detail = "Такого способа входа нет. Выберите другой на странице входа."


_BY_CODE: dict[str, type[Problem]] = {
    cls.code: cls
    for cls in (
        LoginStateInvalid,
        LoginReplayed,
        LoginProviderError,
        LoginTokenInvalid,
        LoginCancelled,
        ProviderUnavailable,
    )
}


class OtherUnavailable(ProviderUnavailable):
    """The same of a provider other than Госуслуги."""

    title = "Сервис входа не отвечает"


_OF_OTHERS: dict[str, str] = {
    "login_provider_error": "«{0}» не подтвердил вход. Попробуйте ещё раз или войдите другим способом. "
    "Если не получится, напишите в поддержку и назовите код.",
    "login_token_invalid": "Мы не смогли проверить ответ сервиса «{0}» и поэтому не пустили в кабинет. "
    "Начните вход заново. Если не получится, напишите в поддержку и назовите код.",
    "login_cancelled": "Вы отменили вход в сервисе «{0}». Чтобы войти, начните ещё раз и разрешите передачу данных.",
    "provider_unavailable": "«{0}» сейчас не отвечает. Войдите другим способом или повторите через несколько минут.",
}


def problem_of(refusal: ProviderRefusal) -> Problem:
    """What the person is told; the finer reason stays in the journal."""
    if refusal.provider is None or refusal.code not in _OF_OTHERS:
        return _BY_CODE[refusal.code]()
    kind = OtherUnavailable if refusal.code == ProviderUnavailable.code else _BY_CODE[refusal.code]
    return kind(_OF_OTHERS[refusal.code].format(refusal.provider))
