"""Figures as Prometheus reads them: its text format, or OpenMetrics 1.0. The only door to prometheus_client.

Names follow Prometheus' conventions: base units, ``_total`` behind counters. docs/monitoring.md explains each; a test
compares the two. Labels have few values: of hosts only the worst are named, sources only where that is asked for.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from prometheus_client import Metric

    from aggregator.measuring.figures import Figures, Histogram
    from aggregator.measuring.looked import Looked

    Rows = Iterable[tuple[Sequence[str], float | None]]
    """Values of labels, and the value; ``None`` is left out."""

K = TypeVar("K")

PLAIN = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def exposition(figures: Figures, looked: Looked, accept: str = "") -> tuple[bytes, str]:
    """The body of an answer and its media type, by what the ``Accept`` of the request has.

    May take 100 ms where there are figures of 10,000 sources: call it in a thread.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Ours(figures, looked))
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    if "application/openmetrics-text" in accept.lower():
        return generate_openmetrics(registry), OPENMETRICS  # type: ignore[no-untyped-call]  # typed but for one default
    return generate_latest(registry), PLAIN


class _Ours(Collector):
    def __init__(self, figures: Figures, looked: Looked) -> None:
        self._figures = figures
        self._looked = looked

    def collect(self) -> Iterator[Metric]:
        yield from _of_program(self._looked)
        yield from _of_sources(self._looked)
        yield from _of_polls(self._figures)
        yield from _of_queue(self._looked)
        yield from _of_politeness(self._figures, self._looked)
        yield from _of_publishing(self._figures, self._looked)
        yield from _of_machine(self._figures, self._looked)
        yield from _of_readers(self._figures, self._looked)
        if self._looked.sources:
            yield from _of_each_source(self._looked)


def _of_program(looked: Looked) -> Iterator[Metric]:
    python = ".".join(map(str, sys.version_info[:3]))
    labels = ("version", "python", "store")
    yield _gauge("build_info", "Which program this is", labels, [((looked.version, python, looked.store_kind), 1)])
    yield _gauge("problems", "Problems of the service itself, as /status.json lists them", (), [((), looked.problems)])
    yield _gauge("offline", "1 while this machine seems to reach nobody", (), [((), looked.offline)])


def _of_sources(looked: Looked) -> Iterator[Metric]:
    yield _gauge("sources", "Sources by state", ("state",), _by_name(looked.states))
    yield _gauge("articles", "Articles that are known", (), [((), looked.articles)])
    yield _gauge("articles_held", "Articles that wait for the operator", (), [((), looked.held)])


def _of_polls(figures: Figures) -> Iterator[Metric]:
    yield _counter("polls", "Recorded polls by code", ("code",), _by_name(figures.polls))
    yield _histogram("poll_duration_seconds", "From the start of a poll until it is recorded", figures.poll)
    yield _histograms("step_duration_seconds", "Steps of polls and publishes", "step", figures.steps)
    requests = [(("yes" if conditional else "no", status), n) for (conditional, status), n in _items(figures.requests)]
    labels = ("conditional", "status")
    yield _counter("poll_requests", "Requests of polls, by whether they had validators, and answer", labels, requests)
    yield _counter("poll_received_bytes", "Bytes that polls took off the wire", (), [((), figures.received)])
    yield _counter("entries", "Entries by what became of them", ("change",), _by_name(figures.entries))


def _of_queue(looked: Looked) -> Iterator[Metric]:
    yield _gauge("queue_due_sources", "Sources whose time has come and that nobody polls yet", (), [((), looked.due)])
    yield _gauge("queue_polls_under_way", "Polls under way", (), [((), looked.under_way)])
    help_ = "How long the longest waiting source has been due, hosts that asked for a pause aside"
    yield _gauge("queue_oldest_overdue_seconds", help_, (), [((), looked.overdue)])


def _of_politeness(figures: Figures, looked: Looked) -> Iterator[Metric]:
    help_ = "Requests of polls that were answered 429 or 503"
    yield _counter("poll_requests_rate_limited", help_, (), [((), figures.rate_limited)])
    yield _gauge("hosts", "Hosts on record", (), [((), looked.hosts)])
    yield _gauge("hosts_early_polls", "Polls before their time, on record", (), [((), looked.early)])
    help_ = "Requests in a pause that a host had asked for, on record"
    yield _gauge("hosts_ignored_waits", help_, (), [((), looked.ignored_waits)])
    help_ = "The hosts with most to complain of, at most ten"
    rows = [
        ((each.host, reason), value)
        for each in looked.worst
        for reason, value in (
            ("early", each.early),
            ("ignored_wait", each.ignored_waits),
            ("rate_limited", each.rate_limited),
        )
        if value
    ]
    yield _gauge("worst_host_requests", help_, ("host", "reason"), rows)


def _of_publishing(figures: Figures, looked: Looked) -> Iterator[Metric]:
    yield _histogram("publish_duration_seconds", "One publish, of all outputs", figures.publish)
    yield _counter("publishes", "Publishes by result", ("result",), _by_name(figures.publishes))
    yield _counter("documents_written", "Documents whose bytes changed", (), [((), figures.written)])
    yield _gauge("last_publish_timestamp_seconds", "When something was published last", (), [((), looked.published_at)])
    yield _gauge(
        "output_entries", "Entries of each output", ("output",), [((each.id,), each.entries) for each in looked.outputs]
    )
    yield _gauge(
        "output_bytes",
        "Size of the document of each output and format",
        ("output", "format"),
        [((each.id, name), size) for each in looked.outputs for name, size in each.bytes.items()],
    )
    yield _gauge(
        "output_left_out_entries",
        "Entries that no document can hold",
        ("output",),
        [((each.id,), each.left_out) for each in looked.outputs],
    )
    yield _gauge(
        "output_held",
        "1 where the last good documents stay until the operator decides",
        ("output",),
        [((each.id,), each.held) for each in looked.outputs],
    )
    yield _gauge(
        "output_failed",
        "1 where an output cannot be published, and its last good documents stay",
        ("output",),
        [((each.id,), each.failed) for each in looked.outputs],
    )


def _of_machine(figures: Figures, looked: Looked) -> Iterator[Metric]:
    yield _histogram("event_loop_lag_seconds", "How much later than it should the event loop came round", figures.lag)
    help_ = "Calls of the store, the wait for its thread included"
    yield _histogram("store_call_duration_seconds", help_, figures.store)
    yield _gauge("store_size_bytes", "Size of the database", (), [((), looked.store_bytes)])
    yield _counter("workers_started", "Processes started to read documents", (), [((), looked.workers_started)])
    help_ = "Processes that read documents and died, or had to be ended by force"
    yield _counter("workers_lost", help_, (), [((), looked.workers_lost)])


def _of_readers(figures: Figures, looked: Looked) -> Iterator[Metric]:
    classes = {"1xx": 0, "2xx": 0, "3xx": 0, "4xx": 0, "5xx": 0}
    for status, n in _items(figures.answers):
        classes[f"{status // 100}xx"] += n
    yield _counter("http_answers", "Answers of the web server by class of status", ("status",), _by_name(classes))
    yield _gauge("http_connections", "Open connections of the web server", (), [((), looked.connections)])
    yield _gauge("subscribers", "Readers of what is published", (), [((), looked.subscribers)])
    yield _gauge("websub_subscriptions", "Subscriptions at our hub", (), [((), looked.subscriptions)])
    help_ = "Those of them whose last delivery failed"
    yield _gauge("websub_subscriptions_failing", help_, (), [((), looked.subscriptions_failing)])
    yield _counter("websub_deliveries", "Deliveries by result", ("result",), _by_name(figures.deliveries))
    yield _counter("admin_calls", "Calls of the admin API by result", ("result",), _by_name(figures.admin))
    help_ = "Receivers of alerts that cannot be reached"
    yield _gauge("alert_receivers_failing", help_, (), [((), looked.failing_receivers)])


def _of_each_source(looked: Looked) -> Iterator[Metric]:
    every = looked.sources
    yield _gauge(
        "source_state", "The state of each source: always 1", ("source", "state"), [((e.id, e.state), 1) for e in every]
    )
    of = ("source",)
    yield _gauge("source_failures", "Failures in a row", of, [((each.id,), each.failures) for each in every])
    help_ = "When a look last went well"
    rows = [((each.id,), each.last_success) for each in every]
    yield _gauge("source_last_success_timestamp_seconds", help_, of, rows)
    help_ = "When it is looked at next"
    yield _gauge("source_next_poll_timestamp_seconds", help_, of, [((each.id,), each.next_poll) for each in every])
    yield _gauge("source_articles", "Articles that are known", of, [((each.id,), each.articles) for each in every])
    yield _counter(
        "source_requests", "Requests, since it was added", of, [((each.id,), each.requests) for each in every]
    )
    help_ = "Bytes off the wire, since it was added"
    yield _counter("source_received_bytes", help_, of, [((each.id,), each.bytes) for each in every])


def _items(counts: Mapping[K, int]) -> list[tuple[K, int]]:
    """At one moment: the event loop goes on counting. A copy is made in one piece."""
    return list(dict(counts).items())


def _by_name(counts: Mapping[str, int]) -> Rows:
    return [((name,), value) for name, value in sorted(_items(counts))]


def _gauge(name: str, help_: str, labels: Sequence[str], rows: Rows) -> Metric:
    family = GaugeMetricFamily(f"aggregator_{name}", f"{help_}.", labels=labels)
    for values, value in rows:
        if value is not None:
            family.add_metric(values, float(value))
    return family


def _counter(name: str, help_: str, labels: Sequence[str], rows: Rows) -> Metric:
    family = CounterMetricFamily(f"aggregator_{name}", f"{help_}.", labels=labels)
    for values, value in rows:
        if value is not None:
            family.add_metric(values, float(value))
    return family


def _histogram(name: str, help_: str, histogram: Histogram) -> Metric:
    family = HistogramMetricFamily(f"aggregator_{name}", f"{help_}.", labels=())
    family.add_metric((), *_buckets(histogram))
    return family


def _histograms(name: str, help_: str, label: str, histograms: Mapping[str, Histogram]) -> Metric:
    family = HistogramMetricFamily(f"aggregator_{name}", f"{help_}.", labels=(label,))
    for value, histogram in sorted(dict(histograms).items()):
        family.add_metric((value,), *_buckets(histogram))
    return family


def _buckets(histogram: Histogram) -> tuple[list[tuple[str, float]], float]:
    """What was counted up to each bound, as the formats want it: each bucket holds those before it."""
    counts, total, below = list(histogram.counts), histogram.total, 0
    buckets: list[tuple[str, float]] = []
    for bound, count in zip((*map(str, histogram.bounds), "+Inf"), counts, strict=True):
        below += count
        buckets.append((bound, float(below)))
    return buckets, total
