"""What leaves the process in spans (T24): routes and times, nothing that people sent."""

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from nmo_kit.spans import CleanExporter

SECRET = "Свиристелькин 112-233-445 95"


def test_span_keeps_no_word_that_was_sent() -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(CleanExporter(kept)))
    sent = {
        "url.path": f"/api/v1/cycles/{SECRET}",
        "url.query": f"q={SECRET}",
        "user_agent.original": SECRET,
        "http.request.header.cookie": SECRET,
        "db.statement": "select * from person where id = $1",
        "http.route": "/api/v1/cycles/{cycle_id}",
    }
    with provider.get_tracer("t").start_as_current_span("GET", attributes=sent) as span:
        span.record_exception(ValueError(f"DETAIL: Key (name)=({SECRET})"))
        span.set_status(StatusCode.ERROR, f"IntegrityError {SECRET}")
    (found,) = kept.get_finished_spans()
    assert SECRET not in found.to_json(indent=None).encode().decode("unicode-escape", "replace")
    assert SECRET not in str((found.attributes, found.events[0].attributes, found.status.description))
    assert found.attributes == {
        "db.statement": "select * from person where id = $1",
        "http.route": "/api/v1/cycles/{cycle_id}",
    }
    assert dict(found.events[0].attributes or {}) == {"exception.type": "ValueError"}
    assert found.status.status_code is StatusCode.ERROR
