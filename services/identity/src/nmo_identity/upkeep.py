"""Removing what has run out: flows, seen tokens, codes, assertions."""

from __future__ import annotations

from sqlalchemy import text

from nmo_kit.db import Database

KEEP_DAY = "interval '1 day'"
STATEMENTS = (
    f"delete from login_flow where expires_at < app_now() - {KEEP_DAY}",  # noqa: S608 constants of this file
    f"delete from link_flow where expires_at < app_now() - {KEEP_DAY}",  # noqa: S608 constants of this file
    f"delete from seen_token where expires_at < app_now() - {KEEP_DAY}",  # noqa: S608 constants of this file
    f"delete from authorization_code where expires_at < app_now() - {KEEP_DAY}",  # noqa: S608 constants of this file
    f"delete from refresh_token where expires_at < app_now() - {KEEP_DAY}",  # noqa: S608 constants of this file
    f"delete from issued_token where expires_at < app_now() - {KEEP_DAY}",  # noqa: S608 constants of this file
    f"delete from match_quota where day < (app_now() - {KEEP_DAY})::date",  # noqa: S608 constants of this file
    f"delete from authorization_request where expires_at < app_now() - {KEEP_DAY}",  # noqa: S608 constants of this file
    f"delete from logout_notice where done_at < app_now() - 30 * {KEEP_DAY}",  # noqa: S608 constants of this file
    f"delete from client_session c using auth_session s where s.sid = c.sid and s.expires_at < app_now() - {KEEP_DAY}",  # noqa: S608
    "delete from assertion_use where expires_at < app_now()",
    f"delete from one_time_code where expires_at < app_now() - {KEEP_DAY}",  # noqa: S608 constants of this file
    f"delete from pending_sign_in where expires_at < app_now() - {KEEP_DAY}",  # noqa: S608 constants of this file
    # The number stays a month for questions to support, the contact does not.
    "update recovery_flow set contact_sealed = null where expires_at < app_now() and contact_sealed is not null",
    "delete from recovery_flow where expires_at < app_now() - interval '30 days'",
    # A contact that can be taken back no more, or was never confirmed, is not kept.
    "update contact_change set previous_sealed = null, undo_hash = null where undo_until < app_now()",
    (
        "update contact_change set state = 'cancelled', ended_at = app_now(), value_sealed = null "
        "where state = 'pending' and created_at < app_now() - interval '1 day'"
    ),
    "delete from rate_limit where tat < app_now()",
    f"delete from day_quota where day < (app_now() - {KEEP_DAY})::date - 1",  # noqa: S608 constants of this file
    # What nobody came for in time is erased like what was sent; the rows stay a year for questions.
    (
        "update letter set state = 'expired', to_sealed = null, params_sealed = null, finished_at = app_now() "
        "where state = 'issued' and expires_at < app_now() - interval '1 hour'"
    ),
    "delete from letter where expires_at < app_now() - interval '1 year'",
    f"delete from registration where expires_at < app_now() - {KEEP_DAY}",  # noqa: S608 constants of this file
    "delete from registration_invitation where expires_at < app_now()",
    "delete from used_proof where expires_at < app_now()",
    "delete from login_counter where window_started_at < app_now() - interval '1 day' and coalesce(locked_until, app_now()) <= app_now()",
    "delete from known_device where last_seen_at < app_now() - interval '1 year'",
    "delete from login_minute where minute < app_now() - interval '1 day'",
)


async def remove_expired(db: Database) -> None:
    """Delete rows that nothing can use any more; a day is left for questions."""
    for statement in STATEMENTS:
        async with db.write() as session:
            await session.execute(text(statement))
