"""ЕСИА's refusals as our stable codes: the number decides, the OAuth word only when there is no number."""

from __future__ import annotations

import re

from nmo_identity.providers.port import ProviderRefusal, RefusalCode

_NUMBER = re.compile(r"ESIA-?(\d{6})")
_BY_NUMBER: dict[str, RefusalCode] = {
    "007004": "login_cancelled",
    "007007": "provider_unavailable",
    "007008": "provider_unavailable",
    "007011": "login_replayed",
}
_BY_WORD: dict[str, RefusalCode] = {
    "access_denied": "login_cancelled",
    "temporarily_unavailable": "provider_unavailable",
    "server_error": "provider_unavailable",
    "invalid_grant": "login_replayed",
}
_WORD = re.compile(r"[a-z_]{1,40}")


def refusal(error: object, description: object) -> ProviderRefusal:
    """The refusal for ЕСИА's `error` and `error_description`.

    A wrong signature is told by ЕСИА as `access_denied` with number 007053, so the number goes first. The reason
    keeps the number or the word and nothing of the free text, which anybody can write into an address.
    """
    number = _NUMBER.search(str(description or "")) or _NUMBER.search(str(error or ""))
    if number:
        return ProviderRefusal(_BY_NUMBER.get(number[1], "login_provider_error"), f"esia_{number[1]}")
    word = str(error or "")
    if not _WORD.fullmatch(word):
        word = "unknown_error"
    return ProviderRefusal(_BY_WORD.get(word, "login_provider_error"), f"provider_{word}")
