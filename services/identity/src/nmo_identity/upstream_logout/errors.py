"""Problems of a provider's logout token."""

from __future__ import annotations

from nmo_kit.errors import Problem


class LogoutTokenInvalid(Problem):
    """The token is not to be believed, or was taken before; which of it is in the journal."""

    status, code, title = 400, "logout_token_invalid", "Сообщение о выходе не принято"
    detail = "Сообщение сервиса входа о выходе не прошло проверку."
