"""Where a person stands now: entry, roles, consent, match. Everything tokens and pages say is read from here."""
