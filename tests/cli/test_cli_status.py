"""What ``aggregator status`` shows of the hosts, of moves, and in how many columns."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from aggregator.cli import app
from aggregator.cli.common import columns
from aggregator.model import Asked, Code, PollPlan, Source
from aggregator.store import Store

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
CONFIG = """
site: {{title: Planet Test, url: 'http://127.0.0.1:8080/'}}
store: sqlite:///{folder}/store.db
sources:
  - {{id: fine, url: 'https://a.example/feed'}}
  - {{id: hasty, url: 'https://b.example/feed', headers: {{X-Key: a-secret-word}}}}
"""
LONG = "a sentence that is much longer than any one column of a narrow terminal will ever hold, to the last word"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Two sources: ``fine`` was asked once, and has moved; ``hasty`` twice in an hour, and failed."""
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG.format(folder=tmp_path), encoding="utf-8")
    sources = [Source(id="fine", url="https://a.example/feed"), Source(id="hasty", url="https://b.example/feed")]
    with Store.open(f"sqlite:///{tmp_path}/store.db") as store:
        store.sync(sources, NOW, lambda source: NOW, lambda host: timedelta(0))
        _poll(store, "fine", NOW, "a.example:443", moved_to="https://new.example/a-secret-word", moved_since=NOW)
        for at in (NOW, NOW + HOUR / 2):
            _poll(store, "hasty", at, "b.example:443", code=Code.HTTP_4XX, status=418, detail=LONG, failures=1)
    return path


def _poll(store: Store, source: str, at: datetime, host: str, **state: Any) -> None:
    (claim,) = store.queue.claim(at, 1, HOUR, only=[source], force=True)
    facts = {"code": Code.OK, "last_poll": at, "last_success": at, "next_poll_at": at + HOUR, "moved_polls": 1} | state
    asked = Asked(host=host, at=at, took=timedelta(0), conditional=False, status=200, wire_bytes=10)
    store.polls.record(PollPlan(source=source, state=replace(claim.state, **facts), asked=(asked,)), claim, at)


def status(config: Path, *words: str, **environ: str) -> str:
    result = CliRunner().invoke(app, ["status", *words, "--config", str(config)], env=environ)
    assert result.exit_code == 0, result.output
    return result.output


def test_json_has_every_host_and_its_score(config: Path) -> None:
    hosts = json.loads(status(config, "--json"))["hosts"]
    assert [(each["host"], each["requests"], each["early_polls"], each["score"]) for each in hosts] == [
        ("a.example:443", 1, 0, 100),
        ("b.example:443", 2, 1, 50),
    ]


def test_json_of_one_source_has_its_host_alone(config: Path) -> None:
    hosts = json.loads(status(config, "hasty", "--json"))["hosts"]
    assert [each["host"] for each in hosts] == ["b.example:443"]


def test_json_without_a_store_has_no_hosts(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG.format(folder=tmp_path), encoding="utf-8")
    assert json.loads(status(path, "--json"))["hosts"] == []
    assert "hosts" not in status(path, "--hosts")


def test_the_hosts_are_named_when_asked_for_those_that_could_complain_first(config: Path) -> None:
    assert "HOST" not in status(config)
    lines = status(config, "--hosts").splitlines()
    total = next(number for number, line in enumerate(lines) if line.startswith("2 hosts: 3 requests since 2026-11-23"))
    assert lines[total].endswith("score 66")
    assert lines[total + 1].split() == ["HOST", "SCORE", "REQUESTS", "EARLY", "IN", "A", "WAIT", "429", "OR", "503"]
    assert lines[total + 2].split() == ["b.example:443", "50", "2", "1", "0", "0"]
    assert lines[total + 3].split() == ["a.example:443", "100", "1", "0", "0", "0"]


def test_one_source_shows_how_its_host_was_treated(config: Path) -> None:
    assert "\nhost          b.example:443: 2 requests since 2026-11-23, " in status(config, "hasty")
    assert "a.example:443" not in status(config, "hasty")


def test_a_move_has_fields_of_its_own_without_secrets(config: Path) -> None:
    moved, other = json.loads(status(config, "--json"))["sources"]
    facts = (moved["moved_to"], moved["moved_since"], moved["moved_polls"])
    assert facts == ("https://new.example/***", "2026-11-23T10:00:00Z", 1)
    assert (other["moved_to"], other["moved_since"]) == (None, None)
    assert "\nmoved since   2026-11-23T10:00:00Z\n" in status(config, "fine")


def board(config: Path, *words: str, width: int = 100) -> str:
    """The board as a terminal shows it, without its colours."""
    return re.sub("\x1b\\[[0-9;]*m", "", status(config, *words, FORCE_COLOR="1", COLUMNS=str(width)))


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_terminal_gets_a_board_of_its_width_with_all_that_was_said(config: Path, width: int) -> None:
    lines = board(config, width=width).partition("\n\n2 hosts")[0].splitlines()
    assert max(map(len, lines)) <= width
    assert lines[0] == "Planet Test: 2 sources, 1 needs you"
    assert lines[1] == "1 failing  1 ok"
    heading = lines[lines.index("TO LOOK AT") + 1]
    start = heading.index("LAST POLL SAID")
    said = itertools.takewhile(
        lambda line: not line.startswith("    The server"), lines[lines.index("TO LOOK AT") + 2 :]
    )
    assert " ".join(line[start:].strip() for line in said) == LONG
    assert ("SINCE" in heading, "ARTICLES" in heading) == (width >= 80, width >= 120)
    assert lines.index("TO LOOK AT") < lines.index("WELL")


def test_colours_are_for_terminals_that_want_them(config: Path) -> None:
    assert "\x1b[31mfailing" in status(config, FORCE_COLOR="1")
    assert "\x1b[31m" not in status(config, FORCE_COLOR="1", NO_COLOR="1")
    assert "\x1b" not in status(config)


def test_nothing_of_a_feed_reaches_the_terminal_as_a_command(config: Path, tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path}/store.db") as store:
        said = "evil \x1b]52;c;eA==\x07 \u202e \x9b2J [red]x[/red]"
        _poll(store, "hasty", NOW + HOUR, "b.example:443", code=Code.DNS, status=None, detail=said, failures=2)
    for text in (status(config, NO_COLOR="1"), board(config), status(config, "hasty")):
        assert not set(text) & {"\x1b", "\x07", "\u202e", "\x9b"}
        assert "[red]x[/red]" in " ".join(text.split())


def test_of_many_sources_a_terminal_lists_those_that_need_somebody(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    names = [f"s{number}" for number in range(60)]
    text = CONFIG.format(folder=tmp_path).partition("sources:")[0] + "sources:\n"
    path.write_text(text + "".join(f"  - {{id: {name}, url: 'https://{name}.example/'}}\n" for name in names))
    with Store.open(f"sqlite:///{tmp_path}/store.db") as store:
        sources = [Source(id=name, url=f"https://{name}.example/") for name in names]
        store.sync(sources, NOW, lambda source: NOW, lambda host: timedelta(0))
        for name in names[:30]:
            _poll(store, name, NOW, f"{name}.example:443", code=Code.DNS, detail="no such name", failures=3)
    shown = board(path)
    assert shown.splitlines()[:2] == ["Planet Test: 60 sources, 30 need you", "30 failing  30 new"]
    assert shown.count("no such name") == 10
    assert "    and 20 more, for the same reason" in shown
    assert "s40" not in shown
    assert board(path, "--all").count("no such name") == 30
    assert "s40" in board(path, "--all")
    assert "s40" in status(path), "a pipe gets all"
    assert board(path, "--state", "new").count("s4") == 10
    assert [each["id"] for each in json.loads(status(path, "--json", "--state", "failing"))["sources"]] == names[:30]


def test_one_source_shows_its_last_polls_and_what_is_learnt(config: Path) -> None:
    lines = status(config, "hasty").splitlines()
    start = lines.index("last polls that brought something or failed, of a week:")
    assert lines[start + 2].split()[:6] == ["2026-11-23T10:30:00Z", "http_4xx", "418", "0", "0", "0"]
    assert any(line.startswith("cadence       not known yet") for line in lines)
    told = json.loads(status(config, "hasty", "--json"))
    assert [each["code"] for each in told["polls"]] == ["http_4xx", "http_4xx"]
    assert set(told["learnt"]) == {"cadence", "unchanged"}
    assert "polls" not in json.loads(status(config, "--json"))


def test_a_machine_without_a_network_is_told_of_once(config: Path, tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path}/store.db") as store:
        for name in ("fine", "hasty"):
            reason = "held: every host fails, this machine seems to be offline since 09:30 UTC"
            _poll(store, name, NOW + HOUR, f"{name}.example:443", next_reason=reason)
    said = "This machine seems to be offline since 09:30 UTC, and 2 sources wait for it: check its network"
    for text in (status(config), board(config, width=200)):
        assert text.count("seems to be offline") == 1
        assert text.startswith(said)
    told = json.loads(status(config, "--json"))
    assert told["offline"].startswith(said)
    assert {each["advice"] for each in told["sources"]} <= {None, told["sources"][0]["advice"]}


def test_what_is_no_terminal_gets_whole_lines(config: Path) -> None:
    table = status(config, COLUMNS="100").partition("\n\n")[0].splitlines()
    assert len(table) == 3
    assert table[2].endswith(LONG)


def test_a_terminal_too_narrow_for_a_last_column_gets_whole_lines() -> None:
    rows = [("x" * 40, LONG)]
    assert len(columns(rows, ("A", "B"), 60).splitlines()) == 2
    assert len(columns(rows, ("A", "B"), 62).splitlines()) > 3


def test_an_empty_last_cell_is_a_line_all_the_same() -> None:
    assert columns([("a", ""), ("b", "c")], ("A", "B"), 40).splitlines() == ["A  B", "a", "b  c"]
