"""Sign-in providers: the port every connector fits behind, and their configuration."""
