"""Sign in by login and password: count, compare, then open a session or owe the second step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from nmo_identity.accounts.errors import AccountFrozen
from nmo_identity.accounts.queries import person_for_update
from nmo_identity.accounts.tables import Account, Person
from nmo_identity.local_accounts import queries
from nmo_identity.local_accounts.commands.open_account import open_account
from nmo_identity.local_accounts.errors import LoginWrong
from nmo_identity.local_accounts.rules import (
    MUST_CHANGE_PASSWORD,
    PASSWORD_ACR,
    login_kind,
)
from nmo_identity.lockout.commands.guard import CountedTry, NetworkLimit, count_try, forgive, note_failure
from nmo_identity.lockout.commands.trust_device import device_digest, trust_device
from nmo_identity.login.commands.open_session import SignedIn, open_session
from nmo_identity.login.rules import network
from nmo_identity.passwords import hashing
from nmo_identity.passwords.commands.verify import verify_password
from nmo_identity.passwords.rules import is_short
from nmo_identity.risk.commands.look import look
from nmo_identity.second_factor.commands.begin import begin_second_step
from nmo_identity.second_factor.queries import methods_of
from nmo_kit import context, failpoints, journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database, WriteSession
from nmo_kit.errors import Problem


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the sign-in page sent on."""

    login: str
    password: str
    device: str | None
    ip: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class LocalSignIn:
    """An open session, and the value of the browser's cookie by which it is known from now on."""

    signed_in: SignedIn
    device: str


@dataclass(frozen=True, slots=True)
class OwesSecondStep:
    """The password was right; the handle of the waiting sign-in and the ways to finish it."""

    pending: str
    methods: Sequence[str]


async def sign_in(
    db: Database, attempt: Attempt, *, issuer: str, limit: NetworkLimit, cipher: FieldCipher, now: datetime
) -> LocalSignIn | OwesSecondStep:
    """Open a session for the login and password, or owe the second step (REG-08, P09, T07, T08).

    The try is counted and committed before anything is compared; an unknown login costs as much time as a known one and
    is answered the same. A temporary password, one that is too old (beside an app or ЕСИА none is, security 2.5), and one too short to stand without a second step
    open a session that owes a new password. Every refusal leaves a journal row with its reason.

    Raises:
        LoginWrong: in every case of a wrong login or password.
        LoginLocked, LoginSlowed: too many tries.
        AccountFrozen: the password is right, the account is frozen.
        Unavailable: too many passwords are waiting to be compared.
    """
    context.ip_prefix.set(network(attempt.ip) or context.ip_prefix.get())
    async with db.read() as session:
        account = await queries.account_of_login(session, attempt.login, cipher)
    try:
        counted = await count_try(
            db,
            login_index=queries.login_index(attempt.login, cipher),
            account_id=account.id if account else None,
            device=device_digest(attempt.device),
            network=context.ip_prefix.get(),
            limit=limit,
            now=now,
        )
    except Problem as problem:
        await _record_refusal(db, account, problem.code)
        raise
    await failpoints.hit("identity.password.counted")
    compared = account if account is not None and not counted.hopeless else None
    right = await verify_password(db, compared.id if compared else None, attempt.password)
    if right and compared is not None:
        return await _enter(db, compared, counted, attempt, cipher, now)
    first = await _enter_first(db, counted, attempt, issuer=issuer, cipher=cipher, now=now)
    if first is not None:
        return first
    await _fail(db, account, counted, now)
    wrong = LoginWrong()
    if counted.tries_left is not None:
        wrong.extra["tries_left"] = counted.tries_left
    raise wrong


async def _enter(
    db: Database,
    account: Account,
    counted: CountedTry,
    attempt: Attempt,
    cipher: FieldCipher,
    now: datetime,
) -> LocalSignIn | OwesSecondStep:
    """The password is right; after many wrong ones from many networks a stranger may have guessed it (P21)."""
    async with db.write() as session:
        person = await person_for_update(session, account.person_id)
        current = await session.get_one(Account, account.id, populate_existing=True)
        frozen = queries.may_sign_in(current) and await look(
            session, current, "right_password", known_device=counted.trusted, cipher=cipher, now=now
        )
        if queries.may_sign_in(current) and not frozen:
            rules = hashing.current().rules
            old = await queries.is_password_over(session, current.id, rules, now=now)
            methods = await methods_of(session, current.id)
            if methods:
                await forgive(session, counted.keys)
                owed = [MUST_CHANGE_PASSWORD] if old else []
                pending = await begin_second_step(session, current, restrictions=owed, now=now)
                return OwesSecondStep(pending, methods)
            old = old or is_short(attempt.password, rules)
            return await _open(session, person, current, counted, attempt, owes_password=old, now=now)
    await _record_refusal(db, account, "account_frozen")
    raise AccountFrozen


async def _enter_first(
    db: Database, counted: CountedTry, attempt: Attempt, *, issuer: str, cipher: FieldCipher, now: datetime
) -> LocalSignIn | None:
    """Sign in with the temporary password of a letter (REG-02, P04): it works once."""
    kind = login_kind(attempt.login)
    email = kind[1] if kind and kind[0] == "email" else ""
    async with db.write() as session:
        row = await queries.registration_of_secret(
            session, queries.secret_index(email, attempt.password, cipher), now
        )
        # Looked for in a hopeless try, too, so that it takes as long.
        if row is None or not email or counted.hopeless:
            return None
        person, account = await open_account(session, row, issuer=issuer, cipher=cipher, now=now)
        if not queries.may_sign_in(account):
            return None
        row.secret_used_at = now
        session.add(row)
        return await _open(session, person, account, counted, attempt, owes_password=True, now=now)


async def _open(
    session: WriteSession,
    person: Person,
    account: Account,
    counted: CountedTry,
    attempt: Attempt,
    *,
    owes_password: bool,
    now: datetime,
) -> LocalSignIn:
    await forgive(session, counted.keys)
    device = await trust_device(session, account.id, attempt.device, now=now)
    signed_in = await open_session(
        session,
        person=person,
        account=account,
        provider_key=account.provider_key,
        acr=PASSWORD_ACR,
        auth_time=now,
        ip=attempt.ip,
        user_agent=attempt.user_agent,
        restrictions=[MUST_CHANGE_PASSWORD] if owes_password else [],
        now=now,
    )
    return LocalSignIn(signed_in, device)


async def _fail(db: Database, account: Account | None, counted: CountedTry, now: datetime) -> None:
    async with db.write() as session:
        await note_failure(session, now=now)
        await _journal(session, account, "login_locked_now" if counted.locked_now else "login_wrong")


async def _record_refusal(db: Database, account: Account | None, reason: str) -> None:
    async with db.write() as session:
        await _journal(session, account, reason)


async def _journal(session: WriteSession, account: Account | None, reason: str) -> None:
    await journal.record(
        session,
        actor="anonymous",
        action="login.refused",
        object_="provider/local",
        person_id=account.person_id if account else None,
        result="refused",
        reason=reason,
    )
