"""docs/polling.md says when sources are looked at: with the numbers and words of the code."""

from __future__ import annotations

import re

import pytest
from pages import PROJECT, rows, section

from aggregator.articles import replaced
from aggregator.model import HostLedger, Polling, Source
from aggregator.operate import health, ledger_rows
from aggregator.operate.moved import MOVED_OVER, MOVED_POLLS
from aggregator.schedule.next_poll import (
    CRASHES,
    FOLDER_INTERVAL,
    GONE_AFTER,
    GONE_PROBE,
    GONE_WITHIN,
    JITTER,
    LONGEST_WAIT,
    RATE_LIMITED,
    REFRESH_RETRY,
    REFUSED,
    _words,
)
from aggregator.schedule.spread import GAP, STARTS_PER_SECOND
from aggregator.store import articles as store_articles
from aggregator.store.ledger import KEPT
from aggregator.store.schema import NEVER

PAGE = PROJECT / "docs" / "polling.md"
READ = "A feed that can be read"
ASKED = "What a look asks for"
TREATED = "How each host is treated"
FAILED = "A feed that cannot be read"
MOVED = "A feed that has moved"
REPLACED = "A feed that was replaced"


def words(title: str) -> str:
    return " ".join(section(PAGE, title).split())


SENTENCES = [
    (READ, f"is read every `polling.without_validators` ({_words(Polling().without_validators)}):"),
    (ASKED, f"for `refresh` ({_words(Source(id='a').refresh)})"),
    (ASKED, "it is tried again a day later" if REFRESH_RETRY.days == 1 else ""),
    (READ, f"at a rate of {STARTS_PER_SECOND} a second"),
    (TREATED, f"is forgotten {_words(KEPT)} after its last request"),
    (FAILED, f"at most {_words(LONGEST_WAIT)} later"),
    (FAILED, f"without `Retry-After` after {_words(RATE_LIMITED)};"),
    (FAILED, f"| after {_words(REFUSED[0])}, then every {_words(REFUSED[1])} |"),
    (FAILED, f"| after {_words(GONE_WITHIN / 2)}; "),
    (
        FAILED,
        f"; after {GONE_AFTER} such answers in a row over at least {_words(GONE_WITHIN)} the source counts as gone",
    ),
    (FAILED, f"counts as gone and is asked every {_words(GONE_PROBE)} |"),
    (FAILED, f"`parse_crash`, {CRASHES} times in a row"),
    (MOVED, f"once {MOVED_POLLS} looks in a row over at least {MOVED_OVER.days} days led"),
    (REPLACED, f"of titles under {replaced.TELLING} characters, two"),
    (REPLACED, f"At least {replaced.HISTORY} articles of the source are known"),
    (REPLACED, f"of its newest {store_articles.HISTORY} articles lead"),
    (FAILED, f"after {health.MISSING_AFTER} such answers in a row over at least {_words(health.MISSING_OVER)}"),
]


@pytest.mark.parametrize(("title", "sentence"), SENTENCES)
def test_a_number_is_that_of_the_code(title: str, sentence: str) -> None:
    assert sentence in words(title)


def test_every_number_of_a_host_is_explained() -> None:
    named = [name for row in rows(section(PAGE, TREATED)) for name in re.findall("`([a-z_]+)`", row[0])]
    (shown,) = ledger_rows([HostLedger(host="a.example:443", since=NEVER, last=NEVER, requests=1)])
    assert sorted(["host", *named]) == sorted(shown)


@pytest.mark.parametrize(
    ("sentence", "holds"),
    [
        ("up to a tenth of the time later than this, never sooner", JITTER == 0.1),
        ("asked at most once a second", GAP.total_seconds() == 1),
        ("A local folder is read every minute", FOLDER_INTERVAL.total_seconds() == 60),
    ],
)
def test_a_number_in_words_is_that_of_the_code(sentence: str, holds: bool) -> None:
    assert sentence in words(READ)
    assert holds
