"""What the ЕСИА stand-in remembers between requests: asked sign-ins, sessions, codes, tokens. In memory only."""

import hashlib
from dataclasses import dataclass, field
from typing import Any, TypeVar
from typing import Protocol as Shape

from nmo_sandbox.common.ids import Ids
from nmo_sandbox.esia.accounts import Account
from nmo_sandbox.esia.proof import Challenge
from nmo_sandbox.esia.scopes import organization_scope

REQUEST_SECONDS = 900
CODE_SECONDS = 240
ACCESS_SECONDS = 3600
ID_SECONDS = 10_800
REFRESH_SECONDS = 30 * 86_400
SESSION_SECONDS = 3 * 3600


@dataclass(frozen=True, slots=True)
class Asked:
    """A checked authorization request that waits for the person."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    offline: bool
    protocol: str
    person_filter: frozenset[str]
    expires: int
    org_scopes: tuple[str, ...] = ()
    permissions: tuple[dict[str, Any], ...] = ()
    challenge: Challenge | None = None
    organization: int | None = None
    """The one that the person chose for scopes that name none; None for all the person works for."""

    def employers(self, account: Account) -> tuple[int, ...]:
        """Organisations of the person that scopes without a name of one are about."""
        return tuple(oid for oid in account.employers if self.organization in (None, oid))

    def to_choose(self, account: Account) -> bool:
        """Tell whether the person has to say which organisation is meant."""
        unnamed = any((organization_scope(scope) or ("", 0))[1] is None for scope in self.org_scopes)
        return unnamed and self.organization is None and len(set(account.employers)) > 1


@dataclass(frozen=True, slots=True)
class Session:
    """A person signed in at ЕСИА in one browser."""

    oid: int
    sid: str
    auth_time: int
    expires: int
    second_factor: bool = False


@dataclass(slots=True)
class Family:
    """Everything that came from one code: revoked together."""

    revoked: bool = False


@dataclass(slots=True)
class Grant:
    """What a code or a token stands for. `used` makes codes and refresh tokens good for once.

    A system's own token has no session: nobody signed in.
    """

    asked: Asked
    session: Session | None
    expires: int
    family: Family = field(default_factory=Family)
    used: bool = False


class _Expiring(Shape):
    @property
    def expires(self) -> int: ...


T = TypeVar("T", bound=_Expiring)


class Grants:
    """The memory itself. Codes and tokens are kept by their digest."""

    def __init__(self, ids: Ids | None = None) -> None:
        self.ids = ids or Ids()
        self._halfway: dict[str, int] = {}
        self._choosing: dict[str, Session] = {}
        self._consents: set[tuple[str, int]] = set()
        self._asked: dict[str, Asked] = {}
        self._sessions: dict[str, Session] = {}
        self._codes: dict[str, Grant] = {}
        self._refresh: dict[str, Grant] = {}
        self._access: dict[str, Grant] = {}

    def ask(self, asked: Asked, now: int) -> str:
        """Remember a request; returns its unguessable number."""
        number = self.ids.handle()
        _put(self._asked, number, asked, now)
        return number

    def asked(self, number: str, now: int) -> Asked | None:
        """Return a waiting request."""
        return _live(self._asked, number, now)

    def answered(self, number: str) -> None:
        """Forget a request that was answered."""
        self._asked.pop(number, None)
        self._halfway.pop(number, None)
        self._choosing.pop(number, None)

    def passed_first_step(self, number: str, oid: int) -> None:
        """Remember whose password was right for a request; the second factor is still owed."""
        self._halfway[number] = oid

    def halfway(self, number: str) -> int | None:
        """Return who owes the second factor for a request."""
        return self._halfway.get(number)

    def has_to_choose(self, number: str, session: Session) -> None:
        """Remember who is signed in for a request and still owes the choice of an organisation."""
        self._choosing[number] = session

    def choosing(self, number: str) -> Session | None:
        """Return whose choice a request waits for."""
        return self._choosing.get(number)

    def consent(self, client_id: str, oid: int) -> None:
        """Remember that a person granted a system the permissions it asked for."""
        self._consents.add((client_id, oid))

    def consented(self, client_id: str, oid: int) -> bool:
        """Tell whether the person did."""
        return (client_id, oid) in self._consents

    def open_session(self, oid: int, now: int, *, second_factor: bool = False) -> tuple[str, Session]:
        """Begin a session; returns the browser's handle and the session."""
        handle = self.ids.handle()
        session = Session(oid, str(self.ids.uuid()), now, now + SESSION_SECONDS, second_factor)
        _put(self._sessions, handle, session, now)
        return handle, session

    def session(self, handle: str, now: int) -> Session | None:
        """Return a live session."""
        return _live(self._sessions, handle, now)

    def close_session(self, handle: str) -> None:
        """End a session."""
        self._sessions.pop(handle, None)

    def keep_code(self, code: str, grant: Grant, now: int) -> None:
        """Remember a code; it outlives its term so that a late replay is still recognised."""
        self._codes[_digest(code)] = grant
        _prune(self._codes, now - CODE_SECONDS * 10)

    def code(self, code: str) -> Grant | None:
        """Return what a code stands for, used and expired ones too."""
        return self._codes.get(_digest(code))

    def new_refresh(self, grant: Grant, now: int) -> str:
        """Make a refresh token of the same family."""
        token = str(self.ids.uuid())
        fresh = Grant(grant.asked, grant.session, now + REFRESH_SECONDS, grant.family)
        _put(self._refresh, _digest(token), fresh, now)
        return token

    def refresh(self, token: str) -> Grant | None:
        """Return what a refresh token stands for, used ones too."""
        return self._refresh.get(_digest(token))

    def keep_access(self, token: str, grant: Grant, expires: int) -> None:
        """Remember an access token, past its end too, so that an expired one is told from an invented one."""
        self._access[_digest(token)] = Grant(grant.asked, grant.session, expires, grant.family)
        _prune(self._access, expires - ACCESS_SECONDS - 86_400)

    def access(self, token: str) -> Grant | None:
        """Return what an access token stands for."""
        return self._access.get(_digest(token))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _live(kept: dict[str, T], key: str, now: int) -> T | None:
    value = kept.get(key)
    return value if value is not None and value.expires > now else None


def _put(kept: dict[str, T], key: str, value: T, now: int) -> None:
    _prune(kept, now)
    kept[key] = value


def _prune(kept: dict[str, T], now: int) -> None:
    for key in [key for key, value in kept.items() if value.expires <= now]:
        del kept[key]
