"""Technical kit of the services: database, messages, tokens, errors, telemetry."""
