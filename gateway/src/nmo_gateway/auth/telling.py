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
    _, address = await _tell(ends, identity, over)
    return address


async def tell_ends(ends: SessionEnds, identity: IdentityClient) -> bool:
    """Tell of every session that ended or ran out since: the rows survive a restart, nothing is forgotten.

    One that identity does not take ends the pass, with False: it is away or busy, and people come first.
    """
    for over in await ends.untold():
        told, _ = await _tell(ends, identity, over)
        if not told:
            return False
    return True


async def _tell(ends: SessionEnds, identity: IdentityClient, over: Untold) -> tuple[bool, str | None]:
    address = None
    try:
        if over.reason not in KNOWN_THERE:
            address = await identity.logout(over.handle, reason=over.reason)
    except (ServiceDown, ServiceProblem) as error:
        logger.warning("identity_session_not_ended", error=str(error))
        if not isinstance(error, ServiceProblem) or error.status == UNAUTHORIZED:
            return False, None
    await ends.mark_told(over.session_id)
    return True, address
