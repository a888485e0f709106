"""``aggregator explain``: what it prints, beside whom it runs, and what it keeps to itself."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from aggregator.cli import app, main
from aggregator.model import Article, Code, Person, PollPlan, Source
from aggregator.store import Store

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
SOURCES = [
    Source(id="birds", url="https://birds.example/feed?key=sesame-open"),
    Source(id="trains", url="https://t.example/"),
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration with two sources, and a store that does not exist yet."""
    (tmp_path / "config.yaml").write_text(
        "site: {title: T, url: 'http://127.0.0.1:8080/'}\nstore: sqlite:///store.db\npublic: public\nsources:\n"
        "  - {id: birds, url: 'https://birds.example/feed?key=${KEY}'}\n  - {id: trains, url: https://t.example/}\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KEY", "sesame-open")
    return tmp_path


def store_at(place: Path) -> Store:
    store = Store.open(f"sqlite:///{place}/store.db")
    store.sync(SOURCES, NOW, lambda _: NOW, lambda _: timedelta(0))
    return store


def record(store: Store, *articles: Article, **state: Any) -> None:
    (claim,) = store.queue.claim(NOW, 1, timedelta(minutes=1), only=["birds"])
    after = replace(
        claim.state, next_poll_at=NOW + timedelta(days=9), **{"code": Code.OK, "last_success": NOW, **state}
    )
    store.polls.record(PollPlan(source="birds", state=after, new=articles), claim, NOW)


def article(number: int, **said: Any) -> Article:
    usual: dict[str, Any] = {
        "key": f"{number:032x}", "id": f"tag:birds.example,2026:{number}", "source": "birds", "raw_hash": b"r",
        "fingerprint": b"f", "title": f"Bird {number}", "url": f"https://birds.example/{number}",
        "authors": (Person(name="A"),), "first_seen": NOW, "sort_at": NOW,
    }  # fmt: skip
    return Article(**{**usual, **said})


def explain(*words: str, expect: int) -> str:
    found = CliRunner().invoke(app, ["explain", *words])
    assert found.exit_code == expect, found.output
    return found.stdout


def test_it_looks_while_another_process_has_the_store_and_changes_nothing(place: Path) -> None:
    with store_at(place) as store:
        record(store, article(1))
        store.mark_published(store.publish_seq())
        before = store.publish_seq(), store.polls.states()
        assert "shown: in main" in explain("tag:birds.example,2026:1", expect=0)
        assert (store.publish_seq(), store.polls.states()) == before


def test_what_is_not_published_yet_is_not_called_shown(place: Path) -> None:
    with store_at(place) as store:
        record(store, article(1))
    assert explain("tag:birds.example,2026:1", expect=1).splitlines()[-1].startswith("not published yet: ")


def test_an_article_is_found_by_its_key_and_by_the_id_its_source_gave_it(place: Path) -> None:
    with store_at(place) as store:
        record(store, article(1, claimed_id="tag:else.example,2026:x"))
        store.mark_published(store.publish_seq())
    said = explain(f"{1:032x}", expect=0)
    assert "known by its key" in said
    assert "tag:else.example,2026:x, which its source gave it, is another article's" in said
    assert "known by its claimed id" in explain("tag:else.example,2026:x", expect=0)


def test_an_article_whose_text_is_gone_is_still_explained(place: Path) -> None:
    later = NOW + timedelta(days=800)
    with store_at(place) as store:
        record(store, article(1))
        store.articles.prune("birds", aged=later, beyond=None, needed=(), after=None, now=later, limit=9)
    said = explain("tag:birds.example,2026:1", expect=1)
    assert said.splitlines()[-1].startswith("pruned: its text is not kept since 2029-01-10")


def test_a_title_cannot_write_to_the_terminal(place: Path) -> None:
    with store_at(place) as store:
        record(store, article(1, title="\x1b]52;c;eA==\x07\u202eevil\x9b31m", url="https://birds.example/1"))
    said = explain("https://birds.example/1", expect=1)
    assert not set(said) & set("\x1b\x07\x9b\u202e")


def test_secrets_stay_secret(place: Path) -> None:
    with store_at(place) as store:
        record(
            store, article(1), code=Code.HTTP_5XX, failures=1, detail="503 of https://birds.example/?key=sesame-open"
        )
    for words in (["tag:birds.example,2026:1"], ["https://birds.example/9"], ["https://birds.example/9", "--json"]):
        said = explain(*words, expect=1)
        assert "503 of" in said
        assert "sesame" not in said


def test_a_source_that_could_not_be_read_is_why_nothing_is_known(place: Path) -> None:
    with store_at(place) as store:
        record(store, code=Code.DNS, failures=3, since=NOW, last_success=None, detail="no such host")
    said = explain("https://www.birds.example/9", expect=1)
    assert "birds at https://birds.example/feed" in said
    assert "is failing since 2026-11-02T10:00:00Z: no such host" in said
    assert said.splitlines()[-1] == (
        "unknown: nothing of birds could be read so far; 'aggregator status birds' tells why"
    )


def test_without_a_store_the_sources_are_named_all_the_same(place: Path) -> None:
    assert "nothing of trains could be read so far" in explain("https://t.example/1", expect=1)
    assert not (place / "store.db").exists()


@pytest.mark.parametrize("words", [[" "], [], ["a", "b"], ["x", "--config", "missing.yaml"]])
def test_bad_use_ends_with_2(place: Path, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["aggregator", "explain", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2


@pytest.mark.parametrize("asked", ["http://[::1", "://", "\x00", "http://" + "a" * 5000, "urn:uuid:x", "\ud800"])
def test_nonsense_is_unknown(place: Path, asked: str) -> None:
    with store_at(place) as store:
        record(store, article(1))
    assert json.loads(explain(asked, "--json", expect=1))["fate"] == "unknown"
