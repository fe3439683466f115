"""What routes of every slice take from the running process; slices add their own beside them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request

from nmo_identity.settings import IdentitySettings
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database


def from_state(name: str) -> Any:
    """Dependency that reads a resource of the process by its name."""

    async def read(request: Request) -> Any:
        return getattr(request.app.state, name)

    return Depends(read)


DatabaseDep = Annotated[Database, from_state("db")]
"""For routes that call out between two transactions; all others take `WriteDep` or `ReadDep`."""
SettingsDep = Annotated[IdentitySettings, from_state("settings")]
CipherDep = Annotated[FieldCipher, from_state("cipher")]
