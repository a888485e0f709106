"""``aggregator release``: what it says, and with which exit code."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from aggregator.cli import app, main
from aggregator.model import Article, Code, Person, PollPlan
from aggregator.model import Source as AnySource
from aggregator.store import Store

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
WHY = "the feed is called Casino now"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration with two sources, and a store that does not exist yet."""
    (tmp_path / "config.yaml").write_text(
        "site: {title: T, url: 'http://127.0.0.1:8080/'}\nstore: sqlite:///store.db\npublic: public\n"
        "sources:\n  - {id: birds, url: https://birds.example/feed}\n  - {id: trains, url: https://trains.example/feed}\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def hold(place: Path, number: int, *, quarantine: bool = True) -> None:
    """So many articles are held of ``birds``."""
    with Store.open(f"sqlite:///{place}/store.db") as store:
        sources = [AnySource(id=name, url=f"https://{name}.example/feed") for name in ("birds", "trains")]
        store.sync(sources, NOW, lambda _: NOW, lambda _: timedelta(0))
        (claim,) = store.queue.claim(NOW, 1, timedelta(minutes=1), only=["birds"])
        state = {"quarantine": WHY, "quarantined_at": NOW} if quarantine else {}
        held = tuple(
            Article(
                key=f"{each:032x}", id=f"tag:casino.example,2026:{each}", source="birds", raw_hash=b"r",
                fingerprint=b"f", title=f"Free spins {each}", url=f"https://casino.example/{each}",
                authors=(Person(name="A"),), first_seen=NOW, sort_at=NOW, held=WHY,
            )
            for each in range(number)
        )  # fmt: skip
        decided = replace(claim.state, next_poll_at=NOW + timedelta(days=9), code=Code.OK, **state)  # type: ignore[arg-type]
        store.polls.record(PollPlan(source="birds", state=decided, held=held), claim, NOW)


def release(*words: str, expect: int = 0) -> str:
    found = CliRunner().invoke(app, ["release", *words])
    assert found.exit_code == expect, found.output
    return found.stdout


def fails(*words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    monkeypatch.setattr("sys.argv", ["aggregator", "release", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0), capsys.readouterr().err


def test_what_is_held_is_released_and_published(place: Path) -> None:
    hold(place, 2)
    said = release("birds")
    assert said.startswith("2 articles of birds released; what is at its address is the source from now on\n")
    assert "Free spins 1" in (place / "public" / "feed.atom").read_text()


def test_silently_nothing_is_published(place: Path) -> None:
    hold(place, 1)
    assert release("birds", "--silent") == (
        "1 article of birds taken in silently; what is at its address is the source from now on\n"
    )
    assert not (place / "public").exists()


def test_of_a_source_that_is_well_what_is_still_held_may_be_let_go_too(place: Path) -> None:
    hold(place, 2, quarantine=False)
    assert release("birds", "--silent") == "2 articles of birds taken in silently\n"


def test_where_nothing_is_held_it_says_so(place: Path) -> None:
    assert release("birds") == "nothing is held of birds\n", "there is not even a store"
    assert not (place / "store.db").exists()
    hold(place, 2)
    assert release("trains") == "nothing is held of trains\n"


def test_the_answer_for_machines(place: Path) -> None:
    hold(place, 2)
    assert json.loads(release("birds", "--json")) == {
        "source": "birds", "released": 2, "silent": False, "accepted": True,
    }  # fmt: skip
    assert json.loads(release("birds", "--silent", "--json")) == {
        "source": "birds", "released": 0, "silent": True, "accepted": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "advice"), [("brids", "did you mean birds?"), ("zzz", "'aggregator status' lists them")]
)
def test_an_unknown_source_is_named_with_the_one_that_may_be_meant(
    place: Path, name: str, advice: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, said = fails(name, capsys=capsys, monkeypatch=monkeypatch)
    assert (code, said) == (2, f"config.yaml: no source is called {name}; {advice}\n")


def test_it_works_beside_whoever_holds_the_store(place: Path) -> None:
    hold(place, 2)
    with Store.open(f"sqlite:///{place}/store.db") as running:
        assert release("birds") == (
            "2 articles of birds released; what is at its address is the source from now on\n"
            "the running service publishes it\n"
        )
        assert running.articles.waiting() == {}
        assert running.publish_seq() > running.published_seq()
