"""Any plain OpenID Connect provider: Authlib's client plus the checks it lacks."""
