"""Spans go where the operator said, and cost nothing where he did not."""

from __future__ import annotations

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from aggregator.measuring import Traces
from aggregator.measuring.tracing import wanted

pytest.importorskip("opentelemetry.sdk", reason="the extra 'otel' is not installed")

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


@pytest.mark.parametrize(
    ("environ", "answer"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_SDK_DISABLED": "TRUE"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
        ({"OTEL_SERVICE_NAME": "planet"}, False),
    ],
)
def test_they_are_wanted_where_an_address_is_said(environ: dict[str, str], answer: bool) -> None:
    assert wanted(environ) is answer


def test_what_is_inside_is_a_child() -> None:
    exporter = InMemorySpanExporter()
    traces = Traces.to(exporter, version="1.2")
    with traces.span("poll", source="blog", poll="0a"), traces.span("fetch"):
        pass
    traces.close()
    fetch, poll = exporter.get_finished_spans()
    assert (fetch.name, poll.name) == ("fetch", "poll")
    assert fetch.parent is not None
    assert poll.context is not None
    assert (fetch.parent.span_id, poll.parent) == (poll.context.span_id, None)
    assert dict(poll.attributes or {}) == {"source": "blog", "poll": "0a"}
    assert poll.resource.attributes["service.name"] == "aggregator"
    assert poll.resource.attributes["service.version"] == "1.2"


def test_a_name_of_the_operators_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "planet")
    exporter = InMemorySpanExporter()
    traces = Traces.to(exporter, version="1")
    with traces.span("poll"):
        pass
    traces.close()
    assert exporter.get_finished_spans()[0].resource.attributes["service.name"] == "planet"


def test_they_are_sent_by_otlp_over_http() -> None:
    received: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        traces = Traces.to(OTLPSpanExporter(f"http://127.0.0.1:{server.server_port}/v1/traces"), version="1")
        with traces.span("publish"):
            pass
        traces.close()
        thread.join()
    [(path, body)] = received
    sent = ExportTraceServiceRequest.FromString(body)
    assert path == "/v1/traces"
    assert [span.name for each in sent.resource_spans for scope in each.scope_spans for span in scope.spans] == [
        "publish"
    ]


def test_an_error_inside_goes_on() -> None:
    exporter = InMemorySpanExporter()
    traces = Traces.to(exporter, version="1")
    with pytest.raises(ValueError, match="out"), traces.span("poll"):
        raise ValueError("out")
    traces.close()
    [span] = exporter.get_finished_spans()
    assert (list(span.events), span.status.description) == ([], None)  # its message may hold an address with a key


def test_off_nothing_is_imported_and_nothing_made() -> None:
    code = (
        "import sys; from aggregator.measuring import Traces; import aggregator.service\n"
        "traces = Traces.wanted_by({}, version='1')\n"
        "with traces.span('poll', source='a') as span: assert span is None\n"
        "traces.close()\n"
        "assert not [name for name in sys.modules if name.startswith(('opentelemetry', 'prometheus_client'))]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_missing_extra_is_told_and_stops_nothing() -> None:
    code = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "from aggregator.measuring import Traces\n"
        "environ = {'OTEL_EXPORTER_OTLP_ENDPOINT': 'http://127.0.0.1:9'}\n"
        "with Traces.wanted_by(environ, version='1').span('poll'): pass\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "pip install 'aggregator[otel]'" in ran.stdout + ran.stderr
