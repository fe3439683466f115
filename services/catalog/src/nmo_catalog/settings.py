"""Settings of the catalogue's process."""

from pydantic_settings import SettingsConfigDict

from nmo_kit.settings import ServiceSettings


class Settings(ServiceSettings):
    """Variables `NMO_CATALOG_…`."""

    model_config = SettingsConfigDict(
        env_prefix="NMO_CATALOG_", frozen=True, extra="ignore", env_ignore_empty=True
    )

    words_interval_s: float = 600.0
    """How often the worker looks whether the words for spelling correction must be counted anew, seconds."""
