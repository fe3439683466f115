"""Settings of one process, from the environment; refused when unsafe or misspelt."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from nmo_kit import failpoints

PLACEHOLDERS = frozenset(
    {"changeme", "change-me", "secret", "password", "placeholder", "guest", "postgres", "test"}
)
MIN_SECRET_LENGTH = 16
SettingsT = TypeVar("SettingsT", bound="ServiceSettings")


class SettingsError(RuntimeError):
    """The environment does not describe a process that may start."""


class ServiceSettings(BaseSettings):
    """What every process needs; a service subclasses it with its own prefix `NMO_<SERVICE>_`."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    environment: Literal["development", "test", "production"] = "production"
    database_url: SecretStr
    amqp_url: SecretStr = SecretStr("")
    http_host: str = "127.0.0.1"
    http_port: int = 8000
    public_url: str = "http://127.0.0.1:8080"
    """Address of the gateway as people type it; also the issuer of tokens."""
    identity_url: str = "http://127.0.0.1:8101"
    signing_key_file: Path | None = None
    """ES256 private key (PEM) by which this process proves itself to identity."""
    seal_key_file: Path | None = None
    """ES256 keys (PEM) of the journal's checkpoints: the first signs, all of them verify."""
    seal_export_file: Path | None = None
    """Copy of the checkpoints outside the database, best on another host's disk."""
    journal_retention_days: int = 1827
    """One cycle of five years; older months of the journal are dropped, their links in the chain stay."""
    clock_offset_s: float = 0.0
    log_level: str = "INFO"
    otlp_endpoint: str | None = None
    trace_ratio: float = 1.0
    relay_lanes: int = 1
    pool_size: int = 16
    """Connections for reading, and as many for writing: opened when needed, then kept. The server must hold all processes'."""
    statement_timeout_s: float = 15.0

    @property
    def jwks_url(self) -> str:
        """Where services read which tokens to trust: keys, and sessions that ended lately."""
        return f"{self.identity_url}/internal/keys"

    @property
    def is_production(self) -> bool:
        """True where nothing meant for development may work."""
        return self.environment == "production"

    @model_validator(mode="after")
    def _refuse_unsafe(self) -> Self:
        if self.environment == "production":
            if self.clock_offset_s:
                msg = "the clock may not be shifted in production"
                raise ValueError(msg)
            if failpoints.is_set():
                msg = "failpoints may not be set in production"
                raise ValueError(msg)
            if self.journal_retention_days < type(self).model_fields["journal_retention_days"].default:
                msg = "the journal is kept for five years at least"
                raise ValueError(msg)
            self._refuse_weak_secrets()
        return self

    def _refuse_weak_secrets(self) -> None:
        for name in type(self).model_fields:
            value = getattr(self, name)
            if not isinstance(value, SecretStr) or not value.get_secret_value():
                continue
            text = value.get_secret_value()
            secret = (urlsplit(text).password or "") if "://" in text else text
            if secret.lower() in PLACEHOLDERS or len(secret) < MIN_SECRET_LENGTH:
                msg = f"{name} holds a placeholder or a short secret"
                raise ValueError(msg)


def load(settings_class: type[SettingsT]) -> SettingsT:
    """Build the settings from the environment.

    Raises:
        SettingsError: a variable with the service's prefix is unknown, or a value is missing or unsafe.
    """
    prefix = str(settings_class.model_config.get("env_prefix", ""))
    known = {f"{prefix}{name}".upper() for name in settings_class.model_fields}
    unknown = sorted(
        k for k in os.environ if prefix and k.upper().startswith(prefix.upper()) and k.upper() not in known
    )
    if unknown:
        raise SettingsError(f"unknown settings: {', '.join(unknown)}")
    try:
        return settings_class()
    except ValueError as error:
        raise SettingsError(_without_values(error)) from None


def _without_values(error: ValueError) -> str:
    """The fault without the value that caused it, which may be a secret."""
    errors = getattr(error, "errors", None)
    if errors is None:
        return str(error)
    return "; ".join(f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in errors(include_input=False))


def printable(settings: ServiceSettings) -> str:
    """JSON of the settings with secrets masked (`print-settings`)."""
    values: dict[str, Any] = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        values[name] = "********" if isinstance(value, SecretStr) else value
    return json.dumps(values, indent=2, ensure_ascii=False, default=str)
