"""Short-lived tokens for calls on behalf of a person: RFC 8693 exchange at identity (security D4).

A token has one audience and lives two minutes; it is kept here, never sent to a browser. When the exchange fails the
call fails: there is no way around it.
"""

import asyncio
import hashlib
import json
from base64 import urlsafe_b64decode
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import urlencode

import structlog
from joserfc.jwk import ECKey

from nmo_gateway.browser_session.model import Session
from nmo_gateway.edge.context import trace_headers
from nmo_gateway.service_errors import ServiceDown, SessionEnded
from nmo_gateway.upstream_http import CallError
from nmo_gateway.upstreams import Deadline, Upstreams
from nmo_kit import failpoints
from nmo_kit.http import ASSERTION_TYPE, client_assertion

logger = structlog.get_logger(__name__)
GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
SESSION_TYPE = "urn:nmo:params:oauth:token-type:session"
ACCESS_TYPE = "urn:ietf:params:oauth:token-type:access_token"
CLIENT_ID = "gateway"
RENEW_BEFORE_S = 20.0
DEADLINE = Deadline(total_s=4.0, idle_s=4.0)
MAX_TOKENS = 20_000
PLACES = "tokens"
"""Name of identity among the upstreams when it is asked for tokens: its own places, apart from its pages' calls."""
OK = 200
EVERYBODYS_ROLE = "person"


@dataclass(frozen=True, slots=True)
class HopToken:
    """A token for one service, and what identity says in it of the person."""

    value: str
    claims: Mapping[str, Any]
    until: float
    field: bytes = b""
    """As ``Authorization`` takes it."""
    standing: tuple[str, bool, frozenset[str]] | None = None
    """Entry, consent and roles in the session's words; None when identity did not tell them."""


@dataclass(frozen=True, slots=True)
class Subject:
    """For whom a token is asked: the key of the cache, and the proof that identity takes."""

    key: str
    token: str
    token_type: str

    @classmethod
    def of_session(cls, session: Session) -> "Subject":
        """The person of a browser session."""
        return cls(session.token_key, session.handle, SESSION_TYPE)

    @classmethod
    def of_bearer(cls, token: str) -> "Subject":
        """The caller of the API with a verified access token."""
        return cls("bearer:" + hashlib.sha256(token.encode()).hexdigest(), token, ACCESS_TYPE)


class TokenExchange:
    """Exchanges, keeps until 20 s before the end, and lets one request ask while the others wait."""

    def __init__(self, upstreams: Upstreams, key: ECKey, issuer: str) -> None:
        self._upstreams = upstreams
        self._key = key
        self._issuer = issuer
        self._tokens: OrderedDict[tuple[str, str], HopToken] = OrderedDict()
        self._flights: dict[tuple[str, str], asyncio.Task[HopToken]] = {}

    def kept(self, subject_key: str, audience: str) -> HopToken | None:
        """A token that is at hand and lives long enough."""
        known = self._tokens.get((subject_key, audience))
        return known if known is not None and known.until > monotonic() else None

    async def get(self, subject: Subject, audience: str) -> HopToken:
        """A token of the subject for one service.

        Raises:
            ServiceDown: identity does not answer, or refuses the gateway itself.
            SessionEnded: identity no longer accepts the subject.
        """
        known = self.kept(subject.key, audience)
        if known is not None:
            return known
        slot = (subject.key, audience)
        flight = self._flights.get(slot)
        if flight is None:
            flight = asyncio.create_task(self._exchange(subject, audience))
            self._flights[slot] = flight
            flight.add_done_callback(lambda done: self._land(slot, done))
        # Shielded: a request that goes away must not take the token from those that wait with it.
        return await asyncio.shield(flight)

    def drop(self, subject_key: str) -> None:
        """Forget a subject's tokens, also those still on their way: its rights changed.

        The same person's other sessions and programs lose theirs as well: a consent taken back is taken back everywhere.
        """
        people = {token.claims.get("sub") for slot, token in self._tokens.items() if slot[0] == subject_key}
        stale = [
            slot
            for slot, token in self._tokens.items()
            if slot[0] == subject_key or (token.claims.get("sub") in people and token.claims.get("sub"))
        ]
        for slot in stale:
            del self._tokens[slot]
        for slot in [slot for slot in self._flights if slot[0] == subject_key]:
            del self._flights[slot]

    def _land(self, slot: tuple[str, str], flight: asyncio.Task[HopToken]) -> None:
        if self._flights.get(slot) is not flight:
            if not flight.cancelled():
                flight.exception()
            return
        del self._flights[slot]
        if flight.cancelled() or flight.exception() is not None:
            return
        self._tokens[slot] = flight.result()
        self._tokens.move_to_end(slot)
        if len(self._tokens) > MAX_TOKENS:
            self._tokens.popitem(last=False)

    async def _exchange(self, subject: Subject, audience: str) -> HopToken:
        form = {
            "grant_type": GRANT,
            "client_id": CLIENT_ID,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": client_assertion(self._key, client_id=CLIENT_ID, audience=self._issuer),
            "audience": audience,
            "subject_token": subject.token,
            "subject_token_type": subject.token_type,
        }
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            **trace_headers(),
        }
        try:
            async with self._upstreams.open(
                PLACES,
                "POST",
                "/oauth2/token",
                headers=headers,
                data=urlencode(form).encode(),
                deadline=DEADLINE,
            ) as answer:
                body = json.loads(await answer.read() or b"{}")
                status = answer.status
            await failpoints.hit("gateway.tokens.exchanged")
        except ServiceDown as down:
            raise ServiceDown("identity", down.reason) from down
        except (CallError, ValueError) as error:
            raise ServiceDown("identity", "failed") from error
        return _read(status, body, audience)


def _read(status: int, body: Any, audience: str) -> HopToken:
    fields = body if isinstance(body, dict) else {}
    if status == OK and isinstance(fields.get("access_token"), str):
        token = str(fields["access_token"])
        lifetime_s = float(fields.get("expires_in", 0))
        until = monotonic() + max(0.0, lifetime_s - RENEW_BEFORE_S)
        claims = _claims(token)
        return HopToken(
            token, claims, until, b"Bearer " + token.encode("ascii", "replace"), _standing(claims)
        )
    error = str(fields.get("error") or fields.get("code") or "")
    if error in {"invalid_grant", "invalid_token"}:
        raise SessionEnded
    logger.error("token_exchange_failed", status=status, error=error[:64], audience=audience)
    raise ServiceDown("identity", "failed", status)


def everyday_roles(told: Iterable[str] | None) -> frozenset[str]:
    """Roles without the one that tokens give to whoever signed in: the sign-in and ``/me`` do not name it."""
    return frozenset(told or ()) - {EVERYBODYS_ROLE}


def _standing(claims: Mapping[str, Any]) -> tuple[str, bool, frozenset[str]] | None:
    if "entry" not in claims:
        return None
    return str(claims["entry"]), claims.get("consent") is True, everyday_roles(claims.get("roles"))


def _claims(token: str) -> Mapping[str, Any]:
    """Claims of a token that identity itself just handed over; the services verify its signature."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
