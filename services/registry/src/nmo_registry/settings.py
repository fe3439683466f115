"""Settings of the registry, prefix `NMO_REGISTRY_`."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from nmo_kit.settings import ServiceSettings


class RegistrySettings(ServiceSettings):
    """What the registry needs beyond every service's settings.

    Attributes:
        frmr_url: address of the federal register (ФРМР), without a trailing slash.
        frmr_client_id: id of this system in it.
        frmr_organization: OID of the organisation for which the register is asked (`mo`).
        frmr_key_file: private key (PEM, RSA or P-256) whose certificate the register knows.
        frmr_timeout_s: longest wait for one answer of the register.
        field_key_file: key of sealed columns, 64 hexadecimal digits.
        index_key_file: key of blind indexes, 64 hexadecimal digits, not the same.
        sync_interval_s: seconds between two passes over the change feed.
        sync_page_size: people read and written together.
        sync_parallel: cards asked at once.
        sync_readers: processes that read the lines of a large dump beside the one that writes them; 0 for none.
        match_timeout_s: longest wait for the register while a person signs in (identity itself waits 3 s).
        match_per_minute: questions about single people that one process may ask the register in a minute.
        match_absent_s: how long «the register does not know this number» is believed without asking again.
        nsi_url: address of the service of reference books (НСИ); the register's address when not told.
        nsi_key_file: key of this system in it (`userKey`); none for a service that takes any.
        nsi_ca_file: root certificates (PEM) of the authority that signed its own; the system's when not told.
        nsi_timeout_s: longest wait for one answer of it.
        books_interval_s: seconds between two looks at a reference book.
        books_page_size: rows asked at once.
        mirror_trust_s: how long after the last pass «not in the mirror» still means «not in the register», when the
            register itself does not answer.
        documents_interval_s: seconds between two looks for documents that the register shows by now, or that are late.
    """

    model_config = SettingsConfigDict(env_prefix="NMO_REGISTRY_")

    http_port: int = 8102
    frmr_url: str = "http://127.0.0.1:8191"
    frmr_client_id: str = "NMO-REGISTRY"
    frmr_organization: str = "1.2.643.5.1.13.13.12.2.77.1"
    frmr_key_file: Path
    frmr_timeout_s: float = Field(default=5.0, gt=0, le=60)
    field_key_file: Path
    index_key_file: Path
    sync_interval_s: float = Field(default=2.0, gt=0)
    sync_page_size: int = Field(default=100, ge=1, le=500)
    sync_parallel: int = Field(default=8, ge=1, le=64)
    sync_readers: int = Field(default=2, ge=0, le=16)
    match_timeout_s: float = Field(default=2.0, gt=0, le=30)
    match_per_minute: int = Field(default=3000, ge=2, le=100_000)
    match_absent_s: float = Field(default=10.0, ge=0, le=600)
    nsi_url: str | None = None
    nsi_key_file: Path | None = None
    nsi_ca_file: Path | None = None
    nsi_timeout_s: float = Field(default=15.0, gt=0, le=120)
    books_interval_s: float = Field(default=3600.0, gt=0)
    books_page_size: int = Field(default=200, ge=1, le=500)
    mirror_trust_s: float = Field(default=86_400.0, ge=0)
    documents_interval_s: float = Field(default=5.0, gt=0)
