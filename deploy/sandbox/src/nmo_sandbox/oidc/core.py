"""State, keys and tokens of the plain OIDC provider."""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from nmo_sandbox.common.clock import Clock
from nmo_sandbox.common.faults import DOWN, SLOW, Fault, FaultBoard
from nmo_sandbox.common.login import BrowserBinding
from nmo_sandbox.common.state import JsonFile
from nmo_sandbox.oidc.clients import Client, Clients
from nmo_sandbox.oidc.sessions import Session, Sessions
from nmo_sandbox.people import Person, people
from nmo_sandbox.settings import SandboxSettings

CODE_SECONDS = 60
TOKEN_SECONDS = 600
REQUEST_SECONDS = 900
LOGOUT_SECONDS = 120

OIDC_FAULTS = (
    DOWN,
    SLOW,
    Fault("clock_skew", "the provider's clock runs ahead by that many seconds (negative: behind)", 3600),
    Fault("bad_signature", "id tokens are signed with a key that is published nowhere"),
    Fault("alg_none", "id tokens carry alg none and no signature"),
    Fault("wrong_issuer", "iss of id tokens", "http://issuer.example.org"),
    Fault("wrong_response_issuer", "iss beside the code (RFC 9207)", "http://issuer.example.org"),
    Fault("wrong_audience", "aud of id tokens", "somebody-else"),
    Fault("wrong_nonce", "nonce of id tokens", "another-nonce"),
    Fault("wrong_state", "state beside the code", "another-state"),
    Fault("expired_tokens", "id tokens ended that many seconds ago", 86_400),
    Fault("expired_code", "every code counts as expired"),
    Fault("no_auth_time", "id tokens do not say when the password was typed"),
    Fault("ignores_prompt", "a live session goes through whatever prompt and max_age ask for"),
    Fault("no_id_token", "the token answer has no id token"),
    Fault("other_sub", "userinfo names another person than the id token"),
    Fault("html_error", "token and userinfo endpoints answer 500 with an HTML page"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A checked authorization request."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    nonce: str
    challenge: str
    expires: int


@dataclass(slots=True)
class Grant:
    """What a code or an access token stands for."""

    asked: Asked
    key: str
    auth_time: int
    expires: int
    sid: str
    used: bool = False
    token: str = ""


@dataclass(slots=True)
class Provider:
    """All state of one running provider. Requests, sessions, codes and tokens live in memory only."""

    settings: SandboxSettings
    faults: FaultBoard
    clock: Clock
    clients: Clients
    keys: dict[str, RSAKey | ECKey]
    people: dict[str, Person]
    asked: dict[str, Asked] = field(default_factory=dict)
    codes: dict[str, Grant] = field(default_factory=dict)
    tokens: dict[str, Grant] = field(default_factory=dict)
    sessions: Sessions = field(default_factory=Sessions)
    binding: BrowserBinding = field(default_factory=lambda: BrowserBinding("oidc_sandbox_flow"))

    @classmethod
    def build(cls, settings: SandboxSettings) -> "Provider":
        """Put a provider together; makes or reads its keys."""
        faults = FaultBoard(OIDC_FAULTS)
        folder = settings.state / "oidc" if settings.state else None
        return cls(
            settings=settings,
            faults=faults,
            clock=Clock(settings.clock_offset_s, lambda: faults.number("clock_skew")),
            clients=Clients(JsonFile(folder, "clients.json")),
            keys=_keys(folder),
            people={person.key: person for person in people()},
        )

    @property
    def issuer(self) -> str:
        """The provider's issuer and base address."""
        return self.settings.oidc_url

    def jwks(self) -> dict[str, Any]:
        """Return the public keys."""
        return dict(KeySet(list(self.keys.values())).as_dict(private=False))

    def id_token(self, client: Client, grant: Grant) -> str:
        """Make an id token, or a wrong one when a fault asks for it."""
        faults, asked = self.faults, grant.asked
        ends = self.clock.seconds() + (-faults.number("expired_tokens") or TOKEN_SECONDS)
        claims: dict[str, Any] = {
            "iss": faults.text("wrong_issuer") or self.issuer,
            "sub": subject(self.people[grant.key]),
            "aud": faults.text("wrong_audience") or asked.client_id,
            "iat": int(ends) - TOKEN_SECONDS,
            "exp": int(ends),
            "sid": grant.sid,
        }
        if not faults.on("no_auth_time"):
            claims["auth_time"] = grant.auth_time
        if asked.nonce:
            claims["nonce"] = faults.text("wrong_nonce") or asked.nonce
        algorithm = client.id_token_signed_response_alg
        if faults.on("alg_none"):
            plain = jwt.encode({"alg": algorithm}, claims, self.keys[algorithm]).split(".")[1]
            header = urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
            return f"{header}.{plain}."
        key = self.keys[algorithm]
        if faults.on("bad_signature"):
            key = RSAKey.generate_key(2048) if algorithm == "RS256" else ECKey.generate_key("P-256")
        header_fields = {"alg": algorithm, "typ": "JWT", "kid": self.keys[algorithm].kid}
        return jwt.encode(header_fields, claims, key)

    def logout_token(self, client_id: str, client: Client, session: Session) -> str:
        """Make the message that a session is over."""
        now = self.clock.seconds()
        algorithm = client.id_token_signed_response_alg
        claims = {
            "iss": self.issuer,
            "sub": subject(self.people[session.key]),
            "aud": client_id,
            "iat": now,
            "exp": now + LOGOUT_SECONDS,
            "jti": fresh_token(),
            "sid": session.sid,
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }
        key = self.keys[algorithm]
        return jwt.encode({"alg": algorithm, "typ": "logout+jwt", "kid": key.kid}, claims, key)

    def claims(self, grant: Grant) -> dict[str, Any]:
        """Return what userinfo tells."""
        person, scopes = self.people[grant.key], grant.asked.scopes
        shown = next(iter(self.people.values())) if self.faults.on("other_sub") else person
        if self.faults.on("other_sub") and shown is person:
            shown = list(self.people.values())[1]
        found: dict[str, Any] = {"sub": subject(shown)}
        if "profile" in scopes:
            names = (person.last_name, person.first_name, person.patronymic)
            found |= {
                "name": " ".join(name for name in names if name),
                "family_name": person.last_name,
                "given_name": person.first_name,
                "birthdate": person.birth_date.isoformat(),
                "gender": "female" if person.gender == "F" else "male",
                "locale": "ru-RU",
            } | ({"middle_name": person.patronymic} if person.patronymic else {})
        if "email" in scopes:
            found |= {"email": person.email, "email_verified": True}
        if "phone" in scopes:
            found |= {"phone_number": person.mobile, "phone_number_verified": True}
        if "snils" in scopes:
            found |= {"snils": person.snils, "trusted": person.trusted}
        return found


def subject(person: Person) -> str:
    """Return the provider's own lasting name of a person; it tells nothing about them."""
    return hashlib.sha256(f"oidc-sandbox:{person.oid}".encode()).hexdigest()[:32]


def fresh_token() -> str:
    """Return an unguessable opaque token."""
    return secrets.token_urlsafe(32)


def challenge_of(verifier: str) -> str:
    """Return the S256 code challenge of a verifier."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _keys(folder: Path | None) -> dict[str, RSAKey | ECKey]:
    file = JsonFile(folder, "keys.json")
    kept = file.read()
    if kept:
        return {"RS256": RSAKey.import_key(kept["RS256"]), "ES256": ECKey.import_key(kept["ES256"])}
    rsa = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
    ec = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
    file.write({"RS256": rsa.as_dict(private=True), "ES256": ec.as_dict(private=True)})
    return {"RS256": rsa, "ES256": ec}
