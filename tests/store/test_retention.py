"""Texts of old articles go; what the articles are known by stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from aggregator.model import DROPPED
from aggregator.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from conftest import Make

DAY = timedelta(days=1)


@pytest.fixture
def store(url: str, make: Make) -> Iterator[Store]:
    with Store.open(url) as store:
        make.sync(store, make.source(), make.source("b"))
        yield store


def aged(make: Make, name: str, days: int, **fields: Any) -> Any:
    then = make.now - days * DAY
    return make.article(name, **({"first_seen": then, "sort_at": then, "published": then} | fields))


def prune(store: Store, now: datetime, *, source: str = "a", days: int = 30, limit: int = 100, **more: Any) -> int:
    given: dict[str, Any] = {"aged": now - days * DAY, "beyond": None, "needed": (), "after": None}
    return store.articles.prune(source, **(given | more), now=now, limit=limit).texts


def with_text(store: Store, make: Make) -> set[str]:
    return {each.title for each in store.articles.newest(100, now=make.now, visible=False)}


def test_a_text_goes_and_the_article_stays_known_under_its_id_and_dates(store: Store, make: Make) -> None:
    old, young = aged(make, "old", 40, page_hash=7), aged(make, "young", 20)
    make.record(store, new=(old, young))
    assert prune(store, make.now) == 1
    assert with_text(store, make) == {"Article young"}
    held = store.polls.known("a", [old.key], [old.id])
    known = held.articles[old.key]
    assert (known.id, known.published, known.sort_at, known.page_hash) == (old.id, old.published, old.sort_at, 7)
    assert known.fingerprint == b""
    assert held.owners == {old.id: old.key}
    assert store.check() == ()
    assert store.articles.texts() == {"a": 1}


@pytest.mark.parametrize(
    ("kept", "state", "more"),
    [
        pytest.param({}, {"upstream": ("KEY",)}, {}, id="it is still in the source's document"),
        pytest.param({}, {}, {"needed": ("KEY",)}, id="a document shows it"),
        pytest.param({"held": "in quarantine"}, {}, {}, id="it waits for the operator"),
        pytest.param({"first_seen": -20}, {}, {}, id="it was seen only lately"),
        pytest.param({"sort_at": -20}, {}, {}, id="its date is young"),
    ],
)
def test_a_text_stays_while(
    store: Store, make: Make, kept: dict[str, Any], state: dict[str, Any], more: dict[str, Any]
) -> None:
    fields = {name: make.now + value * DAY if isinstance(value, int) else value for name, value in kept.items()}
    old = aged(make, "old", 40, **fields)
    state, more = (dict.fromkeys(each, (old.key,)) for each in (state, more))
    where = "held" if "held" in fields else "new"
    make.record(store, state=state, **{where: (old,)})
    assert prune(store, make.now, **more) == 0
    assert with_text(store, make) == {"Article old"}


def test_a_pinned_text_stays(store: Store, make: Make) -> None:
    old = aged(make, "old", 40)
    make.record(store, new=(old,))
    store.articles.operate("pin", [old.key], make.now)
    assert prune(store, make.now) == 0
    store.articles.operate("pin", [old.key], make.now, undo=True)
    assert prune(store, make.now) == 1


def test_what_the_operator_wants_nothing_to_do_with_does_not_wait_for_him(store: Store, make: Make) -> None:
    make.record(store, held=(aged(make, "old", 40, held=DROPPED),))
    assert prune(store, make.now) == 1


def test_a_folder_has_all_that_is_not_withdrawn(store: Store, make: Make, tmp_path: Path) -> None:
    make.sync(store, make.source(), make.source("f", url=None, folder=tmp_path))
    there, gone = aged(make, "there", 40, source="f"), aged(make, "gone", 40, source="f")
    make.record(store, "f", new=(there, gone))
    make.record(store, "f", now=make.now + make.minute, withdrawn=(gone.key,))
    assert prune(store, make.now, source="f") == 1
    assert with_text(store, make) == {"Article there"}


def test_of_many_the_newest_keep_their_texts_however_young_all_are(store: Store, make: Make) -> None:
    make.record(store, new=tuple(aged(make, f"{days}", days) for days in range(6)))
    make.record(store, "b", new=(aged(make, "other", 9, source="b"),))
    beyond = store.articles.full("a", 2)
    assert beyond == make.now - DAY
    assert store.articles.full("a", 7) is None
    assert prune(store, make.now, aged=None, beyond=beyond) == 4
    assert with_text(store, make) == {"Article 0", "Article 1", "Article other"}


def test_batches_go_on_where_the_last_one_ended_and_come_to_an_end(store: Store, make: Make) -> None:
    articles = tuple(aged(make, f"{days}", days) for days in range(40, 50))
    make.record(store, new=articles, state={"upstream": tuple(each.key for each in articles[5:8])})
    texts, after, rounds = 0, None, 0
    while rounds == 0 or after is not None:
        done = store.articles.prune(
            "a", aged=make.now - 30 * DAY, beyond=None, needed=(), after=after, now=make.now, limit=3
        )
        texts, after, rounds = texts + done.texts, done.last, rounds + 1
    assert texts == 7
    assert rounds == 4


def test_a_pruned_article_that_its_source_says_again_gets_its_text_back_and_nothing_else(
    store: Store, make: Make
) -> None:
    old = aged(make, "old", 40)
    make.record(store, new=(old,))
    prune(store, make.now)
    make.record(store, now=make.now + make.minute, refreshed=(replace(old, content_html="<p>Once more</p>"),))
    (shown,) = store.articles.newest(10, now=make.now)
    assert (shown.id, shown.content_html, shown.sort_at) == (old.id, "<p>Once more</p>", old.sort_at)
    assert store.check() == ()
    assert prune(store, make.now) == 1, "it goes again once it has left the document"


def test_memory_is_flat_over_a_year_but_for_what_articles_are_known_by(
    sqlite_template: Path, tmp_path: Path, make: Make
) -> None:
    """A busy source: 24 articles a day, the newest 20 in its document, texts kept for 30 days."""
    file = tmp_path / "store.db"
    file.write_bytes(sqlite_template.read_bytes())
    sizes: dict[int, int] = {}
    most = 0
    with Store.open(f"sqlite:///{file}") as store:
        make.sync(store, make.source())
        for day in range(365):
            now = make.now + day * DAY
            new = tuple(
                make.article(
                    f"{day}-{n}", first_seen=now, sort_at=now + n * make.minute, content_html="<p>text</p>" * 400
                )
                for n in range(24)
            )
            upstream = tuple(each.key for each in new[-20:])
            make.record(store, now=now, new=new, state={"upstream": upstream, "next_poll_at": now})
            while store.articles.prune(
                "a", aged=now - 30 * DAY, beyond=None, needed=(), after=None, now=now, limit=50
            ).texts:
                pass
            most = max(most, store.articles.texts()["a"])
            if day in (100, 364):
                with store._database.reading() as db:
                    pages, free = (db.scalar(text(f"PRAGMA {name}")) for name in ("page_count", "freelist_count"))
                sizes[day] = (pages - free) * 16384
    assert most <= 32 * 24
    articles = (364 - 100) * 24
    assert (sizes[364] - sizes[100]) / articles < 500, "bytes that an article leaves behind"
