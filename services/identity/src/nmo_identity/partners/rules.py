"""Pure rules of registering partners: what is wrong with an application, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nmo_identity.oidc_provider.rules import PERSON_SCOPES, is_redirect_uri, sector_of

ADDRESS = "Введите адрес, который начинается с https:// и не содержит знака #"
ONE_HOST = "Все адреса возврата должны быть на одном узле: на нём люди получают постоянный номер"
NO_ADDRESS = "Укажите адрес возврата: без него люди не смогут входить через портал"
NO_PURPOSE = "Напишите, для чего нужен доступ ко всему кабинету: это увидят люди перед согласием"
WHOLE_CABINET = frozenset({"api"})


def faults_of(
    *,
    scopes: Sequence[str],
    redirect_uris: Sequence[str],
    post_logout_redirect_uris: Sequence[str],
    backchannel_logout_uri: str | None,
    purpose: str,
    may_call: Callable[[str], bool],
) -> list[tuple[str, str, str]]:
    """Pointer, code and sentence of every fault; empty when the partner may be registered."""
    found = [
        (f"/{name}/{number}", "redirect_uri", ADDRESS)
        for name, uris in (
            ("redirect_uris", redirect_uris),
            ("post_logout_redirect_uris", post_logout_redirect_uris),
        )
        for number, uri in enumerate(uris)
        if not is_redirect_uri(uri)
    ]
    if redirect_uris and not found and sector_of(redirect_uris) is None:
        found.append(("/redirect_uris", "several_hosts", ONE_HOST))
    if "openid" in scopes and not redirect_uris:
        found.append(("/redirect_uris", "redirect_uri", NO_ADDRESS))
    if backchannel_logout_uri is not None and not may_call(backchannel_logout_uri):
        found.append(("/backchannel_logout_uri", "address", ADDRESS))
    if WHOLE_CABINET & set(scopes) & PERSON_SCOPES and redirect_uris and not purpose.strip():
        found.append(("/purpose", "purpose", NO_PURPOSE))
    return found
