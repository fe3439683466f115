"""Keys, mint and verifier of outside tokens as routes take them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from nmo_identity.deps import SettingsDep, from_state
from nmo_identity.oidc_provider.keyring import KeyRing
from nmo_identity.oidc_provider.minting import Mint
from nmo_identity.oidc_provider.service_keys import ServiceKeys
from nmo_kit.tokens import TokenVerifier

KeyRingDep = Annotated[KeyRing, from_state("keyring")]
ServiceKeysDep = Annotated[ServiceKeys, from_state("service_keys")]
OutsideDep = Annotated[TokenVerifier, from_state("outside_verifier")]


async def _mint(keyring: KeyRingDep, settings: SettingsDep) -> Mint:
    return Mint(keyring, settings.public_url)


MintDep = Annotated[Mint, Depends(_mint)]
