"""``/ops.atom``: what has changed, as a feed that any reader takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
from lxml import etree
from validator import atom

from aggregator.alerting.feed import TOGETHER, for_everybody, ops_feed
from aggregator.model import HealthChange, Site

NOW = datetime(2026, 11, 23, 12, 0, 0, 5, tzinfo=UTC)
SITE = Site(title="Planet <&>", url="https://p.example/", id="tag:p.example,2026:p")


def change(seq: int, subject: str = "a", **fields: Any) -> HealthChange:
    given: dict[str, Any] = {
        "at": NOW + timedelta(seconds=seq), "kind": "source", "before": "ok", "after": "failing", "about": "failing",
        "text": "503 <script>alert(1)</script>", "url": "https://a.example/?a=1&b=2",
    }  # fmt: skip
    return HealthChange(seq=seq, subject=subject, **(given | fields))


def read(*changes: HealthChange) -> Any:
    return feedparser.parse(ops_feed(changes, SITE)).entries


def test_it_is_valid_with_and_without_entries(shared: Path) -> None:
    grammar = etree.RelaxNG(etree.parse(str(shared / "atom.rng")))
    many = [change(n, f"s{n}", at=NOW) for n in range(TOGETHER)]
    for changes in ((), (change(2, after="ok", before="failing"), change(1)), many):
        body = ops_feed(changes, SITE)
        assert grammar.validate(etree.fromstring(body)), grammar.error_log
        assert atom(body, "https://p.example/ops.atom", NOW + timedelta(days=1)) == []


def test_an_entry_has_an_id_for_ever_and_the_document_is_the_same_each_time() -> None:
    one, two = change(1), change(2, "b")
    assert ops_feed((two, one), SITE) == ops_feed((two, one), SITE)
    [first] = read(one)
    assert [each.id for each in read(two, one)][1] == first.id
    assert len({each.id for each in read(two, one)}) == 2


def test_what_a_stranger_says_is_text() -> None:
    [entry] = read(change(1))
    assert "&lt;script&gt;" in entry.content[0].value
    assert "<script>" not in entry.content[0].value


def test_what_xml_cannot_hold_hides_no_entry() -> None:
    [entry] = read(change(1, text="503 \x00\x1b[31m\ufffe", url="https://a.example/\x08", subject="a\x0c"))
    assert "<p>503 [31m</p>" in entry.content[0].value
    many = [change(n, f"s{n}\x1b", at=NOW) for n in range(TOGETHER)]
    assert len(read(*many)) == 1


def test_what_many_sources_have_in_common_is_one_entry() -> None:
    many = [change(n, f"s{n}", at=NOW) for n in range(TOGETHER)]
    [entry] = read(*many)
    assert entry.title == f"{TOGETHER} sources: failing"
    assert all(f"s{n} " in entry.content[0].value for n in range(TOGETHER))
    assert len(read(*many[1:])) == TOGETHER - 1


def test_a_private_output_and_a_receiver_are_not_named_to_everybody() -> None:
    held = change(1, "board", kind="output", after="held", about="held")
    lost = change(2, "phone", kind="receiver", after="unreachable", about="unreachable")
    source, other = change(3, "board"), change(4, "main", kind="output")
    assert for_everybody((held, lost, source, other), {"board"}) == (source, other)


def test_its_categories_say_what_it_is_of() -> None:
    repaired, broke = read(change(1), change(2, before="failing", after="ok"))
    assert {each.term for each in broke.tags} == {"source", "failing"}
    assert {each.term for each in repaired.tags} == {"source", "recovered"}
