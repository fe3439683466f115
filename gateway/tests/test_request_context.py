"""A request's ids are the same wherever they are told, with spans and without."""

from contextlib import nullcontext

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from nmo_gateway.edge.context import RequestContext, trace_fields
from nmo_gateway.limits.address import AddressBook
from nmo_kit import context


@pytest.mark.req("GWY-01")
@pytest.mark.parametrize("traced", [True, False])
@pytest.mark.parametrize("fault", [None, OSError("broken")])
async def test_answer_log_and_calls_carry_the_same_ids(traced, fault):
    spans, seen, sent = InMemorySpanExporter(), {}, []

    async def inner(scope, _receive, send):
        seen.update({name.decode(): value.decode() for name, value in trace_fields()}, log=context.trace_id())
        scope["state"]["route_label"] = "/x/*"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if fault:
            raise fault

    async def send(message):
        sent.append(message)

    layer = RequestContext(inner, AddressBook(""), traced=traced)
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    layer._tracer = provider.get_tracer("test")
    scope = {"type": "http", "method": "GET", "path": "/x/1", "headers": [], "client": ("192.0.2.7", 1)}
    with pytest.raises(OSError, match="broken") if fault else nullcontext():
        await layer(scope, None, send)

    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    version, trace_id, span_id, flags = seen["traceparent"].split("-")
    assert (version, bool(int(flags, 16) & 1)) == ("00", traced)
    assert int(span_id, 16)
    assert len(trace_id) == 32
    assert told["x-trace-id"] == trace_id == seen["log"]
    assert told["x-request-id"] == seen["x-request-id"] == context.request_id.get()
    assert seen["x-client-network"] == "192.0.2.0/24"
    found = [
        (span.name, f"{span.context.trace_id:032x}", f"{span.context.span_id:016x}", len(span.events))
        for span in spans.get_finished_spans()
    ]
    assert found == ([("GET /x/*", trace_id, span_id, 1 if fault else 0)] if traced else [])
    assert all(span.status.status_code is StatusCode.UNSET for span in spans.get_finished_spans())
