"""An opened session as the gateway is told of it, whatever the way in."""

from __future__ import annotations

from nmo_identity.login.commands.open_session import SignedIn
from nmo_identity.login.schemas import FinishedLogin
from nmo_identity.standing.queries import standing_of
from nmo_kit.db import ReadSession


async def finished_login(session: ReadSession, signed_in: SignedIn) -> FinishedLogin:
    """Session and person, with the person's standing as it is in this session."""
    standing = await standing_of(session, signed_in.person_id, restrictions=signed_in.session.restrictions)
    return FinishedLogin.of(signed_in, standing)
