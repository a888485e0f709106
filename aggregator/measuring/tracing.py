"""Spans of polls and publishes, where the operator wants them. The only door to OpenTelemetry, which is an extra.

They go where the usual variables say (``OTEL_EXPORTER_OTLP_ENDPOINT`` or ``OTEL_EXPORTER_OTLP_TRACES_ENDPOINT``), by
OTLP over HTTP. Without one of the two nothing is imported, made or sent.
"""

from __future__ import annotations

from contextlib import nullcontext
from threading import Thread
from typing import TYPE_CHECKING, Any

from aggregator.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

log = get_logger()

PATIENCE = 2.0
"""Seconds: the exporter alone would try for ten, and the drain as a whole has to end within 15."""

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def wanted(environ: Mapping[str, str]) -> bool:
    """Whether the operator said where spans go, and did not switch them off."""
    said = any(environ.get(name, "").strip() for name in ENDPOINTS)
    disabled = environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return said and not disabled and environ.get("OTEL_TRACES_EXPORTER", "otlp").strip().lower() != "none"


class Traces:
    """Makes spans, or nothing: ``Traces()`` is off."""

    def __init__(self, provider: TracerProvider | None = None) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("aggregator") if provider is not None else None

    @classmethod
    def wanted_by(cls, environ: Mapping[str, str], *, version: str) -> Traces:
        """Spans where the environment asks for them; without the extra that is told, and nothing is traced."""
        if not wanted(environ):
            return cls()
        try:
            return cls.to(version=version)
        except ImportError as error:
            advice = "nothing is traced; run: pip install 'aggregator[otel]', or unset OTEL_EXPORTER_OTLP_ENDPOINT"
            log.warning("OpenTelemetry is not installed", missing=error.name, advice=advice)
            return cls()

    @classmethod
    def to(cls, exporter: SpanExporter | None = None, *, version: str) -> Traces:
        """Spans to this exporter, or to the one that the variables name. They are sent from a thread, a few seconds
        later; what cannot be sent is dropped. Raises ImportError where the extra is not installed."""
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        if exporter is None:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

            exporter = OTLPSpanExporter()
        # What the variables say (OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES) is preferred to what is said here.
        ours = Resource({"service.name": "aggregator", "service.version": version})
        said = Resource.create()
        named = said.attributes.get("service.name", "")
        resource = said.merge(ours) if str(named).startswith("unknown_service") else ours.merge(said)
        provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        provider.add_span_processor(BatchSpanProcessor(exporter))
        return cls(provider)

    @property
    def on(self) -> bool:
        """Whether spans are made."""
        return self._tracer is not None

    def span(self, name: str, **attributes: Any) -> AbstractContextManager[Any]:
        """What happens inside is one span; one inside another is its child, in the same task. Nothing of an exception
        is told: its message may hold an address with a key."""
        if self._tracer is None:
            return nullcontext()
        return self._tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        )

    def close(self) -> None:
        """Send what was not sent, for two seconds at most: call it in a thread. What a collector that cannot be reached
        was not told by then is dropped."""
        if self._provider is not None:
            ending = Thread(target=self._provider.shutdown, daemon=True)
            ending.start()
            ending.join(PATIENCE)
