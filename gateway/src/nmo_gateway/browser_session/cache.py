"""Positive look-ups of sessions for at most two seconds, dropped by NOTIFY from any replica (security D1)."""

import asyncio
import contextlib
from collections import OrderedDict
from time import monotonic
from uuid import UUID

import asyncpg
import structlog

from nmo_gateway.browser_session.model import Session

logger = structlog.get_logger(__name__)
CHANNEL = "browser_session"
MAX_ENTRIES = 20_000
RECONNECT_S = 1.0


class SessionCache:
    """Sessions by cookie hash. Without a listening connection it is empty and stays so."""

    def __init__(self, lifetime_s: float) -> None:
        self._lifetime_s = lifetime_s
        self._entries: OrderedDict[bytes, tuple[Session, float]] = OrderedDict()
        self.listening = False
        self.changes = 0
        """Grows with everything that is dropped: what was read of the database before may be old by now."""

    def get(self, cookie_hash: bytes) -> Session | None:
        """The session seen lately under this hash."""
        session, until = self._entries.get(cookie_hash, (None, 0.0))
        return session if until > monotonic() else None

    def put(self, cookie_hash: bytes, session: Session, changes: int) -> None:
        """Remember a live session that was read when ``changes`` had this value."""
        if not self.listening or self._lifetime_s <= 0 or changes != self.changes:
            return
        self._entries[cookie_hash] = session, monotonic() + self._lifetime_s
        self._entries.move_to_end(cookie_hash)
        if len(self._entries) > MAX_ENTRIES:
            self._entries.popitem(last=False)

    def drop(self, session_id: UUID) -> None:
        """Forget a session under all its hashes."""
        self.changes += 1
        for key in [key for key, (session, _) in self._entries.items() if session.session_id == session_id]:
            del self._entries[key]

    def clear(self) -> None:
        """Forget everything."""
        self.changes += 1
        self._entries.clear()


async def listen(cache: SessionCache, database_url: str) -> None:
    """Keep the cache true to other replicas' changes; runs until cancelled."""
    while True:
        try:
            await _listen_once(cache, database_url)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            logger.warning("session_listener_lost", error=type(error).__name__)
        finally:
            cache.listening = False
            cache.clear()
        await asyncio.sleep(RECONNECT_S)


async def _listen_once(cache: SessionCache, database_url: str) -> None:
    lost = asyncio.Event()
    connection = await asyncpg.connect(database_url, timeout=5)

    def on_notice(_connection: object, _pid: int, _channel: str, payload: str) -> None:
        with contextlib.suppress(ValueError):
            cache.drop(UUID(payload))

    try:
        connection.add_termination_listener(lambda _connection: lost.set())
        await connection.add_listener(CHANNEL, on_notice)
        cache.listening = True
        await lost.wait()
    finally:
        connection.terminate()
