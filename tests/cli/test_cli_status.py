"""What ``aggregator status`` shows of the hosts, of moves, and in how many columns."""

from __future__ import annotations

import json
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
    (claim,) = store.claim(at, 1, HOUR, only=[source], force=True)
    facts = {"code": Code.OK, "last_poll": at, "last_success": at, "next_poll_at": at + HOUR, "moved_polls": 1} | state
    asked = Asked(host=host, at=at, took=timedelta(0), conditional=False, status=200, wire_bytes=10)
    store.record(PollPlan(source=source, state=replace(claim.state, **facts), asked=(asked,)), claim, at)


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
    assert "hosts" not in status(path)


def test_the_board_names_the_hosts_that_could_complain_and_no_other(config: Path) -> None:
    lines = status(config).splitlines()
    total = next(number for number, line in enumerate(lines) if line.startswith("2 hosts: 3 requests since 2026-11-23"))
    assert lines[total].endswith("score 66")
    assert lines[total + 1].split() == ["HOST", "SCORE", "REQUESTS", "EARLY", "IN", "A", "WAIT", "429", "OR", "503"]
    assert lines[total + 2].split() == ["b.example:443", "50", "2", "1", "0", "0"]
    assert not any(line.startswith("a.example:443") for line in lines)


def test_one_source_shows_how_its_host_was_treated(config: Path) -> None:
    assert "\nhost          b.example:443: 2 requests since 2026-11-23, " in status(config, "hasty")
    assert "a.example:443" not in status(config, "hasty")


def test_a_move_has_fields_of_its_own_without_secrets(config: Path) -> None:
    moved, other = json.loads(status(config, "--json"))["sources"]
    facts = (moved["moved_to"], moved["moved_since"], moved["moved_polls"])
    assert facts == ("https://new.example/***", "2026-11-23T10:00:00Z", 1)
    assert (other["moved_to"], other["moved_since"]) == (None, None)
    assert "\nmoved since   2026-11-23T10:00:00Z\n" in status(config, "fine")


def test_a_terminal_gets_the_last_column_wrapped_to_its_width(config: Path) -> None:
    table = status(config, FORCE_COLOR="1", COLUMNS="100").partition("\n\n")[0].splitlines()
    assert max(map(len, table)) <= 100
    start = table[0].index("LAST POLL SAID")
    row = next(number for number, line in enumerate(table) if " hasty " in line)
    assert " ".join(line[start:] for line in table[row:]) == LONG
    assert all(not line[:start].strip() for line in table[row + 1 :])


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
