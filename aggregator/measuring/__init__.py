"""Measuring: what the running program counts of its own work, for the operator's instruments.

::

    Figures            counted where it happens, each in a microsecond     (plain)
    Looked             what takes a look: at the store, at the outputs     (plain)
    exposition(...)    both, as Prometheus reads them; the door to prometheus_client
    Traces             spans, where the operator wants them; the door to OpenTelemetry
"""

from aggregator.measuring.figures import Figures, Histogram
from aggregator.measuring.looked import Looked, LookedHost, LookedOutput, LookedSource
from aggregator.measuring.tracing import Traces

__all__ = ["Figures", "Histogram", "Looked", "LookedHost", "LookedOutput", "LookedSource", "Traces"]
