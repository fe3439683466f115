"""Stand-ins for the outside world: ЕСИА, ФРМР, mail, SMS, an OIDC provider."""
