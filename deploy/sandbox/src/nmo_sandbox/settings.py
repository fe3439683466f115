"""Settings of the stand-ins, read from the environment (prefix `NMO_SANDBOX_`)."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import AwareDatetime, Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_REAL_HOSTS = ("gosuslugi.ru", "rosminzdrav.ru", "egisz.ru")


class SandboxSettings(BaseSettings):
    """What the programs of the sandbox can be told. A production environment or a real service's host is refused.

    Attributes:
        host: address the programs bind; loopback unless told otherwise.
        state: folder for signing keys, registered systems and changed people; None keeps everything in memory.
        esia_url: the ЕСИА stand-in's own address, without a trailing slash; links in answers start with it.
        esia_issuer: `iss` of its tokens; by default its address with a trailing slash, as the real one has it.
        oidc_url: address and issuer of the plain OIDC provider.
        timestamp_window_s: how far a request's `timestamp` may lie from the clock, either way (our own choice).
        clock_offset_s: moves the stand-ins' clock, so that it can follow a portal whose clock is moved.
        clock_stands_at: a moment (ISO 8601 with an offset) at which ЕСИА's clock stands still.
        seed: makes ЕСИА's handles and identifiers repeat from run to run; keys are kept by `state`.
        legacy_rsa: whether ЕСИА takes RSA certificates of systems, as it did once; GOST alone otherwise.
        refresh_order: which text a refresh of version 2 signs, for the papers leave it open: the one that ends with the
            redirect address, the one that ends with the refresh token, or either.
        sessions: what a live ЕСИА session does at the next sign-in: `off` nothing, every sign-in is a fresh one;
            `offer` the page has a button to go on with it; `silent` it answers at once, as the real service may.
        smtp_port: port of the mailbox's SMTP server.
    """

    model_config = SettingsConfigDict(env_prefix="NMO_SANDBOX_", extra="ignore")

    environment: Literal["development", "test", "production"] = "development"
    host: str = "127.0.0.1"
    state: Path | None = None
    esia_url: str = "http://127.0.0.1:8190"
    esia_issuer: str | None = None
    oidc_url: str = "http://127.0.0.1:8194"
    timestamp_window_s: int = Field(default=300, ge=1, le=86_400)
    clock_offset_s: int = 0
    clock_stands_at: AwareDatetime | None = None
    seed: int | None = None
    legacy_rsa: bool = True
    refresh_order: Literal["either", "redirect_uri", "refresh_token"] = "either"
    sessions: Literal["off", "offer", "silent"] = "off"
    smtp_port: int = Field(default=1025, ge=0, le=65_535)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("environment")
    @classmethod
    def _not_production(cls, value: str) -> str:
        if value == "production":
            raise ValueError("the sandbox never runs in production")
        return value

    @field_validator("esia_url", "oidc_url")
    @classmethod
    def _not_real(cls, value: str) -> str:
        host = urlsplit(value).hostname or ""
        if not host or any(host == real or host.endswith(f".{real}") for real in _REAL_HOSTS):
            raise ValueError("the address of a stand-in, never a real service's")
        return value.rstrip("/")

    @property
    def issuer(self) -> str:
        """`iss` of the ЕСИА stand-in's tokens."""
        return self.esia_issuer or f"{self.esia_url}/"
