"""The database is deleted, or an old one is put back, and readers notice nothing."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

MEMORY = Path("feeds") / "public" / ".memory.jsonl"
TEXT = "Sugar beets are lifted late in a wet autumn, and the lorries leave mud on every road to the mill. "


def rss(title: str, items: list[tuple[str | None, str]]) -> bytes:
    body = "".join(
        "<item>"
        + (f"<guid isPermaLink='false'>{guid}</guid>" if guid else "")
        + f"<title>{name}</title><link>http://127.0.0.1/{name}</link><description>{name}: {TEXT}</description>"
        f"<pubDate>Mon, 02 Nov 2026 0{place}:00:00 GMT</pubDate></item>"
        for place, (guid, name) in enumerate(items)
    )
    return f"<rss version='2.0'><channel><title>{title}</title><link>http://127.0.0.1/</link>{body}</channel></rss>".encode()


def source(server: Any, name: str) -> str:
    return f"{{id: {name}, url: '{server.url}/{name}.xml'}}"


def entries(place: Any) -> list[tuple[str, str, str]]:
    return [(each.id, each.title, each.updated) for each in place.feed().entries]


@pytest.fixture(params=["sqlite", "postgresql"])
def lose(request: pytest.FixtureRequest, place: Any) -> Iterator[Callable[[], dict[str, str]]]:
    """Loses the database; gives what the configuration says of the one that follows. Called first for the first."""
    if request.param == "sqlite":

        def sqlite() -> dict[str, str]:
            shutil.rmtree(place.folder / "var", ignore_errors=True)
            return {}

        yield sqlite
        return
    postgres = request.getfixturevalue("postgres")
    opened: list[Any] = []

    def postgresql() -> dict[str, str]:
        for each in opened:
            each.__exit__(None, None, None)
        opened[:] = [postgres.database(migrated=True)]
        return {"store": opened[0].__enter__()}

    yield postgresql
    for each in opened:
        each.__exit__(None, None, None)


def test_a_deleted_database_changes_no_id_and_no_updated_and_brings_nothing_back(
    place: Any, server: Any, lose: Callable[[], dict[str, str]]
) -> None:
    server.documents["/a.xml"] = rss("A", [("tag:a.example,2026:1", "one"), ("not-an-iri", "two"), (None, "three")])
    sources = (source(server, "a"), "seeds")
    place.configure(*sources, **lose())
    place.seed("leaf.md", f"# Leaf\n\n{TEXT}")
    place.seed("gone.md", f"# Gone\n\n{TEXT}")
    place.run("once", "--all")
    retracted = next(each for each, title, _ in entries(place) if title == "one")
    place.run("retract", retracted)
    (place.folder / "seeds" / "gone.md").unlink()
    place.run("once", "--all")
    server.documents["/a.xml"] = rss("A", [("tag:a.example,2026:1", "one"), ("not-an-iri", "two")])
    place.run("once", "--all")
    before, documents = entries(place), place.published["feed.atom"]
    assert sorted(title for _, title, _ in before) == ["Leaf", "three", "two"]

    place.configure(*sources, **lose())
    place.run("publish")
    assert place.published["feed.atom"] == documents
    *rows, total = place.json_lines("once", "--all")
    assert (total["new"], total["updated"]) == (0, 0), rows
    assert entries(place) == before
    server.documents["/a.xml"] = rss("A", [("tag:a.example,2026:1", "one"), ("not-an-iri", "two"), (None, "three")])
    *_, total = place.json_lines("once", "--all")
    assert (total["new"], total["updated"]) == (0, 0)
    assert entries(place) == before


def test_without_the_memory_file_the_documents_say_which_ids_were_given_out(
    place: Any, server: Any, lose: Callable[[], dict[str, str]]
) -> None:
    server.documents["/a.xml"] = rss("A", [("tag:a.example,2026:1", "one"), ("not-an-iri", "two"), (None, "three")])
    sources = (source(server, "a"), "seeds")
    place.configure(*sources, **lose())
    place.seed("leaf.md", f"# Leaf\n\n{TEXT}")
    place.run("once", "--all")
    before, documents = entries(place), place.published["feed.atom"]
    place.configure(*sources, **lose())
    (place.folder / MEMORY).unlink()
    place.run("publish")
    assert place.published["feed.atom"] == documents
    *rows, total = place.json_lines("once", "--all")
    assert (total["new"], total["updated"]) == (0, 0), rows
    assert entries(place) == before


def test_the_file_is_appended_to_and_each_line_is_short(place: Any, server: Any) -> None:
    server.documents["/a.xml"] = rss("A", [(f"tag:a.example,2026:{n}", f"post {n}") for n in range(9)])
    place.configure(source(server, "a"))
    place.run("once", "--all")
    before = (place.folder / MEMORY).read_bytes()
    server.documents["/a.xml"] = rss("A", [("tag:a.example,2026:new", "new")])
    place.run("once", "--all")
    after = (place.folder / MEMORY).read_bytes()
    assert after.startswith(before)
    (line,) = after[len(before) :].splitlines()
    assert b"tag:a.example,2026:new" in line
    assert len(line) < 220


def test_nobody_else_reads_it_and_the_service_does_not_serve_it(place: Any, server: Any, service: Any) -> None:
    server.documents["/a.xml"] = rss("A", [("g", "one")])
    place.configure(source(server, "a"))
    place.run("once", "--all")
    assert (place.folder / MEMORY).stat().st_mode & 0o777 == 0o600
    service()
    assert place.get("/feed.atom")[0] == 200
    assert place.get("/.memory.jsonl")[0] == 404


def test_a_line_cut_short_is_no_damage_and_damaged_lines_are_told(place: Any, server: Any) -> None:
    server.documents["/a.xml"] = rss("A", [(f"tag:a.example,2026:{n}", f"post {n}") for n in range(5)])
    place.configure(source(server, "a"))
    place.run("once", "--all")
    before = entries(place)
    shutil.rmtree(place.folder / "var")
    with (place.folder / MEMORY).open("ab") as file:
        file.write(b'{"k":"AAAA')
    told = place.run("publish").stderr
    assert "memory rebuilt from the memory file" in told
    assert "damaged" not in told
    assert entries(place) == before

    shutil.rmtree(place.folder / "var")
    lines = (place.folder / MEMORY).read_bytes().splitlines(keepends=True)
    article = next(number for number, line in enumerate(lines) if b'"k"' in line)
    lines[article] = b"\x00\xff" * 40 + b"\n"
    (place.folder / MEMORY).write_bytes(b"".join(lines))
    told = place.run("publish").stderr
    assert re.search(r"lines of the memory file cannot be read.*lines.{1,9}\b1\b", told), told
    assert (place.folder / f"{MEMORY}.damaged").read_bytes() == b"".join(lines)
    assert entries(place) == before, "the documents have the one whose line is damaged"


def test_an_old_copy_of_the_database_is_told_what_came_since(place: Any, server: Any) -> None:
    server.documents["/a.xml"] = rss("A", [("tag:a.example,2026:1", "one")])
    place.configure(source(server, "a"))
    place.run("once", "--all")
    shutil.copytree(place.folder / "var", place.folder / "old")
    server.documents["/a.xml"] = rss("A", [("tag:a.example,2026:1", "one"), ("tag:a.example,2026:2", "two")])
    place.run("once", "--all")
    server.documents["/a.xml"] = rss("A", [("tag:a.example,2026:1", "one")])
    place.run("once", "--all")
    before = entries(place)
    shutil.rmtree(place.folder / "var")
    (place.folder / "old").rename(place.folder / "var")
    place.run("publish")
    assert entries(place) == before
    server.documents["/a.xml"] = rss("A", [("tag:a.example,2026:1", "one"), ("tag:a.example,2026:2", "two")])
    *_, total = place.json_lines("once", "--all")
    assert (total["new"], total["updated"]) == (0, 0)
    assert entries(place) == before


def test_the_site_keeps_its_id_though_its_address_has_changed_since(place: Any, server: Any) -> None:
    server.documents["/a.xml"] = rss("A", [("g", "one")])
    place.configure(source(server, "a"), site="{title: T, url: 'http://old.example/'}")
    place.run("once", "--all")
    place.configure(source(server, "a"), site="{title: T, url: 'http://new.example/'}")
    shutil.rmtree(place.folder / "var")
    place.run("once", "--all")
    assert place.feed().feed.id == "http://old.example/"


def test_articles_of_a_source_that_was_removed_stay(place: Any, server: Any) -> None:
    server.documents |= {"/a.xml": rss("A", [("g", "one")]), "/b.xml": rss("B", [("h", "two")])}
    place.configure(source(server, "a"), source(server, "b"))
    place.run("once", "--all")
    place.configure(source(server, "a"))
    place.run("once", "--all")
    before = entries(place)
    assert len(before) == 2
    shutil.rmtree(place.folder / "var")
    place.run("once", "--all")
    assert entries(place) == before
    place.configure(source(server, "a"), source(server, "b"))
    *_, total = place.json_lines("once", "--all")
    assert (total["new"], total["updated"]) == (0, 0)
    assert entries(place) == before


def test_what_the_file_does_not_say_yet_is_said_after_a_crash_between(place: Any, server: Any) -> None:
    """The lines were appended, and the note that they were is lost: they are written once more, in the same place."""
    server.documents["/a.xml"] = rss("A", [("g", "one")])
    place.configure(source(server, "a"))
    place.run("once", "--all")
    with sqlite3.connect(place.folder / "var" / "aggregator.db") as database:
        database.execute("UPDATE articles SET updated = 1790000000000000")
        database.execute("UPDATE counters SET value = value + 1 WHERE name = 'publish_seq'")
        (note,) = database.execute("SELECT value FROM settings WHERE name = 'memory file'").fetchone()
        lines = database.execute("SELECT * FROM unsaved").fetchall()
    database.close()
    assert lines
    place.run("publish")
    said = (place.folder / MEMORY).read_bytes()
    with sqlite3.connect(place.folder / "var" / "aggregator.db") as database:
        database.execute("UPDATE settings SET value = ? WHERE name = 'memory file'", (note,))
        database.executemany("INSERT INTO unsaved VALUES (?, ?, ?)", lines)
    database.close()
    place.run("publish")
    assert (place.folder / MEMORY).read_bytes().count(b'"k"') <= said.count(b'"k"')
