"""Refusals of the ЕСИА stand-in with their numbered codes."""

from collections.abc import Sequence
from typing import Final

_CODES: Final[dict[str, tuple[str, str]]] = {
    "007002": ("unauthorized_client", "The certificate doesn't match the system's mnemonic"),
    "007003": ("invalid_request", "The request contains an invalid or repeated parameter"),
    "007004": ("access_denied", "The user or the service refused the request"),
    "007005": ("unauthorized_client", "The system isn't entitled to this request"),
    "007006": ("invalid_scope", "The requested scope is unknown or malformed"),
    "007007": ("server_error", "Internal error of the authorization service"),
    "007008": ("temporarily_unavailable", "The authorization service is temporarily unavailable"),
    "007009": ("unsupported_response_type", "The response type isn't supported"),
    "007011": ("invalid_grant", "The authorization code or the refresh token is invalid, expired or revoked"),
    "007012": ("unsupported_grant_type", "The grant type isn't supported"),
    "007013": ("invalid_scope", "The request doesn't contain a scope"),
    "007014": ("invalid_request", "The request doesn't contain the mandatory parameter"),
    "007015": ("invalid_request", "Wrong time of the request"),
    "007019": ("invalid_scope", "There is no permission for the scope"),
    "007023": ("invalid_request", "The redirect_uri isn't among the allowed ones"),
    "007038": ("invalid_request", "The request's parameters can't be read"),
    "007039": ("invalid_grant", "No code_challenge was sent for the code"),
    "007040": ("invalid_grant", "The code_verifier doesn't match the code_challenge"),
    "007053": ("access_denied", "OAuthErrorEnum.clientSecretWrong"),
    "007055": ("access_denied", "The user's account isn't confirmed"),
    "007194": ("access_denied", "The user isn't an employee of the organization"),
    "036700": ("invalid_request", "The permissions parameter can't be read"),
    "036701": ("invalid_request", "The permissions parameter lacks a mandatory field"),
    "036702": ("invalid_request", "The permissions' term isn't allowed"),
}


class EsiaRefusalError(Exception):
    """A request that the stand-in refuses.

    Attributes:
        code: six digits of the ЕСИА code.
        status: of the HTTP answer, where the refusal is not a redirect.
        error: the OAuth error that goes with it.
        reason: for the stand-in's own record of refusals; may be more exact than what the client is told.
        expected: SHA-256 of each text that would have been right to sign, for the same record.
    """

    expected: Sequence[str] = ()

    def __init__(self, code: str, *, detail: str | None = None, reason: str | None = None) -> None:
        self.code = code
        self.status = 503 if code == "007008" else 400
        self.error, self._text = _CODES[code]
        self._detail = detail
        self.reason = reason or self.description
        super().__init__(self.reason)

    @property
    def description(self) -> str:
        """`error_description` as the client gets it, e.g. `ESIA-007014: … mandatory parameter [timestamp].`."""
        if self._text.startswith("OAuthErrorEnum"):
            return f"ESIA-{self.code}: {self._text}"
        return f"ESIA-{self.code}: {self._text}{f' [{self._detail}]' if self._detail else ''}."


def missing(parameter: str) -> EsiaRefusalError:
    """Return the refusal for a mandatory parameter that is absent or unreadable."""
    return EsiaRefusalError("007014", detail=parameter)
