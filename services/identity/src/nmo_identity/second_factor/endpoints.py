"""Routes of two-step sign-in: its settings, and the second step itself."""

from __future__ import annotations

from fastapi import APIRouter, Response

from nmo_identity.accounts.queries import person_for_update
from nmo_identity.accounts.tables import Account
from nmo_identity.codes.errors import CodeExpired, CodeSpent, CodeWrong
from nmo_identity.codes.rules import plain
from nmo_identity.deps import CipherDep, DatabaseDep
from nmo_identity.letters.errors import LettersSpent
from nmo_identity.login.answers import finished_login
from nmo_identity.second_factor import errors, queries, rules
from nmo_identity.second_factor.commands import set_up
from nmo_identity.second_factor.commands.check import check_set_up_code, check_sms_set_up
from nmo_identity.second_factor.commands.finish import finish_second_step
from nmo_identity.second_factor.commands.send_code import send_second_step_code
from nmo_identity.second_factor.schemas import (
    AppSecret,
    CodeSent,
    FinishSecondStep,
    GivenCode,
    RecoveryCodes,
    SecondStepDone,
    SecondStepState,
    Security,
    SendSecondStep,
)
from nmo_identity.sessions.errors import StepUpRequired
from nmo_identity.sessions.step_up import require_recent
from nmo_kit import clock
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import ReadDep, WriteDep
from nmo_kit.errors import NotFound, problems

router = APIRouter(prefix="/api/v1/me/security", tags=["security"])
sign_in = APIRouter(prefix="/internal/local/second-step", tags=["login"])


@router.get("")
@action("identity.security.read")
async def read(session: ReadDep, principal: CurrentPrincipal, response: Response) -> Security:
    """Password, ways of the second step, recovery codes left."""
    response.headers["Cache-Control"] = "no-store"
    return Security.model_validate(await queries.security_of(session, principal))


@router.post("/app", responses=problems(errors.NoLocalAccount, StepUpRequired))
@action("identity.security.app")
async def begin_app(
    session: WriteDep, principal: CurrentPrincipal, cipher: CipherDep, response: Response
) -> AppSecret:
    """Begin with an authenticator app; repeated within half an hour it tells the same secret."""
    now = clock.now()
    require_recent(principal, now)
    response.headers["Cache-Control"] = "no-store"
    account = await queries.required_local_account(session, principal.person_id)
    person = await person_for_update(session, principal.person_id)
    made = await set_up.start_app(session, account, person, cipher=cipher, now=now)
    return AppSecret(secret=made.secret, uri=made.uri)


@router.post(
    "/app/confirm",
    responses=problems(
        errors.NoLocalAccount, errors.SetupOver, errors.SecondStepWrong, errors.SecondStepPaused
    ),
)
@action("identity.security.app.confirm")
async def confirm_app(
    body: GivenCode, db: DatabaseDep, principal: CurrentPrincipal, cipher: CipherDep, response: Response
) -> RecoveryCodes:
    """The app's first code puts it in force; ten recovery codes are told this once."""
    now = clock.now()
    response.headers["Cache-Control"] = "no-store"
    async with db.read() as session:
        account = await queries.required_local_account(session, principal.person_id)
    step = await check_set_up_code(db, account.id, plain(body.code), cipher=cipher, now=now)
    async with db.write() as session:
        person = await person_for_update(session, principal.person_id)
        codes = await set_up.confirm_app(session, account, person, step=step, cipher=cipher, now=now)
    return RecoveryCodes(codes=codes)


@router.post(
    "/sms",
    status_code=202,
    responses=problems(errors.NoLocalAccount, errors.PhoneMissing, LettersSpent, StepUpRequired),
)
@action("identity.security.sms")
async def begin_sms(db: DatabaseDep, principal: CurrentPrincipal, cipher: CipherDep) -> CodeSent:
    """Begin with text messages: a code goes to the confirmed number."""
    now = clock.now()
    require_recent(principal, now)
    async with db.write() as session:
        account = await queries.required_local_account(session, principal.person_id)
        person = await person_for_update(session, principal.person_id)
        await set_up.start_sms(session, account, person, now=now)
    await send_second_step_code(db, account.id, cipher=cipher, now=now)
    return CodeSent(phone_masked=rules.masked_phone(person.phone or ""))


@router.post(
    "/sms/confirm",
    responses=problems(errors.NoLocalAccount, errors.SetupOver, CodeWrong, CodeExpired, CodeSpent),
)
@action("identity.security.sms.confirm")
async def confirm_sms(
    body: GivenCode, db: DatabaseDep, principal: CurrentPrincipal, cipher: CipherDep, response: Response
) -> RecoveryCodes:
    """The code that came puts text messages in force."""
    now = clock.now()
    response.headers["Cache-Control"] = "no-store"
    async with db.read() as session:
        account = await queries.required_local_account(session, principal.person_id)
    await check_sms_set_up(db, account.id, body.code, cipher=cipher, now=now)
    async with db.write() as session:
        person = await person_for_update(session, principal.person_id)
        codes = await set_up.confirm_sms(session, account, person, cipher=cipher, now=now)
    return RecoveryCodes(codes=codes)


@router.delete(
    "/methods/{method}",
    status_code=204,
    responses=problems(NotFound, errors.NoLocalAccount, errors.MethodMissing, StepUpRequired),
)
@action("identity.security.method.remove")
async def remove(
    method: rules.Switched, session: WriteDep, principal: CurrentPrincipal, cipher: CipherDep
) -> None:
    """Switch a way off; with the last one two-step sign-in is off."""
    now = clock.now()
    require_recent(principal, now)
    account: Account = await queries.required_local_account(session, principal.person_id)
    person = await person_for_update(session, principal.person_id)
    await set_up.switch_off(session, account, person, method, cipher=cipher, now=now)


@router.post(
    "/recovery-codes",
    responses=problems(errors.NoLocalAccount, errors.MethodMissing, StepUpRequired),
)
@action("identity.security.recovery_codes")
async def renew(
    session: WriteDep, principal: CurrentPrincipal, cipher: CipherDep, response: Response
) -> RecoveryCodes:
    """Ten new recovery codes, told this once; the earlier ones end."""
    now = clock.now()
    require_recent(principal, now)
    response.headers["Cache-Control"] = "no-store"
    account = await queries.required_local_account(session, principal.person_id)
    if not await queries.methods_of(session, account.id):
        raise errors.MethodMissing
    person = await person_for_update(session, principal.person_id)
    return RecoveryCodes(codes=await set_up.renew_codes(session, account, person, cipher=cipher, now=now))


@sign_in.post("/state", responses=problems(errors.PendingOver))
@action("identity.login.second_step.read")
async def state(body: SendSecondStep, session: ReadDep) -> SecondStepState:
    """Which ways a waiting sign-in may take."""
    row = await queries.waiting(session, body.pending, clock.now())
    holder = await queries.holder_of_account(session, row.account_id)
    phone = holder.person.phone if holder.person.phone_verified else None
    return SecondStepState(
        methods=await queries.methods_of(session, row.account_id),
        phone_masked=rules.masked_phone(phone) if phone else None,
    )


@sign_in.post(
    "/send", status_code=202, responses=problems(errors.PendingOver, errors.MethodMissing, LettersSpent)
)
@action("identity.login.second_step.send")
async def send(body: SendSecondStep, db: DatabaseDep, cipher: CipherDep) -> CodeSent:
    """Send the code of a waiting sign-in as a text message."""
    now = clock.now()
    async with db.read() as session:
        row = await queries.waiting(session, body.pending, now)
        methods = await queries.methods_of(session, row.account_id)
        holder = await queries.holder_of_account(session, row.account_id)
    if "sms" not in methods:
        raise errors.MethodMissing
    await send_second_step_code(db, row.account_id, cipher=cipher, now=now)
    return CodeSent(phone_masked=rules.masked_phone(holder.person.phone or ""))


@sign_in.post(
    "",
    responses=problems(
        errors.PendingOver,
        errors.MethodMissing,
        errors.SecondStepWrong,
        errors.SecondStepPaused,
        CodeWrong,
        CodeExpired,
        CodeSpent,
    ),
)
@action("identity.login.second_step.finish")
async def finish(body: FinishSecondStep, db: DatabaseDep, cipher: CipherDep) -> SecondStepDone:
    """Finish a waiting sign-in: a right code opens the session."""
    signed_in, device = await finish_second_step(
        db,
        body.pending,
        body.method,
        body.code,
        ip=body.ip,
        user_agent=body.user_agent,
        device=body.device,
        cipher=cipher,
        now=clock.now(),
    )
    async with db.read() as session:
        answer = await finished_login(session, signed_in)
    return SecondStepDone(session=answer.session, person=answer.person, device=device)
