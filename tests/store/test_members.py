"""Which articles an output has taken: what is asked again, what has a row, and what stays."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from aggregator.model import ABSENT, EARLIER, Kept
from aggregator.store.schema import output_entries

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.model import Article, Source
    from aggregator.store import Store


@pytest.fixture
def work_off(store: Store, make: Any) -> Callable[..., None]:
    """Works the queue off: ``wants`` says of an article whether the output takes it."""

    def work(
        wants: Callable[[Article], bool] = lambda article: True, *, output: str = "main", **settings: bool
    ) -> None:
        while (found := store.outputs.queued(100, make.now, copies=settings.get("copies", False))).numbers:
            store.outputs.take(found, {output: [each.key for each in found.articles if wants(each)]})

    return work


def sync(store: Store, make: Any, *sources: Source) -> None:
    """With hosts that may be asked again at once."""
    make.sync(store, *sources, gap=timedelta(0))


def rows(store: Store, output: str = "main") -> dict[str, tuple[int | None, bool]]:
    with store._database.reading() as db:
        found = select(output_entries).where(output_entries.c.output == output)
        return {row.key: (row.archive, row.taken) for row in db.execute(found)}


def archive(store: Store, number: int = 7) -> None:
    """Every row there is was published in this archive document."""
    with store._database.writing() as db:
        db.execute(update(output_entries).values(archive=number))


def titles(store: Store, make: Any, **wanted: Any) -> list[str]:
    return [each.title for each in store.articles.newest(10, now=make.now, output="main", **wanted)]


def test_an_output_has_what_it_took_the_newest_first_and_nothing_else(
    store: Store, make: Any, work_off: Callable[..., None]
) -> None:
    sync(store, make, make.source())
    articles = [make.article(n, sort_at=make.now - n * make.minute) for n in range(4)]
    make.record(store, new=tuple(articles))
    work_off(lambda article: article.title != "Article 1")

    assert titles(store, make) == ["Article 0", "Article 2", "Article 3"]
    after = (articles[2].sort_at, articles[2].key)
    assert titles(store, make, before=after) == ["Article 3"]
    assert store.articles.newest(10, now=make.now, output="other") == ()


def test_an_article_is_asked_about_once(store: Store, make: Any, work_off: Callable[..., None]) -> None:
    sync(store, make, make.source())
    make.record(store, new=(make.article(),))
    work_off()
    assert store.outputs.queued(10, make.now, copies=False).keys == frozenset()

    make.record(store, untouched=((make.article().key, b"other", 0),))
    assert store.outputs.queued(10, make.now, copies=False).keys == frozenset()


@pytest.mark.parametrize("how", ["updated", "refreshed"])
def test_an_article_that_changed_is_asked_about_again(
    store: Store, make: Any, work_off: Callable[..., None], how: str
) -> None:
    sync(store, make, make.source())
    make.record(store, new=(make.article(),))
    work_off()
    make.record(store, **{how: (make.article(content_html="<p>Another text</p>"),)})
    (found,) = store.outputs.queued(10, make.now, copies=False).articles
    assert found.content_html == "<p>Another text</p>"
    work_off(lambda article: False)
    assert rows(store) == {}


def test_what_changes_between_the_question_and_the_answer_is_asked_about_again(store: Store, make: Any) -> None:
    sync(store, make, make.source())
    make.record(store, new=(make.article(),))
    asked = store.outputs.queued(10, make.now, copies=False)
    make.record(store, refreshed=(make.article(content_html="<p>Another text</p>"),))
    store.outputs.take(asked, {"main": list(asked.keys)})
    (found,) = store.outputs.queued(10, make.now, copies=False).articles
    assert found.content_html == "<p>Another text</p>"


def test_what_is_in_an_archive_stays_and_is_no_longer_taken(
    store: Store, make: Any, work_off: Callable[..., None]
) -> None:
    sync(store, make, make.source())
    article = make.article()
    make.record(store, new=(article,))
    work_off()
    archive(store)
    make.record(store, updated=(make.article(title="Other", updated=make.now),))
    work_off(lambda article: False)
    assert rows(store) == {article.key: (7, False)}
    assert titles(store, make) == []


def test_what_is_edited_is_archived_again_and_what_is_only_said_otherwise_is_not(
    store: Store, make: Any, work_off: Callable[..., None]
) -> None:
    sync(store, make, make.source())
    edited, refreshed = make.article("edited"), make.article("refreshed")
    make.record(store, new=(edited, refreshed))
    work_off()
    archive(store)
    make.record(
        store,
        updated=(make.article("edited", title="Other", updated=make.now),),
        refreshed=(make.article("refreshed", summary="Other"),),
    )
    work_off()
    assert rows(store) == {edited.key: (None, True), refreshed.key: (7, True)}


def test_what_is_taken_back_hidden_or_left_out_waits_for_no_archive(
    store: Store, make: Any, work_off: Callable[..., None]
) -> None:
    sync(store, make, make.source())
    names = ("withdrawn", "deleted", "retracted", "hidden", "left out", "held", "earlier")
    keys = {name: make.article(name).key for name in names}
    make.record(
        store,
        new=tuple(make.article(name) for name in names[:5]),
        held=(make.article("held", held="flood: 9 at once"),),
        earlier=(make.article("earlier", held=EARLIER),),
    )
    work_off()
    assert rows(store).keys() == {keys[name] for name in names[:5]}
    make.record(store, withdrawn=(keys["withdrawn"],), deleted=(keys["deleted"],))
    store.articles.operate("retract", [keys["retracted"]], make.now)
    store.articles.operate("hide", [keys["hidden"]], make.now)
    store.articles.mark_left_out({keys["left out"]: "keep rule"})
    work_off()
    assert rows(store) == {}

    make.record(store, updated=(make.article("withdrawn"),))
    store.articles.operate("retract", [keys["retracted"]], make.now, undo=True)
    store.articles.operate("hide", [keys["hidden"]], make.now, undo=True)
    store.articles.mark_left_out({keys["left out"]: None})
    store.articles.let_go("a", make.now)
    work_off()
    back = ("withdrawn", "retracted", "hidden", "left out", "held")
    assert rows(store).keys() == {keys[name] for name in back}


def test_a_copy_has_a_row_only_while_it_is_shown(store: Store, make: Any, work_off: Callable[..., None]) -> None:
    sync(store, make, make.source("a"), make.source("b", on_remove="drop"), make.source("c"))
    owner = make.article("one", "b")
    first = make.article("copy", "a", duplicate_of=owner.key)
    second = make.article("copy", "c", duplicate_of=owner.key, first_seen=make.now + make.minute)
    make.record(store, "b", new=(owner,))
    make.record(store, "a", new=(first,))
    make.record(store, "c", new=(second,))
    work_off()
    assert rows(store).keys() == {owner.key}

    store.articles.mark_left_out({owner.key: "drop rule"})
    work_off()
    assert rows(store).keys() == {first.key}
    make.record(store, "a", withdrawn=(first.key,))
    work_off()
    assert rows(store).keys() == {second.key}
    store.articles.mark_left_out({owner.key: None})
    work_off()
    assert rows(store).keys() == {owner.key}

    sync(store, make, make.source("a"), make.source("c"))
    work_off()
    assert rows(store).keys() == {owner.key, second.key}
    assert titles(store, make) == [second.title]
    sync(store, make, make.source("a"), make.source("b", on_remove="drop"), make.source("c"))
    work_off()
    assert rows(store).keys() == {owner.key}


def test_where_all_copies_are_shown_each_has_a_row(store: Store, make: Any, work_off: Callable[..., None]) -> None:
    sync(store, make, make.source("a"), make.source("b"))
    owner, copy = make.article("one", "b"), make.article("copy", "a", duplicate_of=make.article("one", "b").key)
    make.record(store, "b", new=(owner,))
    make.record(store, "a", new=(copy,))
    work_off(copies=True)
    assert rows(store).keys() == {owner.key, copy.key}


def test_what_has_a_date_to_come_has_a_row_and_is_shown_on_its_day(
    store: Store, make: Any, work_off: Callable[..., None]
) -> None:
    sync(store, make, make.source())
    make.record(store, new=(make.article(not_before=make.now + make.minute),))
    work_off()
    assert titles(store, make) == []
    assert len(store.articles.newest(10, now=make.now + make.minute, output="main")) == 1


def test_an_article_whose_place_changed_is_found_at_the_new_one(
    store: Store, make: Any, work_off: Callable[..., None]
) -> None:
    sync(store, make, make.source())
    old = make.now - timedelta(days=300)
    make.record(
        store,
        new=tuple(make.article(n, sort_at=make.now - n * make.minute) for n in range(3)),
        held=(make.article("late", held="flood: 9 at once", sort_at=old),),
    )
    store.articles.let_go("a", make.now, middle=2)
    work_off()
    assert titles(store, make)[1] == "Article late"


def test_all_that_is_stored_is_gone_through_page_by_page(store: Store, make: Any) -> None:
    sync(store, make, make.source())
    articles = tuple(make.article(n, sort_at=make.now - n * make.minute) for n in range(5))
    make.record(store, new=articles[:4], held=(make.article(4, held="flood: 9 at once"),))
    seen: list[str] = []
    after, pages = None, 0
    while pages == 0 or after is not None:
        page = store.outputs.stored(2, after, make.now)
        store.outputs.take(page, {"main": [each.key for each in page.articles]}, made={"made": f"page {pages}"})
        seen += sorted(page.keys)
        after, pages = page.last, pages + 1
    assert pages == 3
    assert len(seen) == len(set(seen)) == 5
    assert rows(store).keys() == {each.key for each in articles[:4]}
    assert store.setting("made") == "page 2"


def test_what_outputs_had_that_are_gone_goes_a_part_at_a_time(
    store: Store, make: Any, work_off: Callable[..., None]
) -> None:
    sync(store, make, make.source())
    make.record(store, new=tuple(make.article(n) for n in range(3)))
    found = store.outputs.queued(10, make.now, copies=False)
    store.outputs.take(found, {"main": list(found.keys), "old": list(found.keys)})
    assert [store.outputs.forget("old", 2) for _ in range(3)] == [2, 1, 0]
    assert len(rows(store)) == 3
    assert rows(store, "old") == {}


def test_what_a_lost_database_is_made_again_of_is_asked_about(store: Store, another: Any, make: Any) -> None:
    sync(store, make, make.source())
    article = make.article()
    line = Kept(key=article.key, id=article.id, source="a", first_seen=make.now, sort_at=make.now)
    other = Kept(key=make.key("x"), id="x", source="a", first_seen=make.now, sort_at=make.now, deleted_by=ABSENT)
    store.memory.remake([line, other], {article.key: article}, make.now, "name")
    assert [each.key for each in store.outputs.queued(10, make.now, copies=False).articles] == [article.key]
