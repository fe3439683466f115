"""Hashing of passwords: Argon2id in threads of its own, behind a bounded queue, under a pepper (security D12).

One per process, set at its start: the threads and their queue are what the whole process has for hashing.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import structlog
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from nmo_identity.passwords.rules import MAX_AGE_DAYS, PROFILES, Profile, ProfileName, with_age
from nmo_kit.errors import Unavailable, retry_after

logger = structlog.get_logger(__name__)
ResultT = TypeVar("ResultT")
MEMORY_KIB = 46 * 1024
"""46 MiB, one pass, one lane: about 80 ms on the reference machine, above OWASP's floor."""
TIME_COST = 1
QUEUE = 50
RETRY_AFTER_S = 2.0


class PepperError(RuntimeError):
    """The file of peppers cannot be used."""


class Pepper:
    """Keys mixed into every password by HMAC-SHA-256; kept outside the database, so that a dump alone is of no use."""

    def __init__(self, keys: list[bytes]) -> None:
        """The last key is for new passwords, the earlier ones still open old hashes."""
        if not keys:
            raise PepperError("no pepper was given")
        self._keys = {hashlib.sha256(b"pepper-id" + key).hexdigest()[:8]: key for key in keys}
        self.current = list(self._keys)[-1]

    @classmethod
    def from_file(cls, path: Path) -> Pepper:
        """Read one key of 64 hexadecimal digits a line.

        Raises:
            PepperError: a line is no such key.
        """
        try:
            keys = [bytes.fromhex(line) for line in path.read_text().split()]
        except ValueError as error:
            raise PepperError(f"{path.name} does not hold keys in hexadecimal digits") from error
        if any(len(key) != hashlib.sha256().digest_size for key in keys):
            raise PepperError(f"{path.name} holds a key that has not 32 bytes")
        return cls(keys)

    def mix(self, password: str, key_id: str) -> str | None:
        """What is hashed instead of the password; None when the key is gone."""
        key = self._keys.get(key_id)
        if key is None:
            return None
        return base64.b64encode(hmac.digest(key, password.encode(), "sha256")).decode()


@dataclass(frozen=True, slots=True)
class Hashed:
    """A hash and the pepper it was made under."""

    text: str
    pepper_id: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the password is right; `renewed` when its hash should be replaced by a newer kind."""

    right: bool
    renewed: Hashed | None = None


class Hashing:
    """The process's hashing. At most `threads` at once and `queue` waiting; beyond that callers get 503."""

    def __init__(
        self,
        pepper: Pepper,
        *,
        profile: ProfileName = "seed",
        max_age_days: int = MAX_AGE_DAYS,
        age_lifted: bool = True,
        threads: int | None = None,
        queue: int = QUEUE,
        memory_kib: int = MEMORY_KIB,
        time_cost: int = TIME_COST,
    ) -> None:
        """`threads` is by default the number of processors this process may use."""
        self.profile: ProfileName = profile
        self.max_age_days, self.age_lifted = max_age_days, age_lifted
        self._pepper = pepper
        self._threads = threads or len(os.sched_getaffinity(0))
        self._limit = self._threads + queue
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="passwords")
        self._argon2 = PasswordHash(
            (Argon2Hasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1),)
        )
        self._dummy = self._hash(secrets.token_urlsafe(16))
        self._under_way = 0
        self.compared = 0
        """Comparisons made so far, those with the dummy left out."""

    @property
    def rules(self) -> Profile:
        """What is asked of passwords now: the profile, with its age as set."""
        return with_age(PROFILES[self.profile], max_age_days=self.max_age_days, age_lifted=self.age_lifted)

    def close(self) -> None:
        """Let the threads go."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: str) -> Hashed:
        """Hash a new password.

        Raises:
            Unavailable: too many are waiting.
        """
        return await self._run(lambda: self._hash(normalized(password)))

    async def verify(self, password: str, known: Hashed | None) -> Verdict:
        """Compare with a hash; without one a dummy is compared, which takes the same time and is never right.

        Raises:
            Unavailable: too many are waiting.
        """
        if known is not None:
            self.compared += 1
        return await self._run(lambda: self._verify(normalized(password), known))

    def _hash(self, password: str) -> Hashed:
        mixed = self._pepper.mix(password, self._pepper.current) or ""
        return Hashed(self._argon2.hash(mixed), self._pepper.current)

    def _verify(self, password: str, known: Hashed | None) -> Verdict:
        against = known or self._dummy
        mixed = self._pepper.mix(password, against.pepper_id)
        if mixed is None:
            logger.error("pepper_missing", pepper_id=against.pepper_id)
            against, mixed = self._dummy, ""
        right, _ = self._argon2.verify_and_update(mixed, against.text)
        if not right or known is None or against is not known:
            return Verdict(right=False)
        old = against.pepper_id != self._pepper.current
        if old or self._argon2.current_hasher.check_needs_rehash(against.text):
            return Verdict(right=True, renewed=self._hash(password))
        return Verdict(right=True)

    async def _run(self, work: Callable[[], ResultT]) -> ResultT:
        if self._under_way >= self._limit:
            logger.warning("hashing_saturated", waiting=self._under_way)
            raise Unavailable(
                "Сейчас входят слишком многие. Повторите через несколько секунд.",
                headers=retry_after(RETRY_AFTER_S),
            )
        self._under_way += 1
        future: Future[ResultT] = self._pool.submit(work)
        future.add_done_callback(self._done)
        return await asyncio.wrap_future(future)

    def _done(self, future: Future[ResultT]) -> None:
        del future
        self._under_way -= 1


def normalized(password: str) -> str:
    """The password in Unicode's composed form: «й» has two encodings, and keyboards differ."""
    return unicodedata.normalize("NFC", password)


_current: Hashing | None = None


def configure(hashing: Hashing | None) -> None:
    """Set the hashing of this process."""
    global _current  # noqa: PLW0603 one per process is the point
    _current = hashing


def current() -> Hashing:
    """The hashing of this process.

    Raises:
        RuntimeError: none was set.
    """
    if _current is None:
        raise RuntimeError("hashing of passwords was not configured")
    return _current
