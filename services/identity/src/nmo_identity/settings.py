"""Settings of identity, prefix `NMO_IDENTITY_`."""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import SettingsConfigDict

from nmo_kit.settings import ServiceSettings


class IdentitySettings(ServiceSettings):
    """What identity needs beyond the kit's settings."""

    model_config = SettingsConfigDict(
        env_prefix="NMO_IDENTITY_", frozen=True, extra="ignore", env_ignore_empty=True
    )

    http_port: int = 8101
    registry_url: str = "http://127.0.0.1:8102"
    field_key_file: Path
    """64 hexadecimal digits: the key of sealed columns."""
    index_key_file: Path
    """64 hexadecimal digits: the key of blind indexes; never in dumps, never equal to the other."""
    service_keys_dir: Path
    """Public ES256 keys of our services, `<client_id>.pem`."""
    providers_file: Path | None = None
    """JSON list of sign-in providers."""
    seed_file: Path | None = None
    """JSON with grants and clients, read by `seed`."""
