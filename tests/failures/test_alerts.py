"""Whatever must alarm has a rule, and the rules ask for metrics that the services really tell."""

import re
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from nmo_identity.consents.commands import acknowledge
from nmo_identity.esia import expiry
from nmo_identity.login.commands import record_refusal
from nmo_kit.messaging import relay, runner
from nmo_notifications.webhooks import dispatcher
from nmo_registry.own_documents import metrics as documents
from nmo_registry.reference_books import metrics as books
from nmo_registry.sync import metrics as mirror

RULES = Path(__file__).resolve().parents[2] / "deploy" / "alerts.yml"
BROKERS_OWN = {"rabbitmq_detailed_queue_messages_ready"}
ALARMS = {
    "EventsWait", "EventStuck", "NoRelayLeads", "EventParked", "ConsumerWithoutDatabase", "EventsUnrouted",
    "PartnerRefuses", "PartnerPaused", "ProviderCertificateRunsOut", "ProviderRefusesUs",
    "WithdrawalUnheeded", "DocumentsLate", "CardsSetAside", "BookSetAside",
}  # fmt: skip


@pytest.mark.failure(
    "BROKER-DOWN", "NACKED", "UNROUTED", "POISON", "PARTNER-5XX", "PARTNER-4XX", "PARTNER-410"
)
def test_each_alarm_asks_for_a_metric_that_is_told() -> None:
    text = RULES.read_text(encoding="utf-8")
    expressions = re.findall(r"^\s+expr: (.+)$", text, re.MULTILINE)
    assert set(re.findall(r"- alert: (\w+)", text)) == ALARMS
    assert len(expressions) == len(ALARMS)
    told = {sample for family in REGISTRY.collect() for sample in (family.name, f"{family.name}_total")}
    for expression in expressions:
        asked = set(
            re.findall(
                r"\b(?:outbox|consumer|webhook|rabbitmq|provider|nmo_identity|nmo_registry)_\w+", expression
            )
        )
        assert asked, expression
        assert asked <= told | BROKERS_OWN, expression


def test_labels_of_the_rules_are_those_of_the_metrics() -> None:
    labels = {metric._name: set(metric._labelnames) for metric in (relay.OLDEST, relay.STUCK, relay.LEADER)}
    assert labels["outbox_oldest_seconds"] >= {"service"}
    assert labels["outbox_leader"] >= {"service", "lane"}
    assert set(runner.EVENTS_SEEN._labelnames) >= {"queue", "outcome"}
    assert set(expiry.NOT_AFTER._labelnames) >= {"provider", "use", "algorithm"}
    assert documents.LATE._labelnames == mirror.SET_ASIDE._labelnames == books.SET_ASIDE._labelnames == ()
    assert "service" in acknowledge.unheeded._labelnames
    assert set(record_refusal.REFUSALS._labelnames) >= {"provider", "reason"}
    assert dispatcher.PAUSED._labelnames == dispatcher.REFUSED._labelnames == ()
