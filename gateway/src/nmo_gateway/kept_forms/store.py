"""Forms that came too late: sealed rows for half an hour, readable by the same person alone."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl
from uuid import UUID

from sqlalchemy import text

from nmo_gateway.browser_session.secrets import cookie_hash, new_cookie
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database

MAX_BYTES = 64 * 1024
MAX_FIELDS = 200
MAX_NAME = 200
LIFETIME_S = 30 * 60
MAX_PER_PERSON = 10
SECRET = re.compile(r"csrf_token|code|.*(password|secret|pin).*")
"""Names of fields never kept: the token of a session that is over, and secrets that people type."""

_KEEP = text(
    """
    insert into kept_form (key_hash, person_id, sealed, expires_at)
    select :key_hash, :person_id, :sealed, app_now() + make_interval(secs => :lifetime_s)
    where (select count(*) from kept_form where person_id = :person_id and expires_at > app_now()) < :most
    returning 1
    """
)
_READ = text(
    "select sealed from kept_form where key_hash = :key_hash and person_id = :person_id and expires_at > app_now()"
)


@dataclass(frozen=True, slots=True)
class TypedForm:
    """A form as it came: its text fields url-encoded, and field and name of each chosen file."""

    body: bytes
    files: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class KeptForm:
    """Where the form was going, and its fields in order."""

    path: str
    fields: list[tuple[str, str]]
    why: str = "expired"
    """``expired``: the session had run out; ``confirm``: the person had to prove again who they are."""
    files: Sequence[tuple[str, str]] = ()
    """Field and name of each file that has to be chosen again: its content is not kept."""

    @property
    def typed(self) -> list[str]:
        """Values that a person typed, to be looked at again; choices, ids and keys of the form are not among them."""
        return [value for _, value in self.fields if any("а" <= sign <= "я" for sign in value.lower())]


class KeptForms:
    """Keeps and gives back."""

    def __init__(self, database: Database, cipher: FieldCipher) -> None:
        self._db = database
        self._cipher = cipher

    async def keep(self, person_id: UUID, path: str, form: TypedForm, *, why: str = "expired") -> str | None:
        """Keep a form for the person who has to sign in or to confirm first; the key for its address.

        None when it is too big, no form, or the person has too many waiting: it is lost then, and the page says so.
        """
        if len(form.body) > MAX_BYTES:
            return None
        try:
            pairs = parse_qsl(form.body.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
        except ValueError:
            return None
        fields = [pair for pair in pairs if not SECRET.fullmatch(pair[0].lower())]
        key = new_cookie()
        files = [[name, called[:MAX_NAME]] for name, called in form.files]
        kept = [path, fields, why, *([files] if files else [])]
        sealed = self._cipher.encrypt(json.dumps(kept, ensure_ascii=False), aad=_place(key))
        parameters = {
            "key_hash": cookie_hash(key),
            "person_id": person_id,
            "sealed": sealed,
            "lifetime_s": float(LIFETIME_S),
            "most": MAX_PER_PERSON,
        }
        async with self._db.write() as db:
            stored = (await db.execute(_KEEP, parameters)).scalar_one_or_none()
        return key if stored else None

    async def read(self, person_id: UUID, key: str) -> KeptForm | None:
        """The form, for the person who typed it; None for anybody else, or when it is too old."""
        parameters = {"key_hash": cookie_hash(key), "person_id": person_id}
        async with self._db.read() as db:
            sealed = (await db.execute(_READ, parameters)).scalar_one_or_none()
        if sealed is None:
            return None
        path, fields, *more = json.loads(self._cipher.decrypt(bytes(sealed), aad=_place(key)))
        return KeptForm(path, [(name, value) for name, value in fields], *more)


def _place(key: str) -> str:
    return f"kept_form|sealed|{cookie_hash(key).hex()}"
