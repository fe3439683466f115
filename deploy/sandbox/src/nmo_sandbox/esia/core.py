"""The parts of the ЕСИА stand-in put together, and what its versions have in common."""

import hashlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from typing import Protocol as Shape

from nmo_sandbox.common.clock import Clock
from nmo_sandbox.common.faults import FaultBoard
from nmo_sandbox.common.ids import Ids
from nmo_sandbox.common.login import BrowserBinding
from nmo_sandbox.common.state import JsonFile
from nmo_sandbox.esia.accounts import Accounts
from nmo_sandbox.esia.certificates import SystemCertificate
from nmo_sandbox.esia.errors import EsiaRefusalError
from nmo_sandbox.esia.faults import ESIA_FAULTS
from nmo_sandbox.esia.grants import Grants
from nmo_sandbox.esia.keys import KeyRing
from nmo_sandbox.esia.params import Params, signed_text
from nmo_sandbox.esia.signature import decode_secret
from nmo_sandbox.esia.systems import System, Systems
from nmo_sandbox.settings import SandboxSettings

Order = tuple[str, ...]


class Verify(Shape):
    """Checks a decoded `client_secret` against one text and certificates; raises EsiaRefusalError."""

    def __call__(
        self,
        secret: bytes,
        text: bytes,
        certificates: Sequence[SystemCertificate],
        now: datetime,
        *,
        reversed_too: bool,
    ) -> None:
        """Return when the signature is right."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """What differs between the versions of ЕСИА's sign-in.

    Attributes:
        name: `v1` or `v2`.
        signed_to_ask, signed_for_code, signed_for_system: parameters whose values, in this order, `client_secret`
            signs at each request; an absent one adds nothing.
        signed_to_refresh: the same for a refresh; several orders where the papers leave it open, any of them is good.
        verify: checks the decoded `client_secret`: signature, text, registered certificates, moment.
        names_certificate: whether requests must name their certificate by `client_certificate_hash`.
        knows_proof: whether `code_challenge` and `code_verifier` are looked at.
    """

    name: str
    signed_to_ask: Order
    signed_for_code: Order
    signed_for_system: Order
    signed_to_refresh: tuple[Order, ...]
    verify: Verify
    names_certificate: bool
    knows_proof: bool


@dataclass(slots=True)
class Esia:
    """All state of one running stand-in."""

    settings: SandboxSettings
    faults: FaultBoard
    clock: Clock
    keys: KeyRing
    systems: Systems
    accounts: Accounts
    grants: Grants
    binding: BrowserBinding = field(default_factory=lambda: BrowserBinding("esia_sandbox_flow"))
    refusals: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=200))

    @classmethod
    def build(cls, settings: SandboxSettings) -> "Esia":
        """Put a stand-in together; makes or reads its signing key and what was registered before."""
        faults = FaultBoard(ESIA_FAULTS)
        clock = Clock(
            settings.clock_offset_s, lambda: faults.number("clock_skew"), stands_at=settings.clock_stands_at
        )
        folder = settings.state / "esia" if settings.state else None
        return cls(
            settings=settings,
            faults=faults,
            clock=clock,
            keys=KeyRing(folder / "keys" if folder else None, clock.now()),
            systems=Systems(JsonFile(folder, "systems.json")),
            accounts=Accounts(JsonFile(folder, "people.json")),
            grants=Grants(Ids(settings.seed)),
        )

    def system(self, params: Params) -> System:
        """Return the system that asks, and turn to the faults meant for it.

        Raises 007014 without `client_id`, 007005 for an unregistered one.
        """
        system = self.systems.get(params.required("client_id"))
        if system is None:
            raise EsiaRefusalError("007005", reason="the system is not registered")
        self.faults.look_at(system.client_id)
        return system

    def check_secret(
        self,
        protocol: Protocol,
        system: System,
        params: Params,
        *orders: Order,
        may_leave_hash_out: bool = False,
    ) -> None:
        """Check the request's time and its signature; of several orders of the signed text any may fit.

        `may_leave_hash_out`: one kind of client sends no `client_certificate_hash` with a refresh.

        Raises:
            EsiaRefusalError: 007014 for absent or unreadable parameters, 007015 for a time outside the window,
                007002 and 007053 for the signature.
        """
        secret = decode_secret(params.required("client_secret"))
        stamp = params.timestamp()
        certificates = self._named(protocol, system, params, optional=may_leave_hash_out)
        window = timedelta(seconds=self.settings.timestamp_window_s)
        if abs(self.clock.now() - stamp) > window:
            raise EsiaRefusalError(
                "007015", reason=f"the timestamp lies outside ±{window.total_seconds():.0f} s"
            )
        texts = [signed_text(params, order) for order in orders]
        for place, text in enumerate(texts, 1):
            try:
                protocol.verify(
                    secret,
                    text,
                    certificates,
                    self.clock.now(),
                    reversed_too=system.tolerates("reversed_signature"),
                )
            except EsiaRefusalError as refusal:
                if place == len(texts):
                    refusal.expected = [hashlib.sha256(each).hexdigest() for each in texts]
                    raise
            else:
                return

    @staticmethod
    def _named(
        protocol: Protocol, system: System, params: Params, *, optional: bool
    ) -> tuple[SystemCertificate, ...]:
        """The certificates a request may be signed with: in version 2 the one it names by its hash."""
        if not protocol.names_certificate or (optional and "client_certificate_hash" not in params):
            return system.certificates
        wanted = params.required("client_certificate_hash").upper()
        found = tuple(item for item in system.certificates if item.streebog == wanted)
        if not found:
            raise EsiaRefusalError(
                "007053",
                reason="client_certificate_hash is no Streebog-256 of a registered certificate's DER",
            )
        return found

    def note(self, where: str, params: Params | None, refusal: EsiaRefusalError) -> None:
        """Write a refusal down for whoever debugs a client: of the text that should have been signed its SHA-256.

        No signature, code or token is kept.
        """
        self.refusals.append(
            {
                "at": self.clock.now().isoformat(timespec="seconds"),
                "where": where,
                "client_id": params.get("client_id", "")[:64] if params else "",
                "code": f"ESIA-{refusal.code}",
                "reason": refusal.reason,
                "expected_sha256": refusal.expected,
            }
        )
