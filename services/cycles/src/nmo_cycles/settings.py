"""Settings of the cycles process."""

from pydantic_settings import SettingsConfigDict

from nmo_kit.settings import ServiceSettings


class Settings(ServiceSettings):
    """Variables `NMO_CYCLES_…`."""

    model_config = SettingsConfigDict(
        env_prefix="NMO_CYCLES_", frozen=True, extra="ignore", env_ignore_empty=True
    )
