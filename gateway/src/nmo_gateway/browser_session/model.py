"""What the rest of the gateway may know of a browser session.

The row itself stays in the store; pages get this frozen picture as ``request.state.session`` (None for guests).
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

STAFF_ROLES = frozenset({"org_staff", "org_admin", "support", "admin", "head", "hr"})
ORGANISATION_ROLES = frozenset({"org_staff", "org_admin"})


@dataclass(frozen=True, slots=True)
class Session:
    """A live browser session (GWY-02, SSO-10).

    ``entry`` is one of full, limited, weak, conflict, unconfirmed, unmatched, checking, unverified, restricted.
    ``csrf_token`` goes into each form as the hidden field ``csrf_token`` and into scripts' requests as the header
    ``X-CSRF-Token``.
    """

    person_id: UUID
    short_name: str
    entry: str
    consent: bool
    roles: frozenset[str]
    previous_login_at: datetime | None
    csrf_token: str
    session_id: UUID
    provider: str
    sid: str
    login_at: datetime
    handle: str = field(repr=False)
    cookie_hash: bytes = field(repr=False)

    token_key: str = field(default="", repr=False)
    """Under which tokens on behalf of the session are kept; follows from its id."""

    confirmed_at: datetime | None = None
    """When the person proved last who they are."""

    def __post_init__(self) -> None:
        if not self.token_key:
            object.__setattr__(self, "token_key", f"session:{self.session_id}")

    @property
    def is_staff(self) -> bool:
        """Whether any role of the portal's or an organisation's staff is held: shorter limits apply."""
        return bool(self.roles & STAFF_ROLES)

    @property
    def works_for_organisation(self) -> bool:
        """Whether the person decides on applications for an educational organisation."""
        return bool(self.roles & ORGANISATION_ROLES)
