"""Connectors of the configured providers."""

from __future__ import annotations

from collections.abc import Sequence

from nmo_identity.esia.connector import EsiaConnector
from nmo_identity.oidc_client.connector import OidcConnector
from nmo_identity.providers.config import OidcConfig, ProviderConfig
from nmo_identity.providers.port import LoginProvider


def build(configs: Sequence[ProviderConfig]) -> dict[str, LoginProvider]:
    """One connector per provider, by its key, in the configured order.

    Raises:
        ValueError: keys or certificates are unfit; the process must not start.
        RuntimeError: a GOST key without OpenSSL's engine; the message says what to install.
    """
    return {
        config.key: OidcConnector(config) if isinstance(config, OidcConfig) else EsiaConnector(config)
        for config in configs
    }
