"""Publishers that keep a score notice who breaks a rule: for each, a reader that does and one that does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from scoring import DAY, HOUR, Answer, Ask, Scorer, sheet

START = datetime(2026, 11, 23, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ETAG = ("ETag", '"1"')
DATE = ("Last-Modified", "Mon, 23 Nov 2026 00:00:00 GMT")
POLITE = (
    ("Host", "a.example:80"),
    ("User-Agent", "reader/1.0 (+https://planet.example/)"),
    ("Accept", "application/atom+xml"),
    ("Accept-Encoding", "gzip, deflate"),
)
CONDITIONAL = (*POLITE, ("If-None-Match", ETAG[1]), ("If-Modified-Since", DATE[1]))
PLACES = {"a.example/feed": HOUR, "a.example/other": HOUR, "b.example/feed": HOUR}
GOOD = Answer(headers=(ETAG, DATE))
SAME = Answer(status=304)


def ask(after: timedelta, place: str = "a.example/feed", *more: tuple[str, str], **other: Any) -> Ask:
    """A polite request, conditional after the first."""
    host, _, path = place.partition("/")
    usual = POLITE if not after or place != "a.example/feed" else CONDITIONAL
    return Ask(at=START + after, host=host, target="/" + path, **{"headers": (*usual, *more)} | other)


Step = tuple[Ask, Answer]


def rules(*steps: Step, lost: tuple[int, ...] = ()) -> list[str]:
    """The rules that were broken; the answers to the requests at ``lost`` may not have been understood."""
    scorer = Scorer(dict(PLACES))
    for number, (request, answer) in enumerate(steps):
        ticket = scorer.hear(request)
        scorer.say(ticket, answer, request.at + answer.held)
        if number in lost:
            scorer.lose(ticket)
        scorer.close(ticket)
    return [each.rule for each in scorer.violations]


FIRST: Step = (ask(0 * HOUR), GOOD)
WAITS = Answer(status=429, headers=(("Retry-After", "7200"),), host_asks=2 * HOUR)
LATE = replace(WAITS, held=10 * SECOND)
LEADS = Answer(status=301, leads_to="b.example/feed")
BARE = Answer()


def plain(after: timedelta, place: str = "a.example/feed", **other: Any) -> Ask:
    """Without validators."""
    return ask(after, place, **{"headers": POLITE} | other)


@pytest.mark.parametrize(
    ("rule", "wrong", "right"),
    [
        ("interval", [FIRST, (ask(HOUR - SECOND), SAME)], [FIRST, (ask(HOUR), SAME)]),
        (
            "Retry-After",
            [FIRST, (ask(HOUR), WAITS), (ask(3 * HOUR - SECOND), SAME)],
            [FIRST, (ask(HOUR), WAITS), (ask(3 * HOUR), SAME)],
        ),
        (
            "Retry-After",  # it counts from the answer
            [FIRST, (ask(HOUR), LATE), (ask(3 * HOUR + 9 * SECOND), SAME)],
            [FIRST, (ask(HOUR), LATE), (ask(3 * HOUR + 10 * SECOND), SAME)],
        ),
        (
            "Retry-After",  # the whole host
            [FIRST, (ask(HOUR), WAITS), (ask(2 * HOUR, "a.example/other"), GOOD)],
            [FIRST, (ask(HOUR), WAITS), (ask(2 * HOUR, "b.example/feed"), GOOD)],
        ),
        (
            "freshness",
            [(ask(0 * HOUR), replace(GOOD, asks=2 * HOUR)), (ask(2 * HOUR - SECOND), SAME)],
            [(ask(0 * HOUR), replace(GOOD, asks=2 * HOUR)), (ask(2 * HOUR), SAME)],
        ),
        (
            "freshness",  # of a 304
            [FIRST, (ask(HOUR), replace(SAME, asks=2 * HOUR)), (ask(2 * HOUR), SAME)],
            [FIRST, (ask(HOUR), replace(SAME, asks=2 * HOUR)), (ask(3 * HOUR), SAME)],
        ),
        (
            "skipHours",
            [(ask(0 * HOUR), replace(GOOD, skip_hours=(2,))), (ask(2.9 * HOUR), SAME)],
            [(ask(0 * HOUR), replace(GOOD, skip_hours=(2,))), (ask(3 * HOUR), SAME)],
        ),
        (
            "back-off",  # 429 without a time
            [FIRST, (ask(HOUR), Answer(status=429)), (ask(4.9 * HOUR), SAME)],
            [FIRST, (ask(HOUR), Answer(status=429)), (ask(5 * HOUR), SAME)],
        ),
        (
            "back-off",
            [FIRST, (ask(HOUR), Answer(status=403)), (ask(4.9 * HOUR), SAME)],
            [FIRST, (ask(HOUR), Answer(status=403)), (ask(5 * HOUR), SAME)],
        ),
        (
            "back-off",
            [FIRST, (ask(HOUR), Answer(status=401)), (ask(5 * HOUR), Answer(status=401)), (ask(28 * HOUR), SAME)],
            [FIRST, (ask(HOUR), Answer(status=401)), (ask(5 * HOUR), Answer(status=401)), (ask(29 * HOUR), SAME)],
        ),
        (
            "back-off",
            [FIRST, (ask(HOUR), Answer(status=500)), (ask(2 * HOUR), Answer(status=404)), (ask(3.9 * HOUR), SAME)],
            [FIRST, (ask(HOUR), Answer(status=500)), (ask(2 * HOUR), Answer(status=404)), (ask(4 * HOUR), SAME)],
        ),
        (
            "back-off",
            [FIRST, *((ask(HOUR + n * 12 * HOUR), Answer(status=410)) for n in range(3)), (ask(30 * DAY), SAME)],
            [FIRST, *((ask(HOUR + n * 12 * HOUR), Answer(status=410)) for n in range(3)), (ask(32 * DAY), SAME)],
        ),
        (
            "back-off",  # each look costs a whole document
            [(ask(0 * HOUR), BARE), (plain(3.9 * HOUR), BARE)],
            [(ask(0 * HOUR), BARE), (plain(4 * HOUR), BARE)],
        ),
        (
            "host gap",
            [FIRST, (ask(0.9 * SECOND, "a.example/other"), GOOD)],
            [FIRST, (ask(SECOND, "a.example/other"), GOOD)],
        ),
        (
            "host gap",  # but for where it was sent
            [(ask(0 * HOUR, "a.example/other"), LEADS), (plain(0 * HOUR), GOOD)],
            [(ask(0 * HOUR, "a.example/other"), replace(LEADS, leads_to="a.example/feed")), (plain(0 * HOUR), GOOD)],
        ),
        ("unconditional", [FIRST, (plain(HOUR), GOOD)], [FIRST, (ask(HOUR), SAME)]),
        (
            "unconditional",  # an error changes nothing (F7)
            [FIRST, (ask(HOUR), Answer(status=500)), (plain(2 * HOUR), GOOD)],
            [FIRST, (ask(HOUR), Answer(status=500)), (ask(2 * HOUR), SAME)],
        ),
        (
            "validators",  # made up
            [(ask(0 * HOUR, headers=CONDITIONAL), GOOD)],
            [FIRST],
        ),
        (
            "validators",  # one of the two
            [FIRST, (plain(HOUR, headers=(*POLITE, ("If-None-Match", '"1"'))), SAME)],
            [FIRST, (ask(HOUR), SAME)],
        ),
        (
            "validators",  # altered
            [FIRST, (plain(HOUR, headers=(*POLITE, ("If-None-Match", 'W/"1"'), CONDITIONAL[-1])), SAME)],
            [FIRST, (ask(HOUR), SAME)],
        ),
        (
            "validators",  # stale (F3)
            [FIRST, (ask(HOUR), Answer(headers=(("ETag", '"2"'), DATE))), (ask(2 * HOUR), SAME)],
            [FIRST, (ask(HOUR), GOOD), (ask(2 * HOUR), SAME)],
        ),
        (
            "validators",  # replaced by a 304 (F4)
            [FIRST, (ask(HOUR), Answer(status=304, headers=(("ETag", '"2"'),))), (ask(2 * HOUR), SAME)],
            [FIRST, (ask(HOUR), SAME), (ask(2 * HOUR), SAME)],
        ),
        (
            "validators",  # of a document that came cut (F8)
            [FIRST, (ask(HOUR), Answer(headers=(("ETag", '"2"'),), cut=True)),
             (plain(2 * HOUR, headers=(*POLITE, ("If-None-Match", '"2"'))), SAME)],
            [FIRST, (ask(HOUR), Answer(headers=(("ETag", '"2"'),), cut=True)), (plain(2 * HOUR), SAME)],
        ),
        (
            "validators",  # sent to where a redirect leads (F11)
            [FIRST, (ask(HOUR), LEADS), (plain(HOUR, "b.example/feed", headers=CONDITIONAL), GOOD)],
            [FIRST, (ask(HOUR), LEADS), (plain(HOUR, "b.example/feed"), GOOD)],
        ),
        ("address", [(ask(0 * HOUR, "a.example/favicon.ico"), Answer(status=404))], [FIRST]),
        ("address", [(ask(0 * HOUR, "a.example/feed?utm_source=reader"), GOOD)], [FIRST]),
        ("method", [(ask(0 * HOUR, method="HEAD"), GOOD)], [FIRST]),
        ("body", [(ask(0 * HOUR, body=True), GOOD)], [FIRST]),
        ("User-Agent", [(ask(0 * HOUR, headers=(("User-Agent", "python-httpx/0.28"),)), GOOD)], [FIRST]),
        ("User-Agent", [(ask(0 * HOUR, headers=()), GOOD)], [FIRST]),
        ("User-Agent", [(ask(0 * HOUR, "a.example/feed", POLITE[1]), GOOD)], [FIRST]),
        (
            "Accept-Encoding",
            [FIRST, (ask(HOUR, "b.example/feed", ("Accept-Encoding", "br")), GOOD)],
            [FIRST, (ask(HOUR, "b.example/feed"), GOOD)],
        ),
        *[(name, [(ask(0 * HOUR, "a.example/feed", (name, "x")), GOOD)], [FIRST])
          for name in ("Cookie", "Referer", "Range", "From", "A-Im", "If-Range")],
    ],
)  # fmt: skip
def test_the_rule_is_kept(rule: str, wrong: list[Step], right: list[Step]) -> None:
    assert rules(*wrong) == [rule]
    assert rules(*right) == []


def test_two_connections_to_one_host_are_noticed() -> None:
    scorer = Scorer(dict(PLACES))
    first = scorer.hear(ask(0 * HOUR))
    scorer.hear(ask(5 * SECOND, "b.example/feed"))
    scorer.hear(ask(5 * SECOND, "a.example/other"))
    assert [each.rule for each in scorer.violations] == ["connections"]
    scorer.close(first)
    scorer.close(first)


def test_after_a_kill_either_of_two_memories_is_right_but_an_early_request_is_not() -> None:
    changed = (ask(HOUR), Answer(headers=(("ETag", '"2"'),)))
    old, new = (ask(2 * HOUR), SAME), (plain(2 * HOUR, headers=(*POLITE, ("If-None-Match", '"2"'))), SAME)
    assert rules(FIRST, changed, old, lost=(1,)) == rules(FIRST, changed, new, lost=(1,)) == []
    assert rules(FIRST, changed, (plain(2 * HOUR), GOOD), lost=(1,)) == ["unconditional"]
    assert rules(FIRST, (plain(HOUR), GOOD), lost=(0,)) == []
    assert rules(FIRST, (plain(HOUR - SECOND), GOOD), lost=(0,)) == ["interval"]
    assert rules(FIRST, (ask(HOUR), WAITS), (ask(2 * HOUR), SAME), lost=(1,)) == []


def test_the_sheet_says_when_which_rule_and_where() -> None:
    scorer = Scorer(dict(PLACES))
    for request in (ask(0 * HOUR, method="HEAD"), ask(HOUR, "a.example/robots.txt")):
        scorer.close(scorer.hear(request))
    counts, *lines = sheet(scorer.violations, most=1).splitlines()
    assert counts == "2 violations: address 1, method 1"
    assert lines == [
        "23 Nov 00:00:00.000000  method          a.example/feed                            HEAD instead of GET",
        "...",
    ]
