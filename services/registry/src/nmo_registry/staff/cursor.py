"""Where a page of staff ended. It tells a name, and addresses are logged on their way: so it is sealed."""

from __future__ import annotations

import base64
from uuid import UUID

from nmo_kit.crypto import CipherError, FieldCipher
from nmo_kit.json import dumps, loads
from nmo_kit.paging import stale_cursor
from nmo_registry.staff.queries import Place


def encode_place(place: Place, organization_id: UUID, cipher: FieldCipher) -> str:
    """The place as opaque text that only this organisation's list takes."""
    sealed = cipher.encrypt(dumps([*place[:3], str(place[3])]).decode(), aad=_aad(organization_id))
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def decode_place(cursor: str, organization_id: UUID, cipher: FieldCipher) -> Place:
    """What `encode_place` took.

    Raises:
        FieldProblem: the text is no cursor of this list.
    """
    try:
        sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        last, first, patronymic, person_id = loads(cipher.decrypt(sealed, aad=_aad(organization_id)))
    except (ValueError, CipherError) as error:
        raise stale_cursor() from error
    return last, first, patronymic, UUID(person_id)


def _aad(organization_id: UUID) -> str:
    return f"staff|cursor|{organization_id}"
