"""Settings of the notifications process."""

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from nmo_kit.settings import ServiceSettings


class Settings(ServiceSettings):
    """Variables `NMO_NOTIFICATIONS_…`."""

    model_config = SettingsConfigDict(
        env_prefix="NMO_NOTIFICATIONS_", frozen=True, extra="ignore", env_ignore_empty=True
    )

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 1025
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_start_tls: bool | None = None
    """None: encrypt if the server offers it; true: demand it."""
    sms_url: str = ""
    """Gateway that sends text messages (`POST /messages`); empty leaves that channel closed."""
    mail_from: str = "portal@nmo.example"
    partner_amqp_url: SecretStr = SecretStr("")
    """The publisher's address in the partners' vhost; empty leaves the way by queue closed."""
    partner_amqp_public_host: str = ""
    """Host and port that partners connect to, when it is not that of `partner_amqp_url`."""
    broker_admin_url: SecretStr = SecretStr("")
    """Management API by which partners' queues and users are made."""
    field_key_file: Path
    """Key of the webhook secrets, 64 hexadecimal digits."""
    index_key_file: Path
    """Key of the pseudonyms partners see, 64 hexadecimal digits."""
