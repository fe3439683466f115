"""What identity itself destroys of a person."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import text

from nmo_kit.db import WriteSession

_ACCOUNTS: Final = "account_id in (select id from account where person_id = :person_id)"
_BY_ACCOUNT: Final = (
    "pending_sign_in", "known_device", "former_password", "recovery_code", "second_factor", "one_time_code",
    "recovery_flow", "registration", "local_credential", "link_flow", "link_dismissal",
)  # fmt: skip
_BY_PERSON: Final = (
    "contact_change", "postal_address", "letter", "bounced_address", "authorization_request", "client_session", "client_grant",
    "match_confirmation", "match_result", "match_task", "match_watch", "applied_change", "role_request", "proof",
    "issued_token", "refresh_token", "authorization_code", "questionnaire",
)  # fmt: skip
_EMPTIED: Final = (
    (
        "membership",
        "update membership set revoked_at = app_now() where person_id = :person_id and revoked_at is null",
    ),
    (
        "role_grant",
        "update role_grant set revoked_at = app_now() where person_id = :person_id and revoked_at is null",
    ),
    (
        "auth_session",
        (
            "update auth_session set ended_at = coalesce(ended_at, app_now()), ip_prefix = '', user_agent = ''"
            " where person_id = :person_id"
        ),
    ),
    ("account", "update account set subject = 'erased:' || id where person_id = :person_id"),
    (
        "person",
        (
            "update person set last_name = '', first_name = '', patronymic = null, gender = null, citizenship = null,"
            " region_code = null, birth_sealed = null, snils_sealed = null, snils_index = null, snils_level = 0,"
            " holds_snils = false, email = null, email_verified = false, phone = null, phone_verified = false,"
            " confirmed = false where id = :person_id"
        ),
    ),
)
STATEMENTS: Final = (
    *((table, f"delete from {table} where {_ACCOUNTS}") for table in _BY_ACCOUNT),  # noqa: S608 constants above
    *((table, f"delete from {table} where person_id = :person_id") for table in _BY_PERSON),  # noqa: S608 same
    *_EMPTIED,
)
"""By table, in an order that no reference forbids. The journal, consents and their records stay as proof."""
PROOF: Final = frozenset({"journal", "consent_event", "consent_record", "erasure_order"})
"""Tables about persons that stay: they prove the consent, its end and the destruction."""
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
