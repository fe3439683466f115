"""Problems of consents."""

from __future__ import annotations

from nmo_kit.errors import Problem


class ConsentTextOutdated(Problem):
    """Another version of the text is in force."""

    status, code, title = 409, "consent_text_outdated", "Текст согласия обновился"
    detail = "Пока вы читали, текст согласия обновился. Откройте страницу заново и прочитайте новый текст."


class MainConsentFirst(Problem):
    """The purpose rests on the main consent."""

    status, code, title = 409, "main_consent_first", "Сначала нужно основное согласие"
    detail = "Это согласие действует вместе с согласием на передачу данных. Сначала дайте его."
