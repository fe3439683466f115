"""Names by which clients know a person and a session: others at each partner, so that partners cannot compare them."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert

from nmo_identity.login.tables import AuthSession
from nmo_identity.oidc_provider import queries
from nmo_identity.oidc_provider.tables import ClientSession, OidcClient
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession


def subject_of(client: OidcClient, person_id: UUID, cipher: FieldCipher) -> str:
    """The person's name at this client: for the portal's own programs the account's id, for partners a pairwise one.

    A pairwise name is made with the index key from the client's sector and the person: always the same there, useless
    elsewhere, and nobody without the key can tell whose it is (OpenID Connect Core 8.1).
    """
    if client.subject_type == "public":
        return str(person_id)
    made = cipher.blind_index(f"oidc_subject|{client.sector}|{person_id}")
    return urlsafe_b64encode(made).decode().rstrip("=")


async def names_for(
    session: WriteSession, client: OidcClient, row: AuthSession, cipher: FieldCipher, *, now: datetime
) -> ClientSession:
    """Names of the person and of their session at this client; made at the first sign-in there, kept with the session."""
    await session.execute(
        insert(ClientSession)
        .values(
            sid=row.sid,
            client_id=client.client_id,
            client_sid=uuid4(),
            subject=subject_of(client, row.person_id, cipher),
            person_id=row.person_id,
            first_at=now,
        )
        .on_conflict_do_nothing()
    )
    found = await queries.client_session(session, row.sid, client.client_id)
    if found is None:
        raise RuntimeError("the row was written in this transaction")
    return found
