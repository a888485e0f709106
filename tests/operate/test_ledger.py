"""How politely hosts were treated: the numbers for machines, the words for people."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.model import HostLedger
from aggregator.operate import ledger_in_words, ledger_rows, score

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
FINE = HostLedger(
    host="a.example:443",
    since=NOW - timedelta(days=3),
    last=NOW,
    requests=40,
    redirects=10,
    unconditional=2,
    not_modified=28,
    bytes=12_345,
)


@pytest.mark.parametrize(
    ("early", "ignored", "percent"), [(0, 0, 100), (1, 0, 97), (0, 1, 97), (1, 1, 95), (40, 0, 0), (10, 30, 0)]
)
def test_each_early_or_ignoring_request_lowers_the_score(early: int, ignored: int, percent: int) -> None:
    assert score(replace(FINE, early_polls=early, ignored_waits=ignored)) == percent


def test_a_single_wrong_among_thousands_is_not_rounded_away() -> None:
    assert score(replace(FINE, requests=100_000, early_polls=1)) == 99


def test_being_told_to_wait_is_no_fault_nor_is_a_redirect() -> None:
    assert score(replace(FINE, rate_limited=5, redirects=40)) == 100


def test_the_row_is_plain_values() -> None:
    (row,) = ledger_rows([replace(FINE, early_polls=1, ignored_waits=2, rate_limited=3)])
    assert row == {
        "host": "a.example:443",
        "since": "2026-11-20T10:00:00Z",
        "last": "2026-11-23T10:00:00Z",
        "requests": 40,
        "redirects": 10,
        "unconditional": 2,
        "not_modified": 28,
        "not_modified_share": 0.933,
        "rate_limited": 3,
        "early_polls": 1,
        "ignored_waits": 2,
        "bytes": 12_345,
        "score": 92,
    }
    assert json.loads(json.dumps(row)) == row


def test_where_there_were_only_redirects_nothing_could_be_unchanged() -> None:
    (row,) = ledger_rows([replace(FINE, redirects=40, not_modified=0)])
    assert row["not_modified_share"] is None
    assert "0 % unchanged" in ledger_in_words([replace(FINE, redirects=40, not_modified=0)])


def test_secrets_in_names_are_hidden() -> None:
    (row,) = ledger_rows([FINE], lambda text: text.replace("a.example", "***"))
    assert row["host"] == "***:443"


def test_one_host_is_named_and_several_are_counted_together() -> None:
    assert ledger_in_words([FINE]) == (
        "a.example:443: 40 requests since 2026-11-20, 93 % unchanged (304), 12,345 bytes, 0 early, 0 in a wait, "
        "0 answered 429 or 503, score 100"
    )
    once = HostLedger(host="b.example:443", since=NOW, last=NOW, requests=1, early_polls=1, rate_limited=1, bytes=5)
    assert ledger_in_words([FINE, once]) == (
        "2 hosts: 41 requests since 2026-11-20, 90 % unchanged (304), 12,350 bytes, 1 early, 0 in a wait, "
        "1 answered 429 or 503, score 97"
    )
    assert ledger_in_words([once]).startswith("b.example:443: 1 request since 2026-11-23, ")
