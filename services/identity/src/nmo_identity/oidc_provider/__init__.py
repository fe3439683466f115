"""Identity as OpenID Connect provider and as issuer of every token inside the portal (SSO-11)."""
