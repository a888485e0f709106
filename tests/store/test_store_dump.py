"""A store as text, and a store made of it: the same on both databases, and between them; old ones become new ones."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import text

from aggregator.errors import StoreError, StoreLocked
from aggregator.model import Enclosure, Person
from aggregator.store import Dump, Replacing, Store, opening, schema
from aggregator.store.dump import kind_of, read


def filled(make: Any, url: str) -> None:
    """A store with rows in many tables, texts of all kinds in them."""
    with Store.open(url) as store:
        make.sync(store, make.source("a"), make.source("b"))
        odd = make.article(
            "odd", title="日本 \u2028 'quoted' \\ \t", content_html="<p>\n\u0085</p>",
            enclosures=(Enclosure(url="u:1"),), authors=(Person(name="lone \ud800"),),
        )  # fmt: skip
        make.record(store, new=(make.article(), odd), state={"validators": make.validators('"1"')})
        make.record(store, "b", new=(make.article("two", "b"),), aliases=((make.key("old"), make.key(("b", "two"))),))
        store.articles.operate("pin", [make.key(("a", "one"))], make.now)
        store.set_setting("site.id", "tag:example.org,2026:planet")


def parts_of(url: str) -> list[bytes]:
    with Dump(url) as dump:
        return [each.body for each in dump.parts()]


def content_of(url: str) -> dict[str, list[str]]:
    """Every row of every table, in an order of its own."""
    found: dict[str, list[str]] = {}
    for body in parts_of(url):
        head, *lines = body.decode().split("\n")[:-1]
        found.setdefault(json.loads(head)["table"], []).extend(lines)
    return {name: sorted(lines) for name, lines in found.items()}


@pytest.fixture
def other_url(tmp_path: Path, request: pytest.FixtureRequest, backend: str) -> Iterator[str]:
    """An empty database of the other kind."""
    if backend == "postgresql":
        yield f"sqlite:///{tmp_path}/other/store.db"
    else:
        with request.getfixturevalue("postgres").database(migrated=False) as url:
            yield url


def test_a_store_that_is_filled_from_a_dump_says_the_same_in_either_database(
    url: str, other_url: str, make: Any
) -> None:
    filled(make, url)
    content = content_of(url)
    assert len(content["articles"]) == 3
    assert content.keys() == schema.metadata.tables.keys()
    with Replacing(other_url) as place:
        place.fill(schema.REVISION, parts_of(url))
    assert content_of(other_url) == content
    with Replacing(url) as place:
        place.fill(schema.REVISION, parts_of(other_url))
    assert content_of(url) == content
    with Store.open(url) as store:
        assert store.check() == ()
        assert {each.title for each in store.articles.newest(9, now=make.now)} >= {
            "Article one",
            "日本 \u2028 'quoted' \\ \t",
        }


def test_what_is_written_after_a_restore_is_noted_and_numbered_as_before(url: str, other_url: str, make: Any) -> None:
    filled(make, url)
    with Replacing(other_url) as place:
        place.fill(schema.REVISION, parts_of(url))
    with Store.open(other_url) as store:
        waiting = len(store.memory.unsaved_numbers())
        make.record(store, new=(make.article("late"),), now=make.now + make.minute)
        assert len(store.memory.unsaved_numbers()) == waiting + 1, "the triggers work, and their numbers are new"


def test_every_column_has_a_kind() -> None:
    for table in schema.metadata.sorted_tables:
        for column in table.columns:
            assert kind_of(column)


def test_rows_are_in_parts_of_a_few_megabytes(url: str, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(make, url)
    whole = content_of(url)
    monkeypatch.setattr("aggregator.store.dump.PART_BYTES", 10)
    assert len([each for each in parts_of(url) if read(each).table == "articles"]) == 3
    assert content_of(url) == whole


def test_a_dump_is_of_one_moment(url: str, make: Any) -> None:
    filled(make, url)
    with Dump(url) as dump, Store.open(url) as store:
        parts = dump.parts()
        bodies = [next(parts).body]
        make.record(store, new=(make.article("late"),), now=make.now + make.minute)
        bodies += [each.body for each in parts]
    articles = [row for body in bodies if (rows := read(body)).table == "articles" for row in rows.values]
    assert len(articles) == 3


ONE = b'{"table": "settings", "columns": {"name": "%s"}}\n'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}\n",
        b"\xff\n",
        b'{"table": "settings", "columns": {"name": "strange"}}\n',
        b'{"table": "settings", "columns": ["name"]}\n',
        b'{"table": ["settings"], "columns": {"name": "text"}}\n',
        b'{"table": "somebody_elses", "columns": {"name": "text"}}\n',
        ONE % b"text" + b"[7]\n",
        ONE % b"int" + b'["7"]\n',
        ONE % b"int" + b"[true]\n",
        ONE % b"int" + b"[9223372036854775808]\n",
        ONE % b"time" + b"[9223372036854775807]\n",
        ONE % b"bool" + b"[0]\n",
        ONE % b"text" + b"[" * 100_000 + b"\n",
    ],
    ids=range(14),
)
def test_what_is_no_part_is_refused(body: bytes) -> None:
    with pytest.raises(StoreError, match="no part of a store"):
        read(body)


# ---- older and newer


def old_part(table: str, columns: dict[str, str], **row: Any) -> bytes:
    lines = [json.dumps({"table": table, "columns": columns})]
    lines += [json.dumps([row.get(name) for name in columns])] if row else []
    return "".join(f"{each}\n" for each in lines).encode()


def first_schema(make: Any) -> list[bytes]:
    """A store of version 0.1: one source and one article."""
    micros = schema.to_micros(make.now)
    key = b64encode(bytes.fromhex(make.key("x"))).decode()
    state = {"source": "text", "host": "text", "enabled": "bool", "run_at": "time", "lease_token": "int",
             "next_poll_at": "time", "next_reason": "text", "location": "text", "parser_version": "int",
             "failures": "int", "requests": "int", "not_modified": "int", "bytes": "int", "info": "json",
             "warnings": "json"}  # fmt: skip
    article = {"key": "bytes", "id": "text", "id_hash": "bytes", "source": "text", "raw_hash": "bytes",
               "fingerprint": "bytes", "title": "text", "first_seen": "time", "sort_at": "time"}  # fmt: skip
    return [
        old_part("sources", {"source": "text", "on_remove": "text"}, source="a", on_remove="keep"),
        old_part("hosts", {"host": "text", "gap_ms": "int", "free_at": "time", "blocked_until": "time",
                           "next_at": "time"}, host="a.example", gap_ms=0, free_at=0, blocked_until=0,
                 next_at=micros),
        old_part("source_state", state, source="a", host="a.example", enabled=True, run_at=micros, lease_token=7,
                 next_poll_at=micros, next_reason="hourly", location="https://a.example/feed", parser_version=1,
                 failures=0, requests=3, not_modified=1, bytes=9, info="{}", warnings="[]"),
        old_part("articles", article, key=key, id="tag:x", id_hash=key, source="a", raw_hash=key, fingerprint=key,
                 title="Old", first_seen=micros, sort_at=micros),
        old_part("article_bodies", {"key": "bytes", "content_html": "text", "facts": "json"}, key=key,
                 content_html="<p>Text</p>", facts="{}"),
    ]  # fmt: skip


def test_a_dump_of_the_first_schema_becomes_a_store_of_this_one(empty_url: str, make: Any) -> None:
    with Replacing(empty_url) as place:
        place.fill("0001", first_schema(make))
    with Store.open(empty_url) as store:
        (article,) = store.articles.newest(9, now=make.now)
        assert (article.title, article.content_html, article.sort_at) == ("Old", "<p>Text</p>", make.now)
        state = store.polls.state("a")
        assert state is not None
        assert (state.requests, state.next_poll_at) == (3, make.now)
        assert store.check() == ()
        make.sync(store, make.source("a"))
        make.record(store, new=(make.article("new"),), now=make.now + make.minute)
        assert len(store.articles.newest(9, now=make.now + make.minute)) == 2


@pytest.mark.parametrize("revision", ["0001", "0014"])
def test_a_store_of_an_early_schema_keeps_its_articles_when_it_is_opened(
    revision: str, empty_url: str, make: Any
) -> None:
    filled(make, empty_url)
    with Store.open(empty_url) as store:
        before = {
            each.id: (each.title, each.content_html, each.sort_at) for each in store.articles.newest(9, now=make.now)
        }
        with store._database.writing() as db:
            command.downgrade(opening.alembic_config(db), revision)
            count = db.scalar(text("SELECT count(*) FROM articles"))
    assert count == len(before) == 3
    with Store.open(empty_url) as store:
        after = {
            each.id: (each.title, each.content_html, each.sort_at) for each in store.articles.newest(9, now=make.now)
        }
        assert after == before
        assert store.check() == ()
        make.record(store, new=(make.article("late"),), now=make.now + make.minute)


def test_a_dump_of_a_newer_schema_is_refused(url: str, make: Any) -> None:
    filled(make, url)
    content = content_of(url)
    with Replacing(url) as place, pytest.raises(StoreError, match=r"newer version .*9999.*nothing was changed"):
        place.fill("9999", parts_of(url))
    assert content_of(url) == content


# ---- what was there


def test_a_part_that_cannot_be_taken_leaves_the_old_store_as_it_was(url: str, make: Any) -> None:
    filled(make, url)
    content, parts = content_of(url), parts_of(url)
    with Replacing(url) as place, pytest.raises(StoreError):
        place.fill(schema.REVISION, [*parts, b"no part\n"])
    assert content_of(url) == content


def test_nobody_else_may_have_the_store_while_it_is_replaced(url: str) -> None:
    with Store.open(url), pytest.raises(StoreLocked, match=rf"\b{os.getpid()}\b"):
        Replacing(url)
    with Replacing(url), pytest.raises(StoreLocked):
        Store.open(url)


def test_another_programs_database_is_left_alone(empty_url: str, tmp_path: Path, backend: str) -> None:
    if backend == "sqlite":
        with sqlite3.connect(tmp_path / "store.db") as other:
            other.execute("CREATE TABLE articles (mine)")
    else:
        database = opening.open_postgres(opening.parse_url(empty_url))
        with database.writing() as db:
            db.execute(text("CREATE TABLE articles (mine text)"))
        database.close()
    with Replacing(empty_url) as place, pytest.raises(StoreError, match="another program"):
        place.articles()


def killed(tmp_path: Path, make: Any) -> tuple[Path, list[bytes]]:
    """A store whose newest changes are in its log alone, as ``kill -9`` leaves it, and what it held before them."""
    live, path = tmp_path / "live" / "store.db", tmp_path / "var" / "store.db"
    filled(make, f"sqlite:///{live}")
    parts = parts_of(f"sqlite:///{live}")
    path.parent.mkdir()
    with Store.open(f"sqlite:///{live}") as store:
        store.set_setting("late", "yes")
        for ending in ("", "-wal"):
            shutil.copy(f"{live}{ending}", f"{path}{ending}")
    return path, parts


def test_the_log_of_the_old_file_is_not_read_into_the_new_one_and_goes_aside_with_it(tmp_path: Path, make: Any) -> None:
    path, parts = killed(tmp_path, make)
    aside = path.with_name("aside.db")
    with Replacing(f"sqlite:///{path}") as place:
        assert place.articles() == 3
        place.fill(schema.REVISION, parts, aside=aside)
    with Store.open(f"sqlite:///{path}") as store:
        assert store.setting("late") is None
    with Store.open(f"sqlite:///{aside}") as store:
        assert store.setting("late") == "yes"


def damaged(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"x" * 20_000)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def lost(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("harm", [damaged, emptied, lost])
def test_a_store_that_cannot_be_read_is_replaced_and_none_of_its_log_stays(
    harm: Callable[[Path], None], tmp_path: Path, make: Any
) -> None:
    path, parts = killed(tmp_path, make)
    harm(path)
    aside = path.with_name("aside.db")
    with Replacing(f"sqlite:///{path}") as place:
        assert place.articles() is None
        place.fill(schema.REVISION, parts, aside=aside)
    with Store.open(f"sqlite:///{path}") as store:
        assert store.check() == ()
        assert store.setting("late") is None
    kept = sorted(each.name for each in path.parent.iterdir())
    assert "aside.db-wal" in kept, "it may be all that is left"


def test_a_file_that_somebody_is_reading_is_not_replaced(tmp_path: Path, make: Any) -> None:
    path, parts = killed(tmp_path, make)
    reader = sqlite3.connect(path)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM articles").fetchone()
    try:
        with Replacing(f"sqlite:///{path}") as place, pytest.raises(StoreError, match="another command"):
            place.fill(schema.REVISION, parts)
    finally:
        reader.close()
    with Store.open(f"sqlite:///{path}") as store:
        assert store.setting("late") == "yes"
    assert not list(path.parent.glob("*.restored*"))
