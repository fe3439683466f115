"""Settings that refuse unsafe, misspelt and missing values."""

import pytest
from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from nmo_kit.settings import ServiceSettings, SettingsError, load, printable


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="NMO_SAMPLE_")

    api_secret: SecretStr = SecretStr("")


PASSWORD = "8f2c1d9e" * 3
STRONG = f"postgresql://nmo:{PASSWORD}@db/nmo"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("NMO_SAMPLE_DATABASE_URL", STRONG)
    return monkeypatch


def test_production_is_the_default_and_starts_with_strong_secrets(environment: pytest.MonkeyPatch) -> None:
    assert load(Settings).is_production


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://nmo:password@db/nmo"),
        ("DATABASE_URL", "postgresql://nmo:short@db/nmo"),
        ("DATABASE_URL", "postgresql://nmo@db/nmo"),
        ("API_SECRET", "changeme"),
        ("API_SECRET", "tooshort"),
        ("CLOCK_OFFSET_S", "60"),
        ("HTTP_PRT", "80"),
        ("HTTP_PORT", "eighty"),
    ],
)
def test_unsafe_or_misspelt_settings_stop_the_start(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    environment.setenv(f"NMO_SAMPLE_{name}", value)
    with pytest.raises(SettingsError) as refused:
        load(Settings)
    assert value not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("NMO_FAILPOINT", "outbox.after_commit:kill"), ("NMO_FAILPOINT_FILE", "/nowhere/points")],
)
def test_failpoints_are_refused_in_production(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(name, value)
    with pytest.raises(SettingsError, match="failpoints"):
        load(Settings)


def test_missing_value_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NMO_SAMPLE_DATABASE_URL", raising=False)
    with pytest.raises(SettingsError, match="database_url"):
        load(Settings)


def test_development_takes_what_production_refuses(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("NMO_SAMPLE_ENVIRONMENT", "development")
    environment.setenv("NMO_SAMPLE_API_SECRET", "changeme")
    environment.setenv("NMO_SAMPLE_CLOCK_OFFSET_S", "86400")
    assert load(Settings).clock_offset_s == 86400


def test_printed_settings_hide_secrets(environment: pytest.MonkeyPatch) -> None:
    text = printable(load(Settings))
    assert PASSWORD not in text
    assert '"http_port": 8000' in text
