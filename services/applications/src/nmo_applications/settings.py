"""Settings of the applications process."""

from pathlib import Path

from pydantic_settings import SettingsConfigDict

from nmo_kit.settings import ServiceSettings


class Settings(ServiceSettings):
    """Variables `NMO_APPLICATIONS_…`."""

    model_config = SettingsConfigDict(
        env_prefix="NMO_APPLICATIONS_", frozen=True, extra="ignore", env_ignore_empty=True
    )

    registry_url: str = "http://127.0.0.1:8102"
    files_dir: Path = Path("files")
    """Folder of the stored documents."""
    field_key_file: Path
    """Key of the encrypted columns, 64 hexadecimal digits."""
