"""Check the code of a second step: at sign-in, and before risky actions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, update
from sqlmodel import col

from nmo_identity.codes.commands.check import check_code
from nmo_identity.codes.errors import CodeWrong
from nmo_identity.codes.rules import plain
from nmo_identity.limits.commands.take import give_back, left_of, take_rate
from nmo_identity.second_factor import queries, rules
from nmo_identity.second_factor.commands.notice import tell_owner
from nmo_identity.second_factor.errors import MethodMissing, SecondStepPaused, SecondStepWrong, SetupOver
from nmo_identity.second_factor.tables import RecoveryCode, SecondFactor
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database, WriteSession
from nmo_kit.errors import Problem, retry_after

SMS_PURPOSE = "second_step"


async def check_second_step(
    db: Database, account_id: UUID, method: str, code: str, *, cipher: FieldCipher, now: datetime
) -> None:
    """Take a code of the second step, once (P09, T07).

    The try is counted in a transaction of its own before anything is compared: five wrong codes of one account, whatever
    the method, and the next is looked at three minutes later; the owner is written to. A right code gives the tries
    back. Each outcome leaves a journal row.

    Raises:
        SecondStepPaused: too many wrong codes; `Retry-After` says when to come back.
        SecondStepWrong, CodeWrong: this code does not do; the body's `tries_left` says how many tries remain.
        CodeExpired, CodeSpent: the code sent by message is of no use any more.
        MethodMissing: the account has no such way.
    """
    key = f"second_step|{account_id}"
    async with db.write() as session:
        holder = await queries.holder_of_account(session, account_id)
        wait = await take_rate(session, key, rules.GUESSES, now=now)
        allowed = method in await queries.methods_of(session, account_id)
    try:
        if wait is not None:
            raise SecondStepPaused(headers=retry_after(wait.total_seconds()))
        if not allowed:
            raise MethodMissing
        await _take(db, account_id, method, code, cipher=cipher, now=now)
    except Problem as problem:
        async with db.write() as session:
            if isinstance(problem, SecondStepWrong | CodeWrong):
                # Under two counts at once, the smaller one closes.
                left = await left_of(session, key, rules.GUESSES, now=now)
                problem.extra["tries_left"] = min(left, problem.extra.get("tries_left", left))
            await _journal(session, holder.person.id, account_id, method, problem.code)
            if isinstance(problem, SecondStepPaused):
                await tell_owner(session, holder.person, "second_step_paused", cipher=cipher, now=now)
        raise
    async with db.write() as session:
        await give_back(session, key)
        await _journal(session, holder.person.id, account_id, method, None)
        if method == "recovery_code":
            left = await queries.codes_left(session, account_id)
            await tell_owner(
                session, holder.person, "recovery_code_used", {"left": str(left)}, cipher=cipher, now=now
            )


async def _take(
    db: Database, account_id: UUID, method: str, code: str, *, cipher: FieldCipher, now: datetime
) -> None:
    if method == "totp":
        await take_app_code(db, account_id, code, cipher=cipher, now=now)
    elif method == "recovery_code":
        await _take_recovery_code(db, account_id, code, cipher=cipher, now=now)
    else:
        async with db.read() as session:
            factor = await queries.factor(session, account_id, "sms")
        if factor is None or factor.flow is None:
            raise MethodMissing
        await check_code(db, purpose=SMS_PURPOSE, flow=str(factor.flow), code=code, cipher=cipher, now=now)


async def check_set_up_code(
    db: Database, account_id: UUID, code: str, *, cipher: FieldCipher, now: datetime
) -> int:
    """Time step of the first code of an app that is being set up; tries are counted like those of a second step.

    Raises:
        SetupOver: no set-up is in hand.
        SecondStepWrong, SecondStepPaused: the code does not do.
    """
    await _count(db, account_id, now)
    async with db.write() as session:
        factor = await queries.factor_for_update(session, account_id, "totp_setup")
        if factor is None or factor.created_at <= now - rules.SETUP_LIFETIME:
            raise SetupOver
        step = rules.matching_step(queries.secret_of(factor, cipher), code, now=now)
    if step is None:
        raise SecondStepWrong(
            "Код не подошёл. Проверьте, что в приложении выбрана запись «Портал НМФО», а время на телефоне "
            "ставится автоматически."
        )
    return step


async def check_sms_set_up(
    db: Database, account_id: UUID, code: str, *, cipher: FieldCipher, now: datetime
) -> None:
    """Take the first code that came as a text message.

    Raises:
        MethodMissing: no set-up is in hand.
        CodeWrong, CodeExpired, CodeSpent, SecondStepPaused: the code does not do.
    """
    await _count(db, account_id, now)
    await _take(db, account_id, "sms", code, cipher=cipher, now=now)


async def _count(db: Database, account_id: UUID, now: datetime) -> None:
    async with db.write() as session:
        wait = await take_rate(session, f"second_step_set_up|{account_id}", rules.GUESSES, now=now)
    if wait is not None:
        raise SecondStepPaused(headers=retry_after(wait.total_seconds()))


async def take_app_code(
    db: Database, account_id: UUID, code: str, *, cipher: FieldCipher, now: datetime
) -> None:
    """Take the code of an app; each time step works once, of two at the same moment one.

    Raises:
        SecondStepWrong: another code, or one used before.
        MethodMissing: there is no app.
    """
    async with db.write() as session:
        factor = await queries.factor(session, account_id, "totp")
        if factor is None:
            raise MethodMissing
        step = rules.matching_step(queries.secret_of(factor, cipher), plain(code), now=now)
        if step is None:
            raise SecondStepWrong
        taken = await session.execute(
            update(SecondFactor)
            .where(
                col(SecondFactor.id) == factor.id,
                or_(col(SecondFactor.last_step).is_(None), col(SecondFactor.last_step) < step),
            )
            .values(last_step=step)
            .returning(col(SecondFactor.id))
            .execution_options(synchronize_session=False)
        )
        if taken.first() is None:
            raise SecondStepWrong


async def _take_recovery_code(
    db: Database, account_id: UUID, code: str, *, cipher: FieldCipher, now: datetime
) -> None:
    digest = recovery_digest(cipher, account_id, code)
    async with db.write() as session:
        used = await session.execute(
            update(RecoveryCode)
            .where(
                col(RecoveryCode.account_id) == account_id,
                col(RecoveryCode.digest) == digest,
                col(RecoveryCode.used_at).is_(None),
            )
            .values(used_at=now)
            .returning(col(RecoveryCode.id))
            .execution_options(synchronize_session=False)
        )
        if used.first() is None:
            raise SecondStepWrong(
                "Такого кода нет или он уже использован. Каждый резервный код действует один раз."
            )


def recovery_digest(cipher: FieldCipher, account_id: UUID, code: str) -> bytes:
    """What is kept of a recovery code."""
    return cipher.blind_index(f"recovery_code|{account_id}|{rules.plain_recovery_code(code)}")


async def _journal(
    session: WriteSession, person_id: UUID, account_id: UUID, method: str, reason: str | None
) -> None:
    await journal.record(
        session,
        actor=str(person_id),
        action="second_step.passed" if reason is None else "second_step.refused",
        object_=f"account/{account_id}",
        person_id=person_id,
        result="ok" if reason is None else "denied",
        reason=reason,
        purpose=method if method in {"totp", "sms", "recovery_code"} else None,
    )
