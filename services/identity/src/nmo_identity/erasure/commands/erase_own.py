"""What identity itself destroys of a person."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text

from nmo_kit.db import WriteSession

STATEMENTS: tuple[tuple[str, str], ...] = (
    ("match_confirmation", "delete from match_confirmation where person_id = :person_id"),
    ("match_result", "delete from match_result where person_id = :person_id"),
    ("match_task", "delete from match_task where person_id = :person_id"),
    ("proof", "delete from proof where person_id = :person_id"),
    ("issued_token", "delete from issued_token where person_id = :person_id"),
    ("refresh_token", "delete from refresh_token where person_id = :person_id"),
    ("authorization_code", "delete from authorization_code where person_id = :person_id"),
    (
        "membership",
        "update membership set revoked_at = app_now() where person_id = :person_id and revoked_at is null",
    ),
    (
        "auth_session",
        (
            "update auth_session set ended_at = coalesce(ended_at, app_now()), ip_prefix = '', user_agent = ''"
            " where person_id = :person_id"
        ),
    ),
    (
        "account",
        "update account set subject = 'erased:' || id where person_id = :person_id",
    ),
    (
        "person",
        (
            "update person set last_name = '', first_name = '', patronymic = null, gender = null, citizenship = null,"
            " birth_sealed = null, snils_sealed = null, snils_index = null, snils_level = 0, holds_snils = false,"
            " email = null, email_verified = false, phone = null, phone_verified = false, confirmed = false"
            " where id = :person_id"
        ),
    ),
)
"""By table, in an order that no reference forbids. The journal, consents and their records stay as proof."""
_ALLOW = text("select set_config('nmo.erasing', :person_id, true)")


async def erase_own(session: WriteSession, person_id: UUID) -> dict[str, int]:
    """Destroy the person's rows and empty what must stay as a place; how many rows of which table.

    Rows that are otherwise never changed may go in this transaction alone (see `row_is_append_only`).
    """
    await session.flush()
    await session.execute(_ALLOW, {"person_id": str(person_id)})
    counts = {}
    for table, statement in STATEMENTS:
        done = await session.execute(text(statement), {"person_id": person_id})
        counts[table] = done.rowcount  # type: ignore[attr-defined]
    await session.execute(_ALLOW, {"person_id": ""})
    return counts
