"""The port of a sign-in provider: what a connector is given, what it must prove, how it fails.

Both versions of ЕСИА and further providers fit behind the same methods.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol
from uuid import UUID

from nmo_kit.snils import Snils

RefusalCode = Literal[
    "login_state_invalid",
    "login_replayed",
    "login_provider_error",
    "login_token_invalid",
    "login_cancelled",
    "provider_unavailable",
]


class ProviderRefusal(Exception):  # noqa: N818 a refusal is an answer, not a fault of ours
    """The sign-in ends here. `code` is what the person is told by, `reason` goes to the journal."""

    def __init__(self, code: RefusalCode, reason: str) -> None:
        """Keep the stable code and the finer reason (lower case with underscores, no personal data)."""
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason
        self.provider: str | None = None
        """Name of a provider other than Госуслуги, for the sentence people read."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One attempt to sign in, as kept on our side."""

    state: UUID
    started_at: datetime
    redirect_uri: str
    nonce: str
    code_verifier: str
    fresh: bool = False
    """It confirms a session or ties a way in: the provider is to ask for the password anew (security D1, L2)."""


@dataclass(frozen=True, slots=True)
class ContactProof:
    """An address or number and whether the provider has verified it."""

    value: str
    verified: bool


@dataclass(frozen=True, slots=True)
class DocumentProof:
    """A document of a kind and whether the provider has verified it; its number is not taken over."""

    kind: str
    verified: bool


@dataclass(frozen=True, slots=True)
class ProvenPerson:
    """What the provider proves about the person who signed in."""

    issuer: str
    subject: str
    confirmed: bool
    """The account belongs to a person who was confirmed in person: name and birth date are proven too."""
    proves_snils: bool
    """`snils` is there and proven; never true without a number."""
    last_name: str
    first_name: str
    patronymic: str | None
    birth_on: date | None
    gender: str | None
    citizenship: str | None
    snils: Snils | None
    email: ContactProof | None
    phone: ContactProof | None
    auth_time: datetime | None
    """When the person last typed their password there; None where the provider does not say: nothing is then fresh."""
    acr: str
    provider_session: str | None
    token_hash: bytes
    """SHA-256 of the id token: a token seen before opens nothing."""
    token_expires_at: datetime
    documents: tuple[DocumentProof, ...] = ()
    """Documents the provider knows, where it was asked for them."""


class LoginProvider(Protocol):
    """A configured provider. Connectors hold no state of a sign-in between the calls."""

    @property
    def key(self) -> str:
        """Name in addresses: `esia`."""

    @property
    def title(self) -> str:
        """Name people read: «Госуслуги»."""

    @property
    def issuer(self) -> str:
        """The one issuer whose tokens are accepted."""

    @property
    def hidden(self) -> bool:
        """Whether it is left out where ways to sign in are listed."""

    def notes(self, now: datetime) -> list[str]:
        """What an operator should know before it stops sign-ins: certificates that run out."""

    @property
    def link_only(self) -> bool:
        """It may be tied to a person and opens no session (security L6)."""

    async def authorize_url(self, flow: Flow, *, now: datetime) -> str:
        """Where to send the browser.

        Raises:
            ProviderRefusal: `provider_unavailable` when the provider cannot be asked.
        """

    async def finish(self, flow: Flow, query: Mapping[str, str], *, now: datetime) -> ProvenPerson:
        """Turn the callback's query into a proven person; every check of the protocol is made here.

        Raises:
            ProviderRefusal: with the code and reason of the first check that failed.
        """

    async def logout_url(self, return_to: str) -> str | None:
        """Where to send the browser to end the provider's session too; None when it cannot be ended, or told in time.

        Raises nothing: who signs out here is signed out whatever the provider does.
        """

    def forget_url(self, return_to: str) -> str | None:
        """Where to send the browser before a fresh sign-in, so that the provider asks for the password; leads on to `return_to`.

        None where the request of a fresh flow demands it by itself.
        """

    async def close(self) -> None:
        """Give connections back."""
