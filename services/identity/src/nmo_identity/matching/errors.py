"""Problems of matching."""

from __future__ import annotations

from nmo_kit.errors import Conflict


class NothingToConfirm(Conflict):
    """There is no weak match waiting for the person's word."""

    code, title = "nothing_to_confirm", "Подтверждать нечего"
    detail = "Сейчас нет записи регистра, которую нужно подтвердить. Обновите страницу."
