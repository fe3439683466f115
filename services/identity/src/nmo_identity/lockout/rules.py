"""Pure rules of the lockout: what is counted, how many tries, for how long (REG-08, security D11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

TRIES = 5
WINDOW = timedelta(minutes=15)
LOCK = timedelta(minutes=30)
TELL_AFTER = timedelta(seconds=10)
"""So long after a key was closed its owner is written to."""
ALARM_WINDOW = timedelta(minutes=5)
ALARM_FAILURES = 100
ALARM_RATIO = 0.6
"""So many failures in the window, and so large a share of the tries: somebody tries passwords on many logins."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What one try is counted under.

    `shown` is the lock a person is told of: the login's for unknown devices, or the device's own where it is known.
    `hidden` is the account's for unknown devices: reached over another of its logins it must not tell that both belong
    together, so beyond it every password is simply wrong.
    """

    shown: str
    hidden: str | None


def keys_of(*, login_index: bytes, account_id: object | None, device: bytes | None) -> Keys:
    """Keys of a try; `device` is the digest of a device known for this very account."""
    if account_id is not None and device is not None:
        return Keys(shown=f"device:{account_id}:{device.hex()[:32]}", hidden=None)
    login = login_index.hex()[:32]
    # A login that means nobody has its second counter too: it costs the same time.
    return Keys(shown=f"login:{login}", hidden=f"account:{account_id or login}")


def account_of_key(key: str) -> UUID | None:
    """Whose tries a key counts; None for a login that means nobody, and for a login's own counter."""
    kind, _, rest = key.partition(":")
    name = rest.partition(":")[0]
    return UUID(name) if kind in {"account", "device"} and "-" in name else None


def is_alarming(tries: int, failures: int) -> bool:
    """True when the failures of the last minutes look like passwords tried on many logins."""
    return failures >= ALARM_FAILURES and failures >= tries * ALARM_RATIO


def minutes_left(until: datetime, now: datetime) -> int:
    """Whole minutes until then, at least one."""
    return max(1, -(-(until - now) // timedelta(minutes=1)))
