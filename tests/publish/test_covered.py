"""What an entry says of the other articles of its story."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from aggregator.model import Article, Member, Story
from aggregator.publish.covered import covered

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def article(name: str, **fields: Any) -> Article:
    given: dict[str, Any] = {
        "key": name * 32,
        "id": f"urn:{name}",
        "source": name,
        "raw_hash": b"",
        "fingerprint": b"",
        "title": f"Title {name}",
        "url": f"https://{name}.example/1",
        "content_html": "<p>Text</p>",
        "first_seen": NOW,
        "sort_at": NOW,
    }
    return Article(**(given | fields))


def member(made: Article, minutes: int = 0, *, shown: bool = True) -> Member:
    return Member(article=made, joined=NOW + minutes * MINUTE, shown=shown)


def said(*others: Member, joined: bool = True, **fields: Any) -> Article:
    own = article("a", **fields)
    story = Story(id="urn:uuid:0", members=(member(own), *others))
    return covered(own, story, lambda each: f"Source <{each.source}>", joined=joined)


def test_a_joined_entry_links_to_the_others_and_names_them_at_its_end() -> None:
    told = said(member(article("b", language="de")), member(article("c")))
    assert [(each.rel, each.href, each.title, each.hreflang) for each in told.links] == [
        ("related", "https://b.example/1", "Source <b>: Title b", "de"),
        ("related", "https://c.example/1", "Source <c>: Title c", None),
    ]
    assert told.content_html == (
        '<p>Text</p><p>Also covered by: <a href="https://b.example/1">Source &lt;b&gt;</a>, '
        '<a href="https://c.example/1">Source &lt;c&gt;</a></p>'
    )


def test_an_entry_without_content_says_its_summary_first() -> None:
    told = said(member(article("b")), content_html=None, summary="Fish & chips")
    assert told.content_html is not None
    assert told.content_html.startswith("<p>Fish &amp; chips</p><p>Also covered by: ")


def test_a_linked_entry_has_links_and_is_otherwise_as_it_was() -> None:
    told = said(member(article("b"), 30), joined=False)
    assert len(told.links) == 1
    assert (told.content_html, told.updated) == ("<p>Text</p>", None)


def test_what_is_not_shown_and_what_has_no_page_is_not_named() -> None:
    told = said(member(article("b"), shown=False), member(article("c", url=None)), member(article("d", url="data:x")))
    assert (told.links, told.content_html) == ((), "<p>Text</p>")


def test_it_is_updated_when_another_comes_but_not_twice_in_an_hour() -> None:
    def updated(*minutes: int) -> datetime | None:
        return said(*(member(article("bcde"[n]), each) for n, each in enumerate(minutes))).updated

    assert updated(0) is None
    assert updated(10) == NOW + 10 * MINUTE
    assert updated(10, 69) == NOW + 10 * MINUTE
    assert updated(10, 69, 70) == NOW + 70 * MINUTE
    assert updated(10, 40, 75, 100) == NOW + 75 * MINUTE


def test_who_is_gone_does_not_take_the_update_back_and_who_was_never_shown_makes_none() -> None:
    gone = article("b", deleted_at=NOW + timedelta(hours=5))
    assert said(member(gone, 10, shown=False)).updated == NOW + 10 * MINUTE
    assert said(member(article("b"), 10, shown=False)).updated is None


def test_its_own_later_edit_counts() -> None:
    later = NOW + timedelta(days=1)
    assert said(member(article("b"), 10), updated=later).updated == later
