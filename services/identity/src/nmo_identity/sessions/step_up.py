"""The age of a sign-in before a risky action: contacts, password, linking, consents, exports, roles (security D1)."""

from __future__ import annotations

from datetime import datetime

from nmo_identity.sessions.errors import StepUpRequired
from nmo_identity.sessions.rules import is_recent
from nmo_kit.principal import Principal


def require_recent(principal: Principal, now: datetime) -> None:
    """Let a risky action pass only within 5 minutes of the sign-in or of its confirmation.

    Raises:
        StepUpRequired: 403 `step_up_required`; the gateway asks the person to confirm and repeats the action.
    """
    if not is_recent(principal.auth_time, now):
        raise StepUpRequired
