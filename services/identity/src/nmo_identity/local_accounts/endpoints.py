"""Routes of registering and of one's own password."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from fastapi import APIRouter, Response

from nmo_identity.deps import CipherDep, DatabaseDep, SettingsDep
from nmo_identity.letters.errors import LettersSpent
from nmo_identity.limits.rules import Rate
from nmo_identity.local_accounts import errors, schemas
from nmo_identity.local_accounts.commands.change_password import change_password
from nmo_identity.local_accounts.commands.open_account import confirm_address
from nmo_identity.local_accounts.commands.register import (
    FORM,
    invite,
    invited_address,
    register,
    weight_now,
)
from nmo_identity.local_accounts.commands.resend import resend_link
from nmo_identity.local_accounts.deps import ProverDep, RegionsDep
from nmo_identity.local_accounts.fields import Typed, read_typed
from nmo_identity.local_accounts.regions import Regions
from nmo_identity.local_accounts.rules import CITIZENSHIPS, Wrong, email_of
from nmo_identity.passwords import hashing
from nmo_identity.passwords.errors import PasswordRefused
from nmo_identity.passwords.rules import MAX_LENGTH
from nmo_kit import clock, context
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import ReadDep, WriteDep
from nmo_kit.errors import FieldError, FieldProblem, Forbidden, TooManyRequests, Unavailable, problems

router = APIRouter(prefix="/api/v1", tags=["local accounts"])
NO_STORE = {"Cache-Control": "no-store"}


@router.get("/registrations/form")
@action("identity.registration.form")
async def form() -> schemas.FormOptions:
    """What may be chosen in the registration, and what a password must be."""
    profile = hashing.current().rules
    return schemas.FormOptions(
        citizenships=[schemas.CitizenshipItem(code=code, name=name) for code, name in CITIZENSHIPS.items()],
        password=schemas.PasswordRules(
            min_length=profile.min_length,
            max_length=MAX_LENGTH,
            classes=profile.classes,
            max_age_days=profile.max_age // timedelta(days=1) if profile.max_age else None,
            age_lifted=profile.age_lifted,
        ),
    )


@router.get("/registrations/challenge")
@action("identity.registration.challenge")
async def challenge(session: ReadDep, prover: ProverDep, response: Response) -> schemas.Challenge:
    """A problem for the browser to work at; it is good for five minutes and for one registration."""
    response.headers.update(NO_STORE)
    weight = await weight_now(session, clock.now())
    return schemas.Challenge.model_validate(prover.challenge(FORM, weight=weight))


@router.post("/registrations/check", status_code=204)
@action("identity.registration.check")
async def check(body: schemas.Typed, regions: RegionsDep) -> None:
    """Check what was typed, without keeping it and without asking whether anybody is known."""
    await _typed(body.model_dump(), regions)


@router.post(
    "/registrations",
    status_code=202,
    responses=problems(errors.RobotCheckFailed, errors.InvitationOver, errors.RegistrationsSlowed),
)
@action("identity.registration.create")
async def create(
    body: schemas.Register,
    db: DatabaseDep,
    regions: RegionsDep,
    prover: ProverDep,
    cipher: CipherDep,
    settings: SettingsDep,
) -> schemas.Accepted:
    """Register; login and temporary password come by mail. The answer never tells whether somebody is known."""
    interval = timedelta(seconds=settings.registration_network_interval_s)
    await register(
        db,
        await _typed(body.model_dump(), regions),
        proof=body.proof,
        invited_by=body.invitation,
        prover=prover,
        network=context.ip_prefix.get(),
        pace=Rate(interval, settings.registration_network_burst),
        cipher=cipher,
        now=clock.now(),
    )
    return schemas.Accepted()


@router.post("/registrations/invitations", status_code=202, responses=problems(errors.RegistrationsSlowed))
@action("identity.registration.invite")
async def ask_invitation(body: schemas.Invite, db: DatabaseDep, cipher: CipherDep) -> schemas.Accepted:
    """Mail a link that opens the form where the proof of work cannot run."""
    email = email_of(body.email)
    if isinstance(email, Wrong):
        raise FieldProblem([FieldError(pointer="/email", code=email.code, message=email.message)])
    await invite(db, email, network=context.ip_prefix.get(), cipher=cipher, now=clock.now())
    return schemas.Accepted()


@router.post("/registrations/invitations/open", responses=problems(errors.InvitationOver))
@action("identity.registration.open_invitation")
async def open_invitation(body: schemas.Link, db: DatabaseDep, cipher: CipherDep) -> schemas.Invited:
    """The address of an invitation; the link is not used up by looking."""
    return schemas.Invited(email=await invited_address(db, body.token, cipher=cipher, now=clock.now()))


@router.post("/registrations/confirm", status_code=204, responses=problems(errors.LinkOver))
@action("identity.registration.confirm")
async def confirm(body: schemas.Link, session: WriteDep, settings: SettingsDep, cipher: CipherDep) -> None:
    """Confirm the address by the link of the letter; it works once."""
    await confirm_address(session, body.token, issuer=settings.public_url, cipher=cipher, now=clock.now())


@router.post(
    "/registrations/resend",
    status_code=204,
    responses=problems(errors.LinkOver, LettersSpent, Forbidden, TooManyRequests),
)
@action("identity.registration.resend")
async def resend(session: WriteDep, principal: CurrentPrincipal, cipher: CipherDep) -> None:
    """Mail the confirming link anew."""
    await resend_link(session, by=principal, cipher=cipher, now=clock.now())


@router.put(
    "/me/password",
    status_code=204,
    responses=problems(PasswordRefused, errors.CurrentPasswordWrong, Forbidden, TooManyRequests, Unavailable),
)
@action("identity.me.password.change")
async def change(body: schemas.ChangePassword, principal: CurrentPrincipal, db: DatabaseDep) -> None:
    """Give the own account a new password; this session goes on, all others end."""
    await change_password(db, by=principal, current=body.current_password, new=body.password, now=clock.now())


async def _typed(values: Mapping[str, str], regions: Regions) -> Typed:
    return read_typed(values, regions=await regions.codes(), today=clock.today())
