"""The register as routes take it."""

from __future__ import annotations

from typing import Annotated

from nmo_identity.deps import from_state
from nmo_identity.matching.register import Register

RegisterDep = Annotated[Register, from_state("register")]
