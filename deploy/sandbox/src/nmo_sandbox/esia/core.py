"""The parts of the ЕСИА stand-in put together, and what its versions have in common."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509

from nmo_sandbox.common.clock import Clock
from nmo_sandbox.common.faults import FaultBoard
from nmo_sandbox.common.login import BrowserBinding
from nmo_sandbox.common.state import JsonFile
from nmo_sandbox.esia.accounts import Accounts
from nmo_sandbox.esia.errors import EsiaRefusalError
from nmo_sandbox.esia.faults import ESIA_FAULTS
from nmo_sandbox.esia.grants import Grants
from nmo_sandbox.esia.keys import KeyRing
from nmo_sandbox.esia.params import Params, signed_text
from nmo_sandbox.esia.signature import decode_secret
from nmo_sandbox.esia.systems import System, Systems
from nmo_sandbox.settings import SandboxSettings

Verify = Callable[[bytes, bytes, Sequence[x509.Certificate], datetime], None]


@dataclass(frozen=True, slots=True)
class Protocol:
    """What differs between the versions of ЕСИА's sign-in.

    Attributes:
        name: `v1` or `v2`.
        signed_to_ask, signed_for_code, signed_to_refresh: parameters whose values, in this order, `client_secret`
            signs at each request.
        verify: checks the decoded `client_secret`: signature, text, registered certificates, moment.
    """

    name: str
    signed_to_ask: tuple[str, ...]
    signed_for_code: tuple[str, ...]
    signed_to_refresh: tuple[str, ...]
    verify: Verify


@dataclass(slots=True)
class Esia:
    """All state of one running stand-in."""

    settings: SandboxSettings
    faults: FaultBoard
    clock: Clock
    keys: KeyRing
    systems: Systems
    accounts: Accounts
    grants: Grants = field(default_factory=Grants)
    binding: BrowserBinding = field(default_factory=lambda: BrowserBinding("esia_sandbox_flow"))
    refusals: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=200))

    @classmethod
    def build(cls, settings: SandboxSettings) -> "Esia":
        """Put a stand-in together; makes or reads its signing key and what was registered before."""
        faults = FaultBoard(ESIA_FAULTS)
        clock = Clock(settings.clock_offset_s, lambda: faults.number("clock_skew"))
        folder = settings.state / "esia" if settings.state else None
        return cls(
            settings=settings,
            faults=faults,
            clock=clock,
            keys=KeyRing(folder / "keys" if folder else None, clock.now()),
            systems=Systems(JsonFile(folder, "systems.json")),
            accounts=Accounts(JsonFile(folder, "people.json")),
        )

    def system(self, params: Params) -> System:
        """Return the system that asks. Raises 007014 without `client_id`, 007005 for an unregistered one."""
        system = self.systems.get(params.required("client_id"))
        if system is None:
            raise EsiaRefusalError("007005", reason="the system is not registered")
        return system

    def check_secret(self, system: System, params: Params, fields: tuple[str, ...], verify: Verify) -> None:
        """Check the request's time and its signature.

        Raises:
            EsiaRefusalError: 007014 for absent or unreadable parameters, 007015 for a time outside the window,
                007002 and 007053 for the signature.
        """
        secret = decode_secret(params.required("client_secret"))
        stamp = params.timestamp()
        window = timedelta(seconds=self.settings.timestamp_window_s)
        if abs(self.clock.now() - stamp) > window:
            raise EsiaRefusalError(
                "007015", reason=f"the timestamp lies outside ±{window.total_seconds():.0f} s"
            )
        verify(secret, signed_text(params, fields), system.certificates, self.clock.now())

    def note(self, where: str, params: Params | None, refusal: EsiaRefusalError) -> None:
        """Write a refusal down for whoever debugs a client; no signature, code or token is kept."""
        self.refusals.append(
            {
                "at": self.clock.now().isoformat(timespec="seconds"),
                "where": where,
                "client_id": params.get("client_id", "")[:64] if params else "",
                "code": f"ESIA-{refusal.code}",
                "reason": refusal.reason,
            }
        )
