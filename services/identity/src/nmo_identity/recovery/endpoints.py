"""Routes of recovery, open to everybody: each step proves itself."""

from __future__ import annotations

from fastapi import APIRouter, Response

from nmo_identity.codes.errors import CodeExpired, CodeSpent, CodeWrong
from nmo_identity.deps import CipherDep, DatabaseDep
from nmo_identity.letters.errors import LettersSpent
from nmo_identity.passwords.errors import PasswordRefused
from nmo_identity.recovery import errors
from nmo_identity.recovery.commands.finish import finish_recovery
from nmo_identity.recovery.commands.prove import prove_recovery
from nmo_identity.recovery.commands.start import send_recovery_again, start_recovery
from nmo_identity.recovery.schemas import (
    FinishRecovery,
    OfRecovery,
    ProveRecovery,
    StartedRecovery,
    StartRecovery,
)
from nmo_kit import clock
from nmo_kit.auth import action
from nmo_kit.errors import Unavailable, problems

router = APIRouter(prefix="/api/v1/password/recovery", tags=["password"])


@router.post("", status_code=202, responses=problems(errors.ContactMistyped, LettersSpent))
@action("identity.recovery.start")
async def start(
    body: StartRecovery, db: DatabaseDep, cipher: CipherDep, response: Response
) -> StartedRecovery:
    """Ask for a code; the answer is the same whether or not anybody has this contact."""
    response.headers["Cache-Control"] = "no-store"
    started = await start_recovery(db, body.contact, cipher=cipher, now=clock.now())
    flow = started.flow
    return StartedRecovery(
        handle=started.handle,
        number=flow.number,
        channel="sms" if flow.channel == "sms" else "email",
        expires_at=flow.expires_at,
    )


@router.post("/resend", status_code=204, responses=problems(errors.RecoveryOver, LettersSpent))
@action("identity.recovery.resend")
async def resend(body: OfRecovery, db: DatabaseDep, cipher: CipherDep) -> None:
    """Ask for the code once more."""
    await send_recovery_again(db, body.handle, cipher=cipher, now=clock.now())


@router.post(
    "/code", status_code=204, responses=problems(errors.RecoveryOver, CodeWrong, CodeExpired, CodeSpent)
)
@action("identity.recovery.prove")
async def prove(body: ProveRecovery, db: DatabaseDep, cipher: CipherDep) -> None:
    """Give the code."""
    await prove_recovery(db, body.handle, body.code, cipher=cipher, now=clock.now())


@router.post(
    "/password",
    status_code=204,
    responses=problems(errors.RecoveryOver, errors.RecoveryUnproven, PasswordRefused, Unavailable),
)
@action("identity.recovery.finish")
async def finish(body: FinishRecovery, db: DatabaseDep, cipher: CipherDep) -> None:
    """Set the new password; every earlier session and proof ends."""
    await finish_recovery(db, body.handle, body.password, cipher=cipher, now=clock.now())
