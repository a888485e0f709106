"""The story of one article: what each step tells, and which of several reasons is the one that decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.model import (
    ABSENT,
    ABSORBED,
    DENIED,
    DROPPED,
    EARLIER,
    FLOOD,
    FOLDED,
    OPERATOR,
    PUBLISHER,
    Article,
    Code,
    FeedInfo,
    Member,
    Source,
    SourceState,
    Story,
    Version,
)
from aggregator.operate import Facts, Fate, InOutput, Ruled, explain

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ARTICLE = Article(
    key="a" * 32, id="tag:a.example,2026:1", source="a", raw_hash=b"", fingerprint=b"", title="One",
    url="https://a.example/1", published=NOW, first_seen=NOW, sort_at=NOW,
)  # fmt: skip
OTHER = replace(ARTICLE, key="b" * 32, id="tag:b.example,2026:1", source="b", title="Other")
MAIN = InOutput(id="main", place=3, taken=True, query=None, limit=9, per_source=None, entries=9, oldest=NOW)
AWAY = replace(MAIN, place=None)
SOURCE = Source(id="a", url="https://a.example/feed")
STATE = SourceState(source="a", next_poll_at=NOW, code=Code.OK, last_success=NOW, upstream=("a" * 32,))


def facts(*, outputs: tuple[InOutput, ...] = (AWAY,), visible: bool = False, **said: Any) -> Facts:
    """An article that is as told, and what else is known."""
    names = set(Article.__dataclass_fields__) - {"original"}
    article = replace(ARTICLE, **{name: value for name, value in said.items() if name in names and name != "source"})
    rest = {name: value for name, value in said.items() if name not in names or name == "source"}
    usual: dict[str, Any] = {"source": SOURCE, "state": STATE}
    return Facts(
        asked=article.id, now=NOW, article=article, found_by="id", visible=visible, outputs=outputs, **usual | rest
    )


STORY = Story(
    id="urn:uuid:0",
    members=(Member(article=OTHER, joined=NOW, shown=True), Member(article=ARTICLE, joined=NOW, shown=True)),
)


@pytest.mark.parametrize(
    ("known", "fate", "words"),
    [
        (facts(outputs=(MAIN,), visible=True), Fate.SHOWN, "in main, since 2026-11-23"),
        (facts(outputs=(MAIN,), pending=True), Fate.UNPUBLISHED, "the next publish has it in main"),
        (facts(outputs=(MAIN,), pending=True, published_at=NOW), Fate.SHOWN, "in main"),
        (facts(deleted_by=OPERATOR, deleted_at=NOW, hidden_at=NOW, left_out="drop"), Fate.RETRACTED, "--undo"),
        (facts(deleted_by=PUBLISHER, deleted_at=NOW, left_out="drop x"), Fate.WITHDRAWN, "deleted by its publisher"),
        (facts(deleted_by=ABSENT, deleted_at=NOW), Fate.WITHDRAWN, "no longer in its folder"),
        (facts(hidden_at=NOW, left_out="drop x"), Fate.HIDDEN, "by the operator"),
        (facts(removed_at=NOW, on_remove="tombstone"), Fate.REMOVED, "its on_remove is tombstone"),
        (facts(left_out=DENIED), Fate.DENIED, "its publisher asks"),
        (facts(left_out="drop rule 'x' matched", held="flood"), Fate.DROPPED, "drop rule 'x' matched"),
        (facts(left_out="keep rule 'x' did not match"), Fate.NOT_KEPT, "keep rule 'x' did not match"),
        (facts(held=FOLDED, told_in="2 more"), Fate.FOLDED, '"2 more" lists it'),
        (facts(held=FOLDED), Fate.FOLDED, "the entry of that day lists it"),
        (facts(held=f"{FLOOD}many old ones"), Fate.HELD, "many old ones; 'aggregator release a' lets it go"),
        (facts(held=EARLIER), Fate.EARLIER, "not among the newest"),
        (facts(held=ABSORBED), Fate.NEVER_SHOWN, "released silently"),
        (facts(held=DROPPED), Fate.NEVER_SHOWN, "refused by the operator"),
        (facts(duplicate_of="b" * 32, original=OTHER), Fate.DUPLICATE, 'of "Other" of b'),
        (facts(duplicate_of="b" * 32), Fate.DUPLICATE, "b" * 32),
        (facts(not_before=NOW + timedelta(days=1)), Fate.NOT_YET, "from 2026-11-24"),
        (facts(pruned_at=NOW, title="", url=None), Fate.PRUNED, "is not kept since"),
        (facts(visible=True, outputs=(replace(AWAY, taken=False),)), Fate.NOT_TAKEN, "the query of no output"),
        (facts(visible=True, story=STORY, outputs=(replace(AWAY, entries=2),)), Fate.COVERED, '"Other" of b stands'),
        (facts(visible=True), Fate.EXPIRED, "main: it has the newest 9, back to 2026-11-23"),
        (
            facts(visible=True, outputs=(replace(AWAY, entries=2, per_source=2),)),
            Fate.EXPIRED,
            "main: it has the newest 2 of each source",
        ),
    ],
)  # fmt: skip
def test_of_several_reasons_the_weightiest_decides(known: Facts, fate: Fate, words: str) -> None:
    told = explain(known)
    assert told.fate is fate
    assert words in told.because
    assert told.shown == (fate is Fate.SHOWN)


@pytest.mark.parametrize(
    ("known", "step", "words"),
    [
        (facts(published=None), "date", "its source gives no date; it stands where it was first seen"),
        (facts(published=NOW), "date", "2026-11-23T10:00:00Z, as its source says"),
        (facts(published=NOW + timedelta(microseconds=7)), "date", "10:00:00Z, as its source says"),
        (facts(published=NOW + timedelta(days=1)), "date", "that was to come, so it stands at 2026-11-23"),
        (facts(published=NOW - timedelta(days=9)), "date", "found late, it stands at 2026-11-23"),
        (facts(not_before=NOW), "date", "not to be shown before 2026-11-23"),
        (facts(), "key", "told apart by their ids, else their links"),
        (facts(state=replace(STATE, identity="link")), "key", "by their link, as learnt"),
        (facts(state=replace(STATE, identity="link?")), "key", "by their ids, else"),
        (facts(source=replace(SOURCE, identity="title")), "key", "by their title, as configured"),
        (facts(source=Source(id="a", folder=Path("x"))), "key", "by their ids, else their paths"),
        (facts(aliases=("c" * 32,)), "key", f"it came under other names too: {'c' * 32}"),
        (facts(), "id", "tag:a.example,2026:1, its source's own"),
        (facts(minted=True), "id", "made here: its source gives it none"),
        (facts(claimed_id="urn:x"), "id", "urn:x, which its source gave it, is another article's"),
        (facts(), "fetched", "it is in the last document that was read"),
        (facts(state=replace(STATE, upstream=())), "fetched", "it is not in the last document"),
        (facts(state=replace(STATE, failures=2, detail="no such host")), "fetched", "failed: no such host"),
        (facts(state=replace(STATE, road="feedparser", info=FeedInfo(format="rss20"))), "read", "rss20, by feedparser"),
        (facts(warnings=("its date is impossible",)), "read", "its date is impossible"),
        (facts(rules=(Ruled(name="keep", text="x", matches=True),)), "rules", "keep 'x' matches"),
        (facts(through=("p", "q")), "copies", "also in p, q"),
        (facts(versions=(Version(key="a", at=NOW, note="title", title="Then"),)), "edits", "11-23T10:00:00Z: title"),
        (facts(flips=3), "edits", "went back 3 times"),
        (facts(pinned_at=NOW), "hand", "pinned by the operator"),
        (facts(story=STORY), "story", 'told with "Other" of b'),
        (facts(others=(OTHER,)), "article", "1 more at this address: tag:b.example,2026:1 of b"),
    ],
)  # fmt: skip
def test_each_step_tells_what_it_did(known: Facts, step: str, words: str) -> None:
    said = [text for name, text in explain(known).steps if name == step]
    assert any(words in each for each in said), said


def test_a_step_without_anything_to_say_is_silent() -> None:
    names = {name for name, _ in explain(facts()).steps}
    assert names == {"article", "fetched", "key", "id", "date", "output"}


def test_no_output_gives_a_reason_of_its_own_for_what_is_kept_out_before() -> None:
    told = explain(facts(hidden_at=NOW))
    assert [text for name, text in told.steps if name == "output"] == ["main: no"]


def test_every_fate_is_on_the_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "explain.md").read_text(encoding="utf-8")
    assert [each for each in Fate if f"`{each}`" not in page] == []
