"""Pure part of sealing: canonical rows, links, signed checkpoints (security D8)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

GENESIS = b"\0" * 32
"""What the first link follows."""
COLUMNS = (
    "id", "at", "tx", "actor", "actor_roles", "organization_id", "person_id", "action", "object", "result", "reason",
    "fields", "purpose", "ip_prefix", "trace_id",
)  # fmt: skip
"""All of a journal row; a column added later is sealed from the row on that first has it."""
TYPE = "nmo-journal-checkpoint"
ALGORITHM = "ES256"
_PEM = re.compile(r"-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----", re.DOTALL)


class CheckpointRefused(ValueError):  # noqa: N818 what happened to it
    """A checkpoint that nobody with the key has signed."""


def canonical(row: Mapping[Any, Any]) -> bytes:
    """The row as RFC 8785 writes it: members sorted, nothing between them, text as it is. No numbers occur."""
    told = {name: _plain(row[name]) for name in COLUMNS}
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, list | tuple):
        return [str(item) for item in value]
    return None if value is None else str(value)


def link(previous: bytes, row: Mapping[Any, Any]) -> bytes:
    """Hash of a row in its place: it follows from the row and from everything before it."""
    return hashlib.sha256(previous + canonical(row)).digest()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where the chain of a service stood at a moment."""

    service: str
    number: int
    position: int
    hash: str
    """Of the link at `position`, hexadecimal."""
    previous: str
    """SHA-256 of the checkpoint before, hexadecimal; empty for the first."""
    sealed_at: str


class SealKeys:
    """Keys of checkpoints from one file: its first key signs, all of it verify, so that a key can be changed."""

    def __init__(self, keys: Sequence[ECKey]) -> None:
        """Private keys sign; public ones only verify."""
        self._signing = keys[0]
        self._by_kid = {key.thumbprint(): key for key in keys}

    @classmethod
    def read(cls, file: Path) -> SealKeys:
        """Read PEM blocks.

        Raises:
            ValueError: the file has none, or one that is no P-256 key.
        """
        found = [ECKey.import_key(block) for block in _PEM.findall(file.read_text())]
        if not found or any(key.curve_name != "P-256" for key in found):
            raise ValueError("the file of seal keys must hold P-256 keys in PEM")
        return cls(found)

    def sign(self, checkpoint: Checkpoint) -> str:
        """A compact signature (JWS) over the checkpoint."""
        header = {"alg": ALGORITHM, "typ": TYPE, "kid": self._signing.thumbprint()}
        body = orjson.dumps(asdict(checkpoint), option=orjson.OPT_SORT_KEYS)
        return jws.serialize_compact(header, body, self._signing, algorithms=[ALGORITHM])

    def open(self, token: str) -> Checkpoint:
        """The checkpoint in a token.

        Raises:
            CheckpointRefused: it is not one of ours.
        """
        try:
            kid = str(jws.extract_compact(token.encode()).headers().get("kid"))
            opened = jws.deserialize_compact(token, self._by_kid[kid], algorithms=[ALGORITHM])
            if opened.headers().get("typ") != TYPE or opened.payload is None:
                raise CheckpointRefused("typ")
            return Checkpoint(**orjson.loads(opened.payload))
        except (JoseError, KeyError, TypeError, ValueError) as error:
            raise CheckpointRefused("signature") from error


def digest_of(token: str) -> str:
    """What the next checkpoint says of this one."""
    return hashlib.sha256(token.encode()).hexdigest()
