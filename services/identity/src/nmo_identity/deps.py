"""What routes take from the running process."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request

from nmo_identity.matching.register import Register
from nmo_identity.oidc_provider.keyring import KeyRing
from nmo_identity.oidc_provider.service_keys import ServiceKeys
from nmo_identity.providers.port import LoginProvider
from nmo_identity.settings import IdentitySettings
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database


def _from_state(name: str) -> Any:
    def read(request: Request) -> Any:
        return getattr(request.app.state, name)

    return Depends(read)


DatabaseDep = Annotated[Database, _from_state("db")]
"""For routes that call out between two transactions; all others take `WriteDep` or `ReadDep`."""
SettingsDep = Annotated[IdentitySettings, _from_state("settings")]
CipherDep = Annotated[FieldCipher, _from_state("cipher")]
ProvidersDep = Annotated[dict[str, LoginProvider], _from_state("providers")]
RegisterDep = Annotated[Register, _from_state("register")]
KeyRingDep = Annotated[KeyRing, _from_state("keyring")]
ServiceKeysDep = Annotated[ServiceKeys, _from_state("service_keys")]
