"""Test helpers: real PostgreSQL and RabbitMQ, tokens, fault injection."""
