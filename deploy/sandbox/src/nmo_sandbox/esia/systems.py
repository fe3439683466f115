"""Information systems registered with the ЕСИА stand-in: certificates, addresses, granted scopes."""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from nmo_sandbox.common.state import JsonFile
from nmo_sandbox.esia.certificates import read_pem
from nmo_sandbox.esia.scopes import PERSON_SCOPES

DEFAULT_SCOPES = ("openid", "fullname", "birthdate", "gender", "snils", "email", "mobile")


class Registration(BaseModel):
    """What a system tells when it registers.

    Attributes:
        certificate_pem: one or several certificates, so that a renewal can overlap: GOST R 34.10-2012, or RSA.
        redirect_uris: compared as whole strings.
        logout_uris: allowed targets after sign-out; without any, every address on a redirect address' origin is.
        signature_algorithm: what the system's tokens are signed with.
        issuer: `iss` of the system's tokens in place of the stand-in's: some published clients have production's
            `http://esia.gosuslugi.ru/` written into their code.
        scopes: those granted; a list or one string with spaces. `usr_org` opens the organisations' scopes too.
        tolerate: where the protocol's rules are disputed or a client breaks them: `any_state` a state that is no UUID,
            `redirect_query` a query behind `redirect_uri` at the token endpoint, `reversed_signature` a GOST signature
            with its bytes turned round.
        title: the system's name on the sign-in page.
    """

    model_config = ConfigDict(extra="forbid")

    certificate_pem: str
    redirect_uris: list[str] = Field(min_length=1)
    logout_uris: list[str] = []
    signature_algorithm: Literal["RS256", "GOST3410_2012_256"] = "RS256"
    issuer: str | None = None
    scopes: list[str] = list(DEFAULT_SCOPES)
    tolerate: list[Literal["any_state", "redirect_query", "reversed_signature"]] = []
    title: str = ""

    @field_validator("scopes", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return value.split() if isinstance(value, str) else value

    @field_validator("scopes")
    @classmethod
    def _known(cls, value: list[str]) -> list[str]:
        unknown = sorted(set(value) - PERSON_SCOPES)
        if unknown:
            raise ValueError(f"unknown scopes: {', '.join(unknown)}")
        return value

    @field_validator("redirect_uris", "logout_uris")
    @classmethod
    def _absolute(cls, value: list[str]) -> list[str]:
        for address in value:
            _check_absolute(address)
        return value

    @field_validator("issuer")
    @classmethod
    def _absolute_issuer(cls, value: str | None) -> str | None:
        if value is not None:
            _check_absolute(value)
        return value

    @field_validator("certificate_pem")
    @classmethod
    def _readable(cls, value: str) -> str:
        read_pem(value)
        return value


class System:
    """One registered system."""

    def __init__(self, client_id: str, registration: Registration) -> None:
        self.client_id = client_id
        self.registration = registration
        self.certificates = tuple(read_pem(registration.certificate_pem))
        self.title = registration.title or client_id

    def allows_redirect(self, address: str) -> bool:
        """Tell whether the address is registered, letter by letter."""
        return address in self.registration.redirect_uris

    def tolerates(self, rule: str) -> bool:
        """Tell whether a rule is let off for the system."""
        return rule in self.registration.tolerate

    def is_same_redirect(self, asked: str, sent: str) -> bool:
        """Tell whether a token request names the address of its authorization request."""
        if self.tolerates("redirect_query"):
            sent = sent.partition("?")[0] if "?" not in asked else sent
        return asked == sent

    def allows_logout(self, address: str) -> bool:
        """Tell whether a person may be sent there after sign-out."""
        if self.registration.logout_uris:
            return address in self.registration.logout_uris
        return _origin(address) in {_origin(known) for known in self.registration.redirect_uris}


class Systems:
    """All registered systems; kept in a file when there is a folder for it."""

    def __init__(self, file: JsonFile) -> None:
        self._file = file
        kept = file.read() or {}
        self._systems = {name: System(name, Registration.model_validate(data)) for name, data in kept.items()}

    def get(self, client_id: str) -> System | None:
        """Return the system with that mnemonic."""
        return self._systems.get(client_id)

    def put(self, client_id: str, registration: Registration) -> bool:
        """Register or replace a system; returns whether it is new."""
        fresh = client_id not in self._systems
        self._systems[client_id] = System(client_id, registration)
        self._save()
        return fresh

    def drop(self, client_id: str) -> bool:
        """Remove a system; returns whether there was one."""
        found = self._systems.pop(client_id, None) is not None
        self._save()
        return found

    def all(self) -> list[System]:
        """Return every system, by mnemonic."""
        return [self._systems[name] for name in sorted(self._systems)]

    def _save(self) -> None:
        self._file.write({name: system.registration.model_dump() for name, system in self._systems.items()})


def _check_absolute(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment:
        raise ValueError(f"not an absolute http address without a fragment: {address}")


def _origin(address: str) -> tuple[str, str | None, int | None] | None:
    parts = urlsplit(address)
    try:
        return (parts.scheme, parts.hostname, parts.port)
    except ValueError:
        return None
