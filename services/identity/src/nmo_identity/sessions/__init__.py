"""Open sessions: shown to their person, ended with all that hangs on them, asked for the age of their sign-in."""
