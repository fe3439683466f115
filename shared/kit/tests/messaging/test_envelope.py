import json
from datetime import date
from uuid import uuid4

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from nmo_contracts.registry import AccreditationRecordedV1
from nmo_kit.messaging import envelope
from nmo_kit.messaging.envelope import Envelope, InvalidEnvelopeError, parse, split_type, write_all
from nmo_testkit.probe import ThingMovedV1


def moved() -> ThingMovedV1:
    return ThingMovedV1(thing_id=uuid4(), step=1)


@pytest.mark.req("PAR-02")
def test_the_bytes_carry_every_context_attribute():
    payload = moved()
    body = json.loads(Envelope.of(payload, version=7).to_bytes())
    assert body["specversion"] == "1.0"
    assert body["type"] == "ru.nmo.probe.thing.moved.v1"
    assert body["source"] == "https://portal-nmo.example/probe"
    assert body["subject"] == body["partitionkey"] == f"thing/{payload.thing_id}"
    assert body["subjectversion"] == 7
    assert body["datacontenttype"] == "application/json"
    assert body["dataschema"].endswith("/probe.thing.moved.v1.json")
    assert body["correlationid"] == body["id"]
    assert body["data"] == {"thing_id": str(payload.thing_id), "step": 1}
    assert "causationid" not in body


def test_parsing_gives_back_what_was_written():
    event = Envelope.of(moved(), version=3)
    assert parse(event.to_bytes()) == event


def test_unknown_extension_attributes_and_data_fields_are_kept():
    body = json.loads(Envelope.of(moved(), version=1).to_bytes())
    body["region"] = "77"
    body["data"]["colour"] = "red"
    found = parse(json.dumps(body).encode())
    assert json.loads(found.to_bytes()) == body


def test_a_following_event_keeps_the_flow():
    first = Envelope.of(moved(), version=1)
    second = Envelope.of(moved(), version=1, causation=first)
    third = Envelope.of(moved(), version=2, causation=second)
    assert second.causationid == first.id
    assert third.causationid == second.id
    assert first.correlationid == second.correlationid == third.correlationid


def test_the_trace_of_the_request_goes_along():
    tracer = TracerProvider().get_tracer("test")
    with tracer.start_as_current_span("request") as span:
        event = Envelope.of(moved(), version=1)
    assert event.traceparent is not None
    assert f"{span.get_span_context().trace_id:032x}" in event.traceparent
    with trace.use_span(trace.INVALID_SPAN):
        assert Envelope.of(moved(), version=1).traceparent is None


def accredited() -> AccreditationRecordedV1:
    return AccreditationRecordedV1(
        specialist_id=uuid4(), document_id=uuid4(), kind="accreditation", specialty_key="VO-027",
        specialty_name="Терапия", series="", number="1", exam_on=date(2025, 1, 9), issued_on=date(2025, 1, 10),
        valid_until=None,
    )  # fmt: skip


@pytest.mark.req("PAR-02")
@pytest.mark.parametrize("traced", [True, False])
def test_many_written_at_once_have_the_bytes_of_each_alone(traced: bool):
    events = [(moved(), 1), (accredited(), 2)]
    tracer = TracerProvider().get_tracer("test")
    with tracer.start_as_current_span("load") if traced else trace.use_span(trace.INVALID_SPAN):
        written = list(write_all(events))
        for one, (payload, version) in zip(written, events, strict=True):
            alone = Envelope.of(payload, version=version, event_id=one.id, time=parse(one.body).time)
            assert one.body == alone.to_bytes()
            assert one[:4] == (alone.id, alone.subject, version, alone.type_name)
            assert one.trace.get("traceparent") == alone.traceparent


def broken(**changes: object) -> bytes:
    body = json.loads(Envelope.of(moved(), version=1).to_bytes())
    body.update(changes)
    return json.dumps({name: value for name, value in body.items() if value is not None}).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        broken(specversion="0.3"),
        broken(id="no uuid"),
        broken(id=None),
        broken(subject=""),
        broken(time="2026-01-01T00:00:00"),
        broken(type="com.example.thing.moved.v1"),
        broken(type="ru.nmo.probe.thing.moved"),
        broken(type="ru.nmo.Probe.thing.v1"),
        broken(subjectversion=-1),
        broken(subjectversion="one"),
        broken(data=None),
        broken(data=[1]),
        broken(datacontenttype="text/xml"),
        broken(dataclassification="secret"),
    ],
)
def test_what_is_no_event_is_refused_without_repeating_it(body: bytes):
    with pytest.raises(InvalidEnvelopeError) as caught:
        parse(body)
    assert "thing/" not in str(caught.value)


def test_the_major_version_is_told_apart():
    assert split_type("probe.thing.moved.v12") == ("probe.thing.moved", 12)
    with pytest.raises(ValueError, match="not a versioned"):
        split_type("probe.thing.moved")


def test_an_event_over_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(envelope, "MAX_BYTES", 100)
    with pytest.raises(ValueError, match="more than 100"):
        Envelope.of(moved(), version=1).to_bytes()
