"""``aggregator explain`` names the step that decided, for every fate an article can have (features.md N6)."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, NamedTuple

import pytest
from feedserver import FeedServer
from scenario import World
from typer.testing import CliRunner

from aggregator.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SENTENCES = """
the configuration says outputs: [{id: main, limit: 14}, {id: cars, query: 'title ~ /car/i'}]
the configuration says retention: {content: 3650d}
Blog is an Atom feed with {drop: 'title ~ /^Ad/'}
Picky is an RSS feed with {keep: 'title ~ /release/i'}
Busy is an RSS feed with {limit_per_day: 1}
Ahead is an RSS feed with {future: hold}
Leaves is an RSS feed with {on_remove: drop}
Late is an RSS feed with {first: 1}
Late is not subscribed to yet
Planet is an Atom feed
Planet is not subscribed to yet
Old has published "Long ago 1" to "Long ago 9" in 2021
Flood has published "Post 1" to "Post 3"
Leaves has published "Leaf"
every source is polled
Blog posts "Hello" saying "words enough to be told by, whoever repeats them later on"
Blog posts "Ad 1", "Hidden", "Retracted" and "Deleted"
Picky posts "Chat"
Busy posts "First" and "Second"
Ahead posts "Tomorrow" dated 900 days ahead
every source is polled
Planet carries "Hello" of Blog under its own guids
Late has published "Late 1" to "Late 3"
the operator adds Planet and Late
Flood has published "Flood 1" to "Flood 20" in 2019
Blog deletes "Deleted"
every source is polled
the operator hides "Hidden"
the operator retracts "Retracted"
the operator removes Leaves
every source is polled
Blog has published "Never polled"
nobody looks
"""


class Case(NamedTuple):
    asked: str
    last: str
    code: int


CASES = {
    "published": Case("http://blog.example/hello", "shown: in main, since 2026-11-02T", 0),
    "by its id": Case("tag:blog.example,2026:hello", "shown: in main", 0),
    "by its address with tracking": Case("https://www.blog.example/hello?utm_source=x", "shown: in main", 0),
    "dropped": Case("http://blog.example/ad-1", "dropped by a rule: drop rule 'title ~ /^Ad/' matched", 1),
    "not kept": Case(
        "http://picky.example/chat", "not kept by a rule: keep rule 'title ~ /release/i' did not match", 1
    ),
    "duplicate": Case("tag:planet.example,2026:copy-hello", 'duplicate: of "Hello" of blog', 1),
    "folded": Case("http://busy.example/second", 'folded: busy had said enough on 2026-11-02; "1 more from Busy"', 1),
    "held": Case("http://flood.example/flood-3", "held: ", 1),
    "not yet": Case("http://ahead.example/tomorrow", "not yet: it is shown from 2029-04-20", 1),
    "expired": Case("http://old.example/long-ago-1", "left the window: it stands at 2021-", 1),
    "hidden": Case("http://blog.example/hidden", "hidden: by the operator, 2026-11-02T", 1),
    "retracted": Case("http://blog.example/retracted", "retracted: retracted by the operator, 2026-11-02T", 1),
    "withdrawn": Case("http://blog.example/deleted", "withdrawn: deleted by its publisher, 2026-11-02T", 1),
    "onboarding": Case("http://late.example/late-1", "there before the source was added: ", 1),
    "source removed": Case("http://leaves.example/leaf", "source removed: leaves is not configured since", 1),
    "unknown": Case("http://blog.example/nothing", "unknown: it was in no document of blog that was read", 1),
    "unknown host": Case("http://else.example/", "unknown: no article has this address, and no source is at else", 1),
    "unknown id": Case("tag:else.example,2026:1", "unknown: no article has this id or key", 1),
    "no question": Case(" ", "", 2),
}


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A store where each of these things has happened."""
    folder = tmp_path_factory.mktemp("fates")
    with FeedServer() as server:
        lines = [line for line in SENTENCES.splitlines() if line]
        asyncio.run(World(folder, server, "fates").play(enumerate(lines, start=1)))
        yield folder / "config.yaml"


def explain(config: Path, asked: str, *options: str) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["explain", asked, "--config", str(config), *options])
    return getattr(found.exception, "exit_code", found.exit_code), found.stdout


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_last_line_names_the_step_that_decided(config: Path, case: Case) -> None:
    code, said = explain(config, case.asked)
    assert ("".join(said.splitlines()[-1:]).startswith(case.last), code) == (True, case.code), said


@pytest.mark.parametrize("name", ["published", "dropped", "folded", "unknown"])
def test_machines_are_told_the_same(config: Path, name: str) -> None:
    case = CASES[name]
    code, said = explain(config, case.asked, "--json")
    told = json.loads(said)
    assert f"{told['fate']}: {told['because']}".startswith(case.last)
    assert (told["shown"], told["asked"], code) == (case.code == 0, case.asked, case.code)
    assert [each["id"] for each in told["outputs"]] == (["main", "cars"] if told["id"] else [])


def test_each_step_says_what_it_did(config: Path) -> None:
    _, said = explain(config, "http://blog.example/hello")
    for words in (
        'article  "Hello", of blog, known by its address',
        "it is in the last document that was read",
        "as atom10",
        "id       tag:blog.example,2026:hello, its source's own",
        ", as its source says",
        "drop 'title ~ /^Ad/' does not match",
        "also in planet",
        "main: entry ",
        "cars: no: its query 'title ~ /car/i' is not true of it",
    ):
        assert words in said, said


def test_the_entry_of_a_day_tells_what_it_lists(config: Path) -> None:
    feed = json.loads((config.parent / "feeds" / "public" / "main.json").read_text())
    (digest,) = [each["id"] for each in feed["items"] if each["title"] == "1 more from Busy"]
    code, said = explain(config, digest)
    assert code == 0
    assert "Second: http://busy.example/second" in said
