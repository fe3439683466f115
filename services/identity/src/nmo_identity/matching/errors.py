"""Problems of matching."""

from __future__ import annotations

from nmo_kit.errors import Conflict, TooManyRequests


class NothingToConfirm(Conflict):
    """There is no weak match waiting for the person's word."""

    code, title = "nothing_to_confirm", "Подтверждать нечего"
    detail = "Сейчас нет записи регистра, которую нужно подтвердить. Обновите страницу."


class MatchQuotaSpent(TooManyRequests):
    """The register was asked three times today for this person or this number (P11)."""

    code, title = "match_quota_spent", "На сегодня сверок достаточно"
    detail = (
        "Сегодня данные уже сверяли 3 раза. Мы следим за регистром сами: когда сведения исправят, "
        "кабинет откроется и мы пришлём письмо. Сверить ещё раз можно завтра."
    )
