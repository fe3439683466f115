"""The configured providers as routes take them."""

from __future__ import annotations

from typing import Annotated

from nmo_identity.deps import from_state
from nmo_identity.providers.port import LoginProvider

ProvidersDep = Annotated[dict[str, LoginProvider], from_state("providers")]
