"""Events between services: envelope, outbox, relay, inbox, consumers and topology."""
