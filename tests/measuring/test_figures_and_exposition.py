"""What is counted, and how Prometheus reads it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_plain

from aggregator.measuring import Figures, Histogram, Looked, LookedHost, LookedOutput, LookedSource
from aggregator.measuring.exposition import exposition
from aggregator.model import Asked, Code, PollPlan, SourceState

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def polled(code: Code = Code.OK, *asked: Asked, wire_bytes: int = 0) -> PollPlan:
    state = SourceState(source="a", next_poll_at=NOW, code=code)
    return PollPlan(source="a", state=state, asked=asked, wire_bytes=wire_bytes)


def asked(status: int | None, *, conditional: bool = False) -> Asked:
    return Asked(host="a:443", at=NOW, took=timedelta(seconds=1), conditional=conditional, status=status)


def looked(**facts: object) -> Looked:
    source = LookedSource(
        id="blog", state="ok", failures=0, last_success=1.0, next_poll=None, articles=3, requests=4, bytes=5
    )
    given: dict[str, object] = {
        "version": "1",
        "store_kind": "sqlite",
        "states": {"ok": 2, "failing": 0},
        "outputs": (LookedOutput(id="main", entries=3, bytes={"atom": 10}, left_out=0, held=False, failed=True),),
        "worst": (LookedHost(host="a:443", early=0, ignored_waits=2, rate_limited=0),),
        "sources": (source,),
    }
    return Looked(**(given | facts))  # type: ignore[arg-type]


def values(figures: Figures, looked: Looked) -> dict[str, float]:
    """Every sample by its name and labels, as they are written."""
    body, _ = exposition(figures, looked)
    lines = [line for line in body.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_a_poll_is_counted_by_code_with_its_requests_bytes_and_time() -> None:
    figures = Figures()
    figures.polled(polled(Code.NOT_MODIFIED, asked(301), asked(304, conditional=True), wire_bytes=120), 0.3)
    figures.polled(polled(Code.RATE_LIMITED, asked(429), wire_bytes=80), 0.3)
    figures.polled(polled(Code.TIMEOUT, asked(None)), 31)
    found = values(figures, looked())
    assert found['aggregator_polls_total{code="not_modified"}'] == 1
    assert found['aggregator_poll_requests_total{conditional="yes",status="304"}'] == 1
    assert found['aggregator_poll_requests_total{conditional="no",status="3xx"}'] == 1
    assert found['aggregator_poll_requests_total{conditional="no",status="none"}'] == 1
    assert found["aggregator_poll_requests_rate_limited_total"] == 1
    assert found["aggregator_poll_received_bytes_total"] == 200
    assert found["aggregator_poll_duration_seconds_count"] == 3
    assert found["aggregator_poll_duration_seconds_sum"] == pytest.approx(31.6)
    assert found['aggregator_poll_duration_seconds_bucket{le="0.5"}'] == 2


def test_a_bucket_holds_what_took_exactly_its_bound_and_all_below() -> None:
    figures = Figures()
    figures.publish = Histogram((1.0, 2.0))
    for seconds in (0.5, 1.0, 1.5, 2.5):
        figures.publish.observe(seconds)
    found = values(figures, looked())
    buckets = [found[f'aggregator_publish_duration_seconds_bucket{{le="{bound}"}}'] for bound in ("1.0", "2.0", "+Inf")]
    assert buckets == [2, 3, 4]


def test_answers_are_counted_by_class() -> None:
    figures = Figures()
    figures.answers.update({200: 3, 226: 1, 304: 5, 404: 2})
    found = values(figures, looked())
    assert [found[f'aggregator_http_answers_total{{status="{n}xx"}}'] for n in (2, 3, 4, 5)] == [4, 5, 2, 0]


def test_every_state_has_a_series_so_that_an_alert_on_it_can_be_written() -> None:
    found = values(Figures(), looked())
    assert (found['aggregator_sources{state="ok"}'], found['aggregator_sources{state="failing"}']) == (2, 0)


def test_only_what_a_host_has_to_complain_of_is_shown() -> None:
    found = values(Figures(), looked())
    hosts = {name: value for name, value in found.items() if "worst_host" in name}
    assert hosts == {'aggregator_worst_host_requests{host="a:443",reason="ignored_wait"}': 2}


def test_sources_have_series_only_where_they_are_looked_at() -> None:
    assert 'aggregator_source_state{source="blog",state="ok"}' in values(Figures(), looked())
    assert not [name for name in values(Figures(), looked(sources=())) if name.startswith("aggregator_source_")]


def test_what_is_not_known_has_no_sample() -> None:
    found = values(Figures(), looked(published_at=None))
    assert not [name for name in found if "last_publish" in name or "next_poll" in name]


def test_a_name_that_holds_quotes_and_line_breaks_is_one_label() -> None:
    host = LookedHost(host='a"\n\\b', early=1, ignored_waits=0, rate_limited=0)
    body, _ = exposition(Figures(), looked(worst=(host,)))
    [family] = [each for each in read_plain(body.decode()) if each.name == "aggregator_worst_host_requests"]
    assert [sample.labels["host"] for sample in family.samples] == ['a"\n\\b']


@pytest.mark.parametrize(
    "accept", ["application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.1"]
)
def test_who_asks_for_openmetrics_gets_it(accept: str) -> None:
    figures = Figures()
    figures.polled(polled(), 0.1)
    body, media_type = exposition(figures, looked(), accept)
    assert media_type == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert body.endswith(b"# EOF\n")
    names = {each.name for each in read_openmetrics(body.decode())}
    assert {"aggregator_polls", "aggregator_poll_duration_seconds", "process_start_time_seconds"} <= names


@pytest.mark.parametrize("accept", ["", "*/*", "text/plain;version=0.0.4", "application/openmetrics-text-x\r\nX: y;"])
def test_others_get_the_plain_format_and_nothing_of_what_they_asked(accept: str) -> None:
    body, media_type = exposition(Figures(), looked(), accept.replace("openmetrics-text-x", "json"))
    assert media_type == "text/plain; version=0.0.4; charset=utf-8"
    assert {each.name for each in read_plain(body.decode())} >= {"aggregator_build_info"}


def test_names_and_help_follow_the_conventions() -> None:
    """As ``promtool check metrics`` has it: base units, ``_total`` behind counters alone, help for all."""
    figures = Figures()
    figures.polled(polled(Code.OK, asked(200)), 0.1)
    body, _ = exposition(figures, looked(published_at=1.0))
    families = [each for each in read_plain(body.decode()) if each.name.startswith("aggregator_")]
    assert len(families) > 45
    for family in families:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", family.name), family.name
        assert family.documentation.endswith("."), family.name
        assert family.type in ("counter", "gauge", "histogram"), family.name
        assert not re.search(r"_(total|count|sum|bucket|info)$", family.name.removesuffix("build_info")), family.name
        assert not re.search(r"_(ms|milliseconds|minutes|hours|kb|mb|percent)(_|$)", family.name), family.name
        if family.type == "histogram":
            assert family.name.endswith("_seconds"), family.name
        if family.type == "counter":
            assert {sample.name for sample in family.samples} <= {f"{family.name}_total"}, family.name
        labels = {name for sample in family.samples for name in sample.labels}
        assert not labels & {"job", "instance", "le"} - {"le"}, family.name


def test_a_label_never_has_more_values_than_there_are_kinds() -> None:
    """10,000 sources give as many series as one, unless that is asked for."""
    many = Figures()
    for number in range(10_000):
        decided = polled(Code.OK, Asked(host=f"h{number}:443", at=NOW, took=timedelta(0), conditional=True, status=200))
        many.polled(decided, 0.1)
    one = Figures()
    one.polled(polled(Code.OK, asked(200, conditional=True)), 0.1)
    assert len(values(many, looked(sources=()))) == len(values(one, looked(sources=())))
