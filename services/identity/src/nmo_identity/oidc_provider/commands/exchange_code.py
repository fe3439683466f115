"""Grant `authorization_code` and grant `refresh_token`: each value is good once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from nmo_identity.accounts.queries import account_by_id
from nmo_identity.login.queries import live_session_by_id, session_by_id
from nmo_identity.login.tables import AuthSession
from nmo_identity.oidc_provider import queries
from nmo_identity.oidc_provider.client_auth import Caller
from nmo_identity.oidc_provider.commands.token_answer import person_tokens, revoke_family
from nmo_identity.oidc_provider.errors import OAuthError, invalid_grant, invalid_request
from nmo_identity.oidc_provider.minting import Mint
from nmo_identity.oidc_provider.names import names_for
from nmo_identity.oidc_provider.rules import digest, refresh_verdict, verifier_fits, wanted_scopes
from nmo_identity.oidc_provider.tables import AuthorizationCode, RefreshToken
from nmo_identity.risk.commands.look import look
from nmo_kit import clock, journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database, WriteSession

SPENT = "Код или токен уже использован, просрочен или выдан не этому клиенту"


async def exchange_code(
    db: Database,
    mint: Mint,
    cipher: FieldCipher,
    caller: Caller,
    form: Mapping[str, str],
    *,
    now: datetime,
) -> dict[str, Any]:
    """Tokens for a code (RFC 6749 4.1.3, RFC 7636).

    A code offered a second time gives nothing and revokes what the first use gave; that is committed although the
    answer is an error. A wrong verifier or address uses the code up too.

    Raises:
        OAuthError: `invalid_request`, `invalid_grant`.
    """
    code, verifier = form.get("code", ""), form.get("code_verifier", "")
    if not code or not verifier:
        raise invalid_request("Нужны параметры code и code_verifier")
    async with db.write() as session:
        row = await queries.code_for_update(session, digest(code))
        if row is None or caller.client is None or row.client_id != caller.client_id:
            raise invalid_grant(SPENT)
        live = await _use_code(session, row, form.get("redirect_uri", ""), verifier, now)
        if live is not None:
            return await person_tokens(
                session,
                mint,
                live,
                await names_for(session, caller.client, live, cipher, now=now),
                family_id=row.family_id,
                scope=row.scope,
                nonce=row.nonce,
                id_token_by=caller.client.id_token_signed_response_alg,
                now=now,
            )
    raise invalid_grant(SPENT)


async def _use_code(
    session: WriteSession, row: AuthorizationCode, redirect_uri: str, verifier: str, now: datetime
) -> AuthSession | None:
    """Use the code up; the session it stands for, or None when it gives nothing."""
    if row.consumed_at is not None:
        await revoke_family(session, row.family_id, now=now)
        await _record(session, row, "oidc.code_reused")
        return None
    row.consumed_at = now
    session.add(row)
    if (
        row.expires_at <= now
        or redirect_uri != row.redirect_uri
        or not verifier_fits(verifier, row.code_challenge)
    ):
        await _record(session, row, "oidc.code_refused")
        return None
    return await live_session_by_id(session, row.sid, now)


async def refresh(
    db: Database,
    mint: Mint,
    cipher: FieldCipher,
    caller: Caller,
    form: Mapping[str, str],
    *,
    now: datetime,
) -> dict[str, Any]:
    """Tokens for a refresh token, which is replaced; a second use of it revokes the family (RFC 9700 4.14).

    `now` is when the request arrived: of two at once the first gets tokens and the second nothing, and the family lives.

    Raises:
        OAuthError: `invalid_grant`, `invalid_scope`.
    """
    async with db.write() as session:
        row = await queries.refresh_for_update(session, digest(form.get("refresh_token", "")))
        if row is None or caller.client is None or row.client_id != caller.client_id:
            raise invalid_grant(SPENT)
        scope = _narrowed(row.scope, form.get("scope"))
        live = await _use_refresh(session, row, cipher, now)
        if live is not None:
            answer = await person_tokens(
                session,
                mint,
                live,
                await names_for(session, caller.client, live, cipher, now=now),
                family_id=row.family_id,
                scope=scope,
                nonce=None,
                id_token_by=caller.client.id_token_signed_response_alg,
                now=now,
            )
            # Last of all: a request that came while this one was at work waits for the row, and is told apart by it.
            row.consumed_at = clock.now()
            session.add(row)
            return answer
    raise invalid_grant(SPENT)


def _narrowed(scope: str, wanted: str | None) -> str:
    if wanted is None:
        return scope
    found = wanted_scopes(wanted, scope.split())
    if not found:
        raise OAuthError("invalid_scope", "Этих прав у токена нет")
    return " ".join(found)


async def _use_refresh(
    session: WriteSession, row: RefreshToken, cipher: FieldCipher, now: datetime
) -> AuthSession | None:
    verdict = refresh_verdict(
        consumed_at=row.consumed_at, revoked_at=row.revoked_at, expires_at=row.expires_at, arrived_at=now
    )
    if verdict == "reused":
        await revoke_family(session, row.family_id, now=now)
        await _record(session, row, "oidc.refresh_reused")
        opened = await session_by_id(session, row.sid)
        account = await account_by_id(session, opened.account_id) if opened else None
        if account is not None:
            await look(session, account, "refresh_reused", cipher=cipher, now=now)
        return None
    return await live_session_by_id(session, row.sid, now) if verdict == "use" else None


async def _record(session: WriteSession, row: AuthorizationCode | RefreshToken, action: str) -> None:
    await journal.record(
        session,
        actor=row.client_id,
        action=action,
        object_=f"client/{row.client_id}",
        person_id=row.person_id,
        result="refused",
        reason=action.partition(".")[2],
    )
