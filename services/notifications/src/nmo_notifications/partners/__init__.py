"""Partner systems: subscriptions, projection to public events, one gapless log per partner, queue and feed (PAR)."""
