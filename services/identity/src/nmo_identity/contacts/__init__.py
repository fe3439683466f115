"""How the portal reaches a person: e-mail, phone, postal address, each changed by a one-time code (REG-05, REG-11)."""
