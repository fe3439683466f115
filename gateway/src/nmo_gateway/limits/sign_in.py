"""Limit of sign-ins that holds over all replicas and survives restarts (security D10): GCRA in one upsert."""

from sqlalchemy import text

from nmo_kit.db import Database
from nmo_kit.errors import TooManyRequests, retry_after

_TAKE = text(
    """
    insert into rate_limit as r (key, tat) values (:key, app_now() + make_interval(secs => :interval_s))
    on conflict (key) do update set tat = greatest(r.tat, app_now()) + make_interval(secs => :interval_s)
    where greatest(r.tat, app_now()) + make_interval(secs => :interval_s)
      <= app_now() + make_interval(secs => :window_s)
    returning 1
    """
)


class SharedLimit:
    """``burst`` tries at once, then one each ``interval_s``."""

    def __init__(self, database: Database, *, interval_s: float, burst: int) -> None:
        self._db = database
        self._interval_s = interval_s
        self._window_s = interval_s * burst

    async def take(self, key: str) -> None:
        """Count one try of the key.

        Raises:
            TooManyRequests: the limit is reached; the header says when to come back.
        """
        parameters = {"key": key, "interval_s": self._interval_s, "window_s": self._window_s}
        async with self._db.write() as db:
            allowed = (await db.execute(_TAKE, parameters)).scalar_one_or_none()
        if allowed is None:
            raise TooManyRequests(headers=retry_after(self._interval_s))
