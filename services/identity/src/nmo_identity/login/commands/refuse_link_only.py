"""Keep providers that only tie accounts from opening sessions."""

from __future__ import annotations

from nmo_identity.providers.port import LoginProvider, ProviderRefusal


def refuse_link_only(provider: LoginProvider) -> None:
    """For every way that ends in a session (security L6): a provider trusted to be tied is not trusted to let in.

    Raises:
        ProviderRefusal: `login_state_invalid`; the journal says `provider_links_only`.
    """
    if provider.link_only:
        raise ProviderRefusal("login_state_invalid", "provider_links_only")
