"""PostgreSQL and RabbitMQ for one machine: given, in containers, installed, or fetched from Debian."""

from nmo_local.infra.servers import Infra, start, start_test_infrastructure, stop

__all__ = ["Infra", "start", "start_test_infrastructure", "stop"]
