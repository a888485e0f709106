"""``aggregator retract``, ``hide`` and ``pin``: what they say, what they do, and with which exit code."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from aggregator.articles import page_hash
from aggregator.cli import app, main
from aggregator.model import Article, Code, Person, PollPlan
from aggregator.model import Source as AnySource
from aggregator.store import Store

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
LARK, WREN, ROBIN = (f"tag:birds.example,2026:{name}" for name in ("lark", "wren", "robin"))


def article(number: int, name: str, **said: object) -> Article:
    url = f"https://birds.example/{name}"
    made = Article(
        key=f"{number:032x}", id=f"tag:birds.example,2026:{name}", source="birds", raw_hash=b"r", fingerprint=b"f",
        title=f"The {name}", url=url, page_hash=page_hash(url), authors=(Person(name="A"),),
        first_seen=NOW, sort_at=NOW + timedelta(minutes=number),
    )  # fmt: skip
    return replace(made, **said)  # type: ignore[arg-type]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration with two sources, and a store that does not exist yet."""
    (tmp_path / "config.yaml").write_text(
        "site: {title: T, url: 'http://127.0.0.1:8080/'}\nstore: sqlite:///store.db\npublic: public\n"
        "sources:\n  - {id: birds, url: https://birds.example/feed}\n  - {id: copies, url: https://copies.example/feed}\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def filled(place: Path) -> Path:
    """With three articles in the store."""
    keep(place, article(1, "lark"), article(2, "wren"), article(3, "robin"))
    return place


def keep(place: Path, *articles: Article) -> None:
    with Store.open(f"sqlite:///{place}/store.db") as store:
        sources = [AnySource(id=name, url=f"https://{name}.example/feed") for name in ("birds", "copies")]
        store.sync(sources, NOW, lambda _: NOW, lambda _: timedelta(0))
        for source in {each.source for each in articles}:
            (claim,) = store.queue.claim(NOW, 1, timedelta(minutes=1), only=[source])
            decided = replace(claim.state, next_poll_at=NOW + timedelta(days=9), code=Code.OK)
            new = tuple(each for each in articles if each.source == source)
            store.polls.record(PollPlan(source=source, state=decided, new=new), claim, NOW)


def say(*words: str, expect: int = 0) -> str:
    found = CliRunner().invoke(app, list(words))
    assert found.exit_code == expect, found.output
    return found.stdout


def fails(*words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    monkeypatch.setattr("sys.argv", ["aggregator", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0), capsys.readouterr().err


def published(place: Path) -> str:
    return (place / "public" / "feed.atom").read_text()


@pytest.mark.parametrize("name", [LARK, f"{1:032x}", "https://birds.example/lark", "http://www.birds.example/lark"])
def test_an_article_is_retracted_by_its_id_its_key_or_its_address(filled: Path, name: str) -> None:
    assert say("retract", name).startswith(f"retracted: The lark ({LARK})\n")
    assert f'ref="{LARK}"' in published(filled)
    assert '<title type="text">The lark' not in published(filled)


def test_what_is_retracted_may_be_shown_again(filled: Path) -> None:
    say("retract", LARK)
    assert say("retract", LARK).splitlines() == [f"already retracted: The lark ({LARK})"]
    assert say("retract", "--undo", LARK).startswith(f"no longer retracted: The lark ({LARK})\n")
    assert "deleted-entry" not in published(filled)
    assert say("retract", "--undo", LARK).splitlines() == [f"was not retracted: The lark ({LARK})"]


def test_what_is_hidden_is_gone_without_a_word(filled: Path) -> None:
    assert say("hide", LARK, WREN).startswith(f"hidden: The lark ({LARK})\nhidden: The wren ({WREN})\n")
    assert LARK not in published(filled)
    assert ROBIN in published(filled)
    say("hide", "--undo", LARK)
    assert LARK in published(filled)


def test_what_is_pinned_is_first(filled: Path) -> None:
    say("pin", LARK)
    assert published(filled).index(LARK) < published(filled).index(ROBIN)
    say("pin", "--undo", LARK)
    assert published(filled).index(LARK) > published(filled).index(ROBIN)


def test_the_answer_for_machines(filled: Path) -> None:
    said = json.loads(say("pin", LARK, "--json"))
    row = {"id": LARK, "key": f"{1:032x}", "source": "birds", "title": "The lark", "changed": True}
    assert said == {"command": "pin", "undo": False, "articles": [row]}
    again = json.loads(say("pin", LARK, LARK, "--json"))
    assert again["articles"] == [row | {"changed": False}]


def test_of_several_articles_at_an_address_none_is_guessed(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = "https://birds.example/log"
    keep(place, *(article(n, name, url=page, page_hash=page_hash(page)) for n, name in ((1, "lark"), (2, "wren"))))
    code, said = fails("retract", page, capsys=capsys, monkeypatch=monkeypatch)
    assert code == 1
    assert said == (
        f"{page}: 2 articles have this address; name the one you mean by its id:\n"
        f"  {WREN}  The wren (birds)\n  {LARK}  The lark (birds)\n"
    )


def test_an_address_means_an_article_and_its_copies(place: Path) -> None:
    lark = article(1, "lark")
    copy = article(2, "lark", id="urn:copy", source="copies", duplicate_of=lark.key, title="The lark, again")
    keep(place, lark, copy)
    said = json.loads(say("retract", "https://birds.example/lark", "--json"))
    assert {each["id"] for each in said["articles"]} == {LARK, "urn:copy"}
    assert "again" not in published(place)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("tag:birds.example,2026:larc", f"did you mean {LARK}?"),
        ("https://birds.example/larks", "did you mean https://birds.example/lark?"),
        ("zzz", "'aggregator list' names them"),
    ],
)
def test_of_an_unknown_article_the_one_is_named_that_may_be_meant(
    filled: Path, name: str, advice: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, said = fails("retract", LARK, name, capsys=capsys, monkeypatch=monkeypatch)
    assert (code, said) == (1, f"{name}: no article has this id, key or address; {advice}\n")
    with Store.open(f"sqlite:///{filled}/store.db") as store:
        assert len(store.articles.newest(9, now=NOW)) == 3, "what was named beside it is not retracted either"


def test_without_a_store_there_is_nothing_to_retract(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, said = fails("retract", LARK, capsys=capsys, monkeypatch=monkeypatch)
    assert (code, said) == (1, "config.yaml: nothing is stored yet; 'aggregator once' looks at the sources\n")
    assert not (place / "store.db").exists()


def test_a_command_without_an_article_is_wrong(filled: Path) -> None:
    say("retract", expect=2)


def test_a_title_cannot_write_to_the_terminal(place: Path) -> None:
    keep(place, article(1, "lark", title="\x1b]0;owned\x07\x9b31m"))
    assert not {"\x1b", "\x07", "\x9b"} & set(say("hide", LARK))


def test_it_works_beside_whoever_holds_the_store(filled: Path) -> None:
    with Store.open(f"sqlite:///{filled}/store.db") as running:
        assert say("retract", LARK) == f"retracted: The lark ({LARK})\nthe running service publishes it\n"
        assert [each.title for each in running.articles.newest(9, now=NOW)] == ["The robin", "The wren"]
        assert running.publish_seq() > running.published_seq()
