"""What was typed when the session ran out: kept sealed, shown again after the sign-in (GWY-05)."""
