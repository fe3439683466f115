"""Settings of identity, prefix `NMO_IDENTITY_`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from nmo_identity.passwords.rules import MAX_AGE_DAYS
from nmo_kit.settings import ServiceSettings

OWASP_FLOOR_KIB = 2 * 19 * 1024
"""Memory times passes of OWASP's weakest accepted Argon2id."""


class IdentitySettings(ServiceSettings):
    """What identity needs beyond the kit's settings."""

    model_config = SettingsConfigDict(
        env_prefix="NMO_IDENTITY_", frozen=True, extra="ignore", env_ignore_empty=True
    )

    http_port: int = 8101
    registry_url: str = "http://127.0.0.1:8102"
    applications_url: str = "http://127.0.0.1:8105"
    field_key_file: Path
    """64 hexadecimal digits: the key of sealed columns."""
    index_key_file: Path
    """64 hexadecimal digits: the key of blind indexes; never in dumps, never equal to the other."""
    pepper_file: Path
    """Peppers of passwords, one of 64 hexadecimal digits a line; the last one is for new passwords."""
    password_profile: Literal["seed", "modern"] = "seed"  # noqa: S105 a name of rules, no password
    """Rules of passwords: `seed` is the portal's public promise, `modern` follows NIST (docs/password-deviations.md)."""
    password_max_age_days: int = Field(default=MAX_AGE_DAYS, ge=0, le=3650)
    """In profile `seed`: a password that stands alone must be changed after so many days; 0 never."""
    password_age_lifted: bool = True
    """In profile `seed`: no age for passwords beside which the person tied an app with codes or ЕСИА."""
    login_network_burst: int = 30
    login_network_interval_s: float = 20.0
    """So many tries of unknown devices of one network at once, then one each interval."""
    registration_network_burst: int = 10
    registration_network_interval_s: float = 120.0
    """So many registrations of one network at once, then one each interval."""
    hashing_threads: int | None = None
    """Passwords hashed at once; by default one per processor."""
    argon2_memory_kib: int = 46 * 1024
    argon2_time_cost: int = 1
    service_keys_dir: Path
    """Public ES256 keys of our services, `<client_id>.pem`."""
    providers_file: Path | None = None
    """JSON list of sign-in providers."""
    seed_file: Path | None = None
    """JSON with grants and clients, read by `seed`."""
    erasure_after_days: float = 30.0
    """Days from the withdrawal of the main consent to the destruction of the person's data (152-FZ, article 21)."""

    @model_validator(mode="after")
    def _refuse_weak_hashing(self) -> Self:
        if self.is_production and self.argon2_memory_kib * self.argon2_time_cost < OWASP_FLOOR_KIB:
            msg = "argon2 is set below 19 MiB and two passes, or 38 MiB and one"
            raise ValueError(msg)
        return self
