"""What the routes of local accounts take from the process."""

from __future__ import annotations

from typing import Annotated

from nmo_identity.deps import from_state
from nmo_identity.local_accounts.proof_of_work import ProofOfWork
from nmo_identity.local_accounts.regions import Regions

ProverDep = Annotated[ProofOfWork, from_state("prover")]
RegionsDep = Annotated[Regions, from_state("regions")]
