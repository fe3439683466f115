"""Telling identity which sessions are over: partners' tokens and the list of sign-ins hang on them there."""

import structlog

from nmo_gateway.auth.identity import IdentityClient
from nmo_gateway.browser_session.ends import SessionEnds, Untold
from nmo_gateway.service_errors import ServiceDown, ServiceProblem

logger = structlog.get_logger(__name__)
UNAUTHORIZED = 401
KNOWN_THERE = frozenset({"revoked"})
"""Identity itself said that these are over."""


async def tell_end(ends: SessionEnds, identity: IdentityClient, over: Untold) -> str | None:
    """Tell of one session; where the provider's can be ended. A failure is made good by `tell_ends` later."""
    try:
        address = (
            None if over.reason in KNOWN_THERE else await identity.logout(over.handle, reason=over.reason)
        )
    except (ServiceDown, ServiceProblem) as error:
        logger.warning("identity_session_not_ended", error=str(error))
        if not isinstance(error, ServiceProblem) or error.status == UNAUTHORIZED:
            return None
        address = None
    await ends.mark_told(over.session_id)
    return address


async def tell_ends(ends: SessionEnds, identity: IdentityClient) -> None:
    """Tell of every session that ended or ran out since: the rows survive a restart, nothing is forgotten."""
    for over in await ends.untold():
        await tell_end(ends, identity, over)
