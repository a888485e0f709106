"""Articles by their tags and languages."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, event, func, select

from aggregator.model import Category, Kept
from aggregator.model.terms import LONGEST_TERM, language_term, tag_term, terms_of
from aggregator.store.schema import article_terms, settings

if TYPE_CHECKING:
    from datetime import datetime

    from conftest import Make

    from aggregator.store import Store

HOUR = timedelta(hours=1)


def tags(*names: str) -> tuple[Category, ...]:
    return tuple(Category(term=name) for name in names)


def found(store: Store, term: str | None, now: datetime, **more: object) -> list[str]:
    assert term is not None
    return [each.title.removeprefix("Article ") for each in store.articles.newest_of(term, 9, now=now, **more)]  # type: ignore[arg-type]


def rows(store: Store) -> int:
    with store._database.reading() as db:
        return db.scalar(select(func.count()).select_from(article_terms)) or 0


def test_terms_are_compared_as_rules_compare_text() -> None:
    assert tag_term("Straße") == tag_term("STRASSE") == "tag:strasse"
    assert tag_term("ﬁsh") == "tag:fish"
    assert terms_of((Category(term="py", label="Python"),), "en-GB") == {
        "tag:py", "tag:python", "language:en-gb", "language:en",
    }  # fmt: skip
    assert terms_of((), None) == frozenset()


@pytest.mark.parametrize("name", ["", ".", "..", "a\0b", "a\nb", "\ud800", "x" * (LONGEST_TERM + 1)])
def test_what_no_address_can_name_is_no_term(name: str) -> None:
    assert tag_term(name) is None
    assert terms_of(tags(name), name) == frozenset()


def test_the_newest_of_a_tag_and_of_a_language(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    new = [make.article(n, tags=tags("Car" if n % 2 else "Sea"), sort_at=now - n * HOUR) for n in range(4)]
    make.record(store, new=(*new, make.article("french", language="fr-CA", sort_at=now - 9 * HOUR)))
    assert found(store, tag_term("CAR"), now) == ["1", "3"]
    assert found(store, tag_term("sea"), now, before=(now, new[0].key)) == ["2"]
    assert found(store, language_term("fr"), now) == found(store, language_term("fr-ca"), now) == ["french"]
    assert found(store, tag_term("boat"), now) == []


def test_only_what_is_visible_is_found(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source(), make.source("b", on_remove="drop"))
    car = tags("car")
    shown, hidden, gone = (make.article(name, tags=car) for name in ("shown", "hidden", "gone"))
    later = make.article("later", tags=car, not_before=now + HOUR)
    make.record(store, new=(shown, hidden, gone, later, make.article("out", tags=car, left_out="a rule")))
    make.record(store, "b", new=(make.article("copy", "b", tags=car, duplicate_of=shown.key),))
    store.articles.operate("hide", [hidden.key], now)
    store.articles.operate("retract", [gone.key], now)
    assert found(store, "tag:car", now) == ["shown"]
    assert sorted(found(store, "tag:car", now + HOUR, copies=True)) == ["copy", "later", "shown"]
    make.sync(store, make.source())
    assert found(store, "tag:car", now, copies=True) == ["shown"]


def test_an_edit_takes_the_old_tags_away(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    make.record(store, new=(make.article(tags=tags("car", "sea"), language="en"),))
    make.record(store, now=now + HOUR, updated=(make.article(tags=tags("sea", "boat")),))
    assert found(store, "tag:car", now) == found(store, "language:en", now) == []
    assert found(store, "tag:boat", now) == found(store, "tag:sea", now) == ["one"]
    assert rows(store) == 2


def test_what_is_pruned_leaves_and_what_is_made_again_comes_back(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    one = make.article(tags=tags("car"), sort_at=now - HOUR, first_seen=now - HOUR)
    make.record(store, new=(one,))
    store.articles.prune("a", aged=now, beyond=None, needed=(), after=None, now=now, limit=9)
    assert rows(store) == 0
    two = make.article("two", tags=tags("car"))
    kept = Kept(key=two.key, id=two.id, source="a", first_seen=now, sort_at=now)
    store.memory.remake([kept], {two.key: two}, now, "memory")
    assert found(store, "tag:car", now) == ["two"]


def test_what_moves_to_another_place_is_found_there_once(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    old = make.article("old", tags=tags("car"), held="in a flood: 1", sort_at=now - 99 * HOUR)
    shown = [make.article(n, tags=tags("car"), sort_at=now - n * HOUR) for n in range(3)]
    make.record(store, new=tuple(shown), held=(old,))
    store.articles.let_go("a", now, middle=3)
    assert found(store, "tag:car", now) == ["0", "old", "1", "2"]


def test_what_was_there_before_the_index_is_taken_in_newest_first(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    new = [make.article(n, tags=tags("car"), sort_at=now - n * HOUR) for n in range(5)]
    make.record(store, new=tuple(new))
    with store._database.writing() as db:
        db.execute(delete(article_terms))
        db.execute(delete(settings).where(settings.c.name == "terms"))
    assert store.articles.index_more(2) == 2
    assert found(store, "tag:car", now) == ["0", "1"]
    make.record(store, now=now + HOUR, new=(make.article("new", tags=tags("car"), sort_at=now - 9 * HOUR),))
    assert (store.articles.index_more(3), store.articles.index_more(3), store.articles.index_more(3)) == (3, 1, 0)
    assert found(store, "tag:car", now) == ["0", "1", "2", "3", "4", "new"]
    assert store.articles.index_more(3) == 0
    assert rows(store) == 6


def test_the_newest_are_read_in_their_order_and_no_others(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    make.record(store, new=tuple(make.article(n, tags=tags("car")) for n in range(3)))
    with store._database.reading() as db:
        if db.dialect.name != "sqlite":
            pytest.skip("what PostgreSQL does depends on how many there are")
    asked: list[tuple[str, object]] = []
    event.listen(store._database.reader, "before_cursor_execute", lambda *of: asked.append((of[2], of[3])))
    store.articles.newest_of("tag:car", 2, now=now, before=(now, "f" * 32))
    ((statement, values),) = [each for each in asked if "article_terms" in each[0]]
    with store._database.reading() as db:
        plan = [row.detail for row in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert "article_terms USING PRIMARY KEY (term=? AND (sort_at,key)<(?,?))" in plan[0]
    assert not any("TEMP B-TREE" in each for each in plan)
