"""A list of feeds becomes sources; a stranger's gets nothing that is the operator's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from aggregator.adding.importing import OF_THIS_MACHINE, Import, as_sources
from aggregator.cli import app
from aggregator.config import load
from aggregator.config.schema import SourceShape
from aggregator.model import FeedList, Listed, Source

HERE = [Source(id="there", url="https://there.example/feed/")]


def imported(*feeds: Listed, trusted: bool = False, tags: tuple[str, ...] = ()) -> Import:
    return as_sources(FeedList(feeds=feeds), HERE, Path("/"), {"KEY": "value"}, trusted=trusted, tags=tags)


def feed(url: str = "https://a.example/", **more: Any) -> Listed:
    return Listed(url=url, **more)


def test_title_and_tags_are_kept_and_an_id_is_made() -> None:
    found = imported(feed(title="A", tags=("x",)), tags=("all",))
    assert found.sources == ({"id": "a-example", "url": "https://a.example/", "title": "A", "tags": ["x", "all"]},)


def test_what_is_configured_or_named_twice_is_left_out_and_counted() -> None:
    found = imported(feed("https://THERE.example/feed"), feed(), feed("https://a.example"))
    assert [each["url"] for each in found.sources] == ["https://a.example/"]
    assert found.known == (("https://THERE.example/feed", "there"),)
    assert found.repeated == 1


def test_ids_are_never_those_of_others() -> None:
    found = imported(feed(settings={"id": "there"}), feed("https://b.example/", settings={"id": "mine"}))
    assert [each["id"] for each in found.sources] == ["a-example", "mine"]


@pytest.mark.parametrize(
    "settings",
    [
        {"headers": {"X": "${KEY}"}},
        {"user_agent": "${KEY}"},
        {"proxy": "http://proxy.example:1"},
        {"auth": {"bearer_file": "/etc/passwd"}},
        {"url": "https://evil.example/?${KEY}"},
        {"folder": "/etc"},
        {"opml": "/etc/feeds.opml"},
    ],
)
def test_a_strangers_list_names_no_secret_and_no_file(settings: dict[str, Any]) -> None:
    found = imported(feed(settings={"id": "a", **settings}))
    assert all(key not in each for each in found.sources for key in settings if key != "url")
    assert "${KEY}" not in json.dumps(found.sources).replace("$${KEY}", "")
    assert any("--trust" in note or "only this machine" in note for note in found.notes)


def test_a_variable_in_a_strangers_words_is_a_text() -> None:
    [source] = imported(feed("https://a.example/${KEY}", title="${KEY}")).sources
    assert (source["url"], source["title"]) == ("https://a.example/$${KEY}", "$${KEY}")


def test_every_key_that_holds_secrets_or_paths_is_known_to_be_the_operators() -> None:
    """A key that is added one day and names a file must be in the list."""
    schema = SourceShape.model_json_schema()
    own = next(each for each in schema["anyOf"] if "properties" in each)["properties"]
    naming = {
        key
        for key, value in own.items()
        if any(word in json.dumps(value) for word in ('"file"', "_file", "Path of", "path"))
    }
    shapes = {"auth", "client_cert"}
    assert naming - {"opml"} <= OF_THIS_MACHINE | shapes


def test_a_setting_that_cannot_be_is_left_out_alone() -> None:
    found = imported(feed(settings={"interval": "1s", "nonsense": 1, "language": "de"}))
    assert found.sources[0] == {"id": "a-example", "url": "https://a.example/", "language": "de"}
    assert len(found.notes) == 2


def test_an_address_that_cannot_be_costs_its_feed_alone() -> None:
    found = imported(feed("https://a..example/"), feed("https://b.example/"))
    assert [each["id"] for each in found.sources] == ["b-example"]
    assert "left out" in found.notes[0]


def run(folder: Path, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, [*words, "--config", str(folder / "config.yaml")], catch_exceptions=True)
    problem = result.exception if not isinstance(result.exception, SystemExit | None) else ""
    return result.exit_code, f"{result.output}{problem}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text("site: {title: P, url: 'https://p.example/'}  # mine\n")
    return tmp_path


def test_real_lists_are_imported_whole_and_once(folder: Path, shared: Path) -> None:
    for name, count in (("Tech", 25), ("Programming", 49), ("Japan", 8)):
        code, said = run(folder, "import", "opml", str(shared / "corpus" / "opml" / f"{name}.opml"))
        assert (code, f"{count} sources added" in said) == (0, True), said
    config = load(folder / "config.yaml", {})
    assert len(config.sources) == 82
    before = (folder / "config.yaml").read_bytes()
    code, said = run(folder, "import", "opml", str(shared / "corpus" / "opml" / "Tech.opml"))
    assert "0 sources added" in said
    assert "25 configured already" in said
    assert (folder / "config.yaml").read_bytes() == before


def test_a_dry_run_writes_nothing_and_json_says_all(folder: Path) -> None:
    (folder / "list.opml").write_text(
        '<opml><body><outline text="\x9b31mA" xmlUrl="https://a.example/"/></body></opml>'
    )
    before = (folder / "config.yaml").read_bytes()
    code, said = run(folder, "import", "opml", str(folder / "list.opml"), "--dry-run")
    assert (code, "+  - id: a-example" in said, "\x9b" in said) == (0, True, False)
    code, said = run(folder, "import", "opml", str(folder / "list.opml"), "--dry-run", "--json")
    assert [each["id"] for each in json.loads(said)["added"]] == ["a-example"]
    assert (folder / "config.yaml").read_bytes() == before


def test_what_is_no_list_is_told(folder: Path) -> None:
    (folder / "page.html").write_text("<html><body>x</body></html>")
    assert "no OPML" in run(folder, "import", "opml", str(folder / "page.html"))[1]
    assert "No such file" in run(folder, "import", "opml", str(folder / "none"))[1]
