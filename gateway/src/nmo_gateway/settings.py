"""Settings of the gateway process (prefix ``NMO_GATEWAY_``)."""

from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import model_validator
from pydantic_settings import SettingsConfigDict

from nmo_kit.settings import ServiceSettings


class GatewaySettings(ServiceSettings):
    """What the gateway needs beside every process's settings."""

    model_config = SettingsConfigDict(
        env_prefix="NMO_GATEWAY_", frozen=True, extra="ignore", env_ignore_empty=True
    )

    http_port: int = 8080
    registry_url: str = "http://127.0.0.1:8102"
    cycles_url: str = "http://127.0.0.1:8103"
    catalog_url: str = "http://127.0.0.1:8104"
    applications_url: str = "http://127.0.0.1:8105"
    notifications_url: str = "http://127.0.0.1:8106"

    field_key_file: Path
    """Key that seals the identity session's handle in the session row (64 hexadecimal digits)."""
    index_key_file: Path
    """Key from which form tokens and write cookies are derived; differs from the field key."""
    cookie_secure: bool = True
    """False drops the cookies' prefix and ``Secure``, for plain http over loopback; production refuses it."""
    form_action_origins: str = ""
    """Origins, parted by commas, that a form's redirect may end at: the sign-in providers' for sign-out."""
    trusted_proxies: str = ""
    """Networks, parted by commas, whose ``X-Forwarded-For`` is believed."""

    session_idle_s: int = 30 * 60
    session_absolute_s: int = 12 * 60 * 60
    staff_idle_s: int = 15 * 60
    staff_absolute_s: int = 8 * 60 * 60
    session_rotate_s: int = 15 * 60
    sessions_per_person: int = 5
    session_cache_s: float = 2.0

    address_rate_per_s: float = 100.0
    address_burst: int = 600
    person_rate_per_s: float = 20.0
    person_burst: int = 200
    sign_in_interval_s: float = 1.0
    sign_in_burst: int = 60

    max_body_bytes: int = 1024 * 1024
    max_upload_bytes: int = 5632 * 1024
    """5.5 MiB: a 5 MiB file and its envelope (security D9)."""
    max_header_bytes: int = 16 * 1024
    max_target_bytes: int = 8 * 1024
    upstream_places: int = 64
    upstream_total_s: float = 30.0
    upstream_idle_s: float = 15.0

    @property
    def services(self) -> dict[str, str]:
        """Name of each service -> its address."""
        return {
            "identity": self.identity_url,
            "registry": self.registry_url,
            "cycles": self.cycles_url,
            "catalog": self.catalog_url,
            "applications": self.applications_url,
            "notifications": self.notifications_url,
        }

    @property
    def origin(self) -> str:
        """Our own origin as browsers write it in ``Origin``."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    @model_validator(mode="after")
    def _refuse_plain_cookies(self) -> Self:
        if self.is_production and not (self.cookie_secure and self.public_url.startswith("https://")):
            msg = "production needs cookie_secure and an https public_url"
            raise ValueError(msg)
        return self
