"""Routes of local accounts."""

from __future__ import annotations

from fastapi import APIRouter

from nmo_identity.deps import DatabaseDep
from nmo_identity.local_accounts import errors
from nmo_identity.local_accounts.commands.change_password import change_password
from nmo_identity.local_accounts.schemas import ChangePassword
from nmo_identity.passwords.errors import PasswordRefused
from nmo_kit import clock
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.errors import Forbidden, Unavailable, problems

router = APIRouter(tags=["local accounts"])


@router.put(
    "/api/v1/me/password",
    status_code=204,
    responses=problems(PasswordRefused, errors.CurrentPasswordWrong, Forbidden, Unavailable),
)
@action("identity.me.password.change")
async def change(body: ChangePassword, principal: CurrentPrincipal, db: DatabaseDep) -> None:
    """Give the own account a new password; this session goes on."""
    await change_password(db, by=principal, current=body.current_password, new=body.password, now=clock.now())
