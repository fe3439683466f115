"""Errors of the OAuth protocol: their form is given by RFC 6749, so they are no problems of RFC 9457."""

from __future__ import annotations

from nmo_kit.errors import Problem


class OAuthError(Exception):
    """An error answer of the token, introspection or revocation endpoint."""

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        """`error` is the protocol's word; the description is Russian and safe to show."""
        super().__init__(error)
        self.error = error
        self.description = description
        self.status = status


class RedirectRefused(Problem):
    """Unknown client or an address it did not register: the browser must not be sent there."""

    status, code, title = 400, "redirect_refused", "Переход отклонён"
    detail = "Сайт, с которого вы пришли, не зарегистрирован в портале или указал неверный адрес возврата."


class RequestOver(Problem):
    """The request of a partner's portal was answered, is too old, or waits for somebody else."""

    status, code, title = 404, "request_over", "Запрос сайта устарел"
    detail = "Запрос сайта уже обработан или ждал дольше 10 минут. Вернитесь на сайт и войдите ещё раз."


def invalid_client() -> OAuthError:
    """The client is unknown or did not prove itself; which of the two is not told."""
    return OAuthError("invalid_client", "Клиент неизвестен или не подтвердил себя", status=401)


def invalid_grant(description: str) -> OAuthError:
    """The code, token or session cannot be used."""
    return OAuthError("invalid_grant", description)


def invalid_request(description: str) -> OAuthError:
    """A parameter is missing, repeated or malformed."""
    return OAuthError("invalid_request", description)
