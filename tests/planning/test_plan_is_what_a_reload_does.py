"""``plan`` says of twenty changes at random what a reload and the publishes after it then do: each entry, each
document, each decision of a rule.
"""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aggregator.articles import compile_action, compile_rule
from aggregator.config import Config, load
from aggregator.model import FeedInfo, Link, PublishedEntry
from aggregator.pipeline import publish_if_due
from aggregator.planning import between, make_plan
from aggregator.polls import poll_round
from aggregator.publish import paths
from aggregator.wiring import App, open_app

WORDS = ("release", "python", "garden", "music", "weather")
CHANGES = 20
AT = datetime(2026, 11, 23, tzinfo=UTC)
FOLDERS = ("one", "two", "three", "four")
BEGINNING: dict[str, Any] = {
    "site": {"title": "P", "url": "http://127.0.0.1:8099/", "id": "tag:p.example,2026:p"},
    "sources": [{"folder": name, "id": name} for name in FOLDERS],
    "outputs": [{"id": "main"}, {"id": "some", "query": 'title ~ "python"', "limit": 5}],
}


def written(folder: Path, value: dict[str, Any]) -> Config:
    """Some of its sources in a group, some in a file of another folder."""
    value = deepcopy(value)
    standing: dict[str, list[dict[str, Any]]] = {"main": [], "group": [], "file": []}
    for each in value["sources"]:
        standing[each.pop("stands in", "main")].append(each)
    for each in standing["file"]:
        each["folder"] = f"../{each['folder']}"
    (folder / "more").mkdir(exist_ok=True)
    (folder / "more" / "file.yaml").write_text(json.dumps(standing["file"]), encoding="utf-8")
    group = {"group": value.pop("group", {}), "sources": standing["group"]}
    value["sources"] = [*standing["main"], group, {"include": "more/*.yaml"}]
    (folder / "config.yaml").write_text(json.dumps(value), encoding="utf-8")
    return load(folder / "config.yaml", {}, check_rule=compile_rule, check_action=compile_action)


def beginning(folder: Path) -> dict[str, Any]:
    """Four folders of six articles each, one of them in two folders."""
    for place, name in enumerate(FOLDERS):
        (folder / name).mkdir()
        for number in range(6):
            word = WORDS[(place + number) % len(WORDS)]
            text = f"---\ntitle: About {word} {number}\ndate: 2026-11-{10 + number:02}\ntags: [{word}]\n---\n"
            text += f"The {word} of day {number} in {name}, told at length.\n"
            (folder / name / f"a{number}.md").write_text(text, encoding="utf-8")
    return BEGINNING


def changed(value: dict[str, Any], by: random.Random) -> dict[str, Any]:
    """One to three things in it are otherwise."""
    value = deepcopy(value)
    for _ in range(by.randint(1, 3)):
        by.choice(KINDS)(value, by)
    return value


def query(value: dict[str, Any], by: random.Random) -> None:
    by.choice(value["outputs"])["query"] = f'title ~ "{by.choice(WORDS)}" or source = "{by.choice(("one", "two"))}"'


def limit(value: dict[str, Any], by: random.Random) -> None:
    by.choice(value["outputs"])["limit"] = by.randint(1, 20)


def per_source(value: dict[str, Any], by: random.Random) -> None:
    chosen = by.choice(value["outputs"])
    if "digest" not in chosen:
        chosen["per_source"] = by.randint(1, 4)


def rules(value: dict[str, Any], by: random.Random) -> None:
    chosen = by.choice(value["sources"])
    chosen.pop("keep", None)
    chosen["drop"] = f"title ~ /{by.choice(WORDS)}/"


def tags(value: dict[str, Any], by: random.Random) -> None:
    by.choice(value["sources"])["tags"] = [by.choice(WORDS)]


def leave(value: dict[str, Any], by: random.Random) -> None:
    if len(value["sources"]) > 1:
        value["sources"].remove(by.choice(value["sources"]))


def come(value: dict[str, Any], by: random.Random) -> None:
    there = {each["folder"] for each in value["sources"]}
    for name in ("one", "two", "three", "four"):
        if name not in there:
            value["sources"].append({"folder": name, "id": name, "on_remove": by.choice(("keep", "drop", "tombstone"))})
            return


def switch(value: dict[str, Any], by: random.Random) -> None:
    by.choice(value["sources"])["enabled"] = by.choice((True, False))


def on_remove(value: dict[str, Any], by: random.Random) -> None:
    by.choice(value["sources"])["on_remove"] = by.choice(("keep", "drop", "tombstone"))


def formats(value: dict[str, Any], by: random.Random) -> None:
    by.choice(value["outputs"])["formats"] = by.sample(["atom", "rss", "json", "html"], by.randint(1, 4))


def title(value: dict[str, Any], by: random.Random) -> None:
    by.choice(value["sources"])["title"] = f"Called {by.choice(WORDS)}"


def rename(value: dict[str, Any], by: random.Random) -> None:
    chosen = by.choice(value["sources"])
    chosen["id"] = f"{chosen['folder']}-{by.randint(1, 9)}"


def output(value: dict[str, Any], by: random.Random) -> None:
    names = [each["id"] for each in value["outputs"]]
    if len(names) > 2:
        del value["outputs"][-1]
    else:
        free = next(name for name in ("third", "fourth", "fifth") if name not in names)
        value["outputs"].append({"id": free, "query": f'tag = "{by.choice(WORDS)}"'})


def order(value: dict[str, Any], by: random.Random) -> None:
    value["outputs"].reverse()


def copies(value: dict[str, Any], by: random.Random) -> None:
    value["duplicates"] = {"show": by.choice(("one", "all"))}


def digest(value: dict[str, Any], by: random.Random) -> None:
    chosen = by.choice(value["outputs"])
    if "per_source" not in chosen:
        chosen["digest"] = by.choice(("daily", "weekly"))


REWRITES: tuple[dict[str, Any], ...] = (
    {"set": {"title": "All about python"}},
    {"replace": {"title": "/python|garden/"}, "with": "music"},
    {"map_tag": {"python": "garden", "garden": "python"}},
    {"set": {"url": "https://same.example/"}},
    {"remove": {"content": "/./"}},
)


def rewrite(value: dict[str, Any], by: random.Random) -> None:
    by.choice(value["sources"])["rewrite"] = by.sample(REWRITES, by.randint(0, 3))


def elsewhere(value: dict[str, Any], by: random.Random) -> None:
    by.choice(value["sources"])["stands in"] = by.choice(("main", "group", "file"))


def shared(value: dict[str, Any], by: random.Random) -> None:
    value["group"] = by.choice(({"drop": "title ~ /music/"}, {"rewrite": [by.choice(REWRITES)]}, {"tags": ["python"]}))


KINDS = (
    *(rewrite, rewrite, elsewhere, elsewhere, shared),
    *(query, query, limit, per_source, rules, rules, rules, tags, leave, leave, come, switch, on_remove, formats),
    *(title, rename, output, order, copies, digest),
)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[App]:
    app = await open_app(written(tmp_path, beginning(tmp_path)))
    try:
        await poll_round(app, {each.id for each in app.config.sources}, lambda *_: None)
        await settle(app)
        yield app
    finally:
        await app.close()


async def settle(app: App) -> None:
    while await publish_if_due(app) is not None:
        pass


def shown(app: App) -> dict[str, set[str]]:
    return {each.id: {entry.id for entry in app.published[each.id].feed.entries} for each in app.config.outputs}


def documents(config: Config) -> set[str]:
    return {path for place, each in enumerate(config.outputs) for path in paths(each, first=place == 0)}


def dropped(app: App) -> set[str]:
    found = app.store.articles.newest(1000, now=app.now(), visible=False)
    return {each.key for each in found if each.left_out is not None}


async def test_twenty_changes_at_random_do_what_was_planned(running: App, tmp_path: Path) -> None:
    by = random.Random(20261123)
    value = BEGINNING
    planned_come = planned_go = judged = 0
    assert shown(running)["main"]
    for number in range(CHANGES):
        value = changed(value, by)
        config = written(tmp_path, value)
        before, said, left_out = shown(running), documents(running.config), dropped(running)

        plan = await make_plan(config)

        assert shown(running) == before, "a plan changes nothing"
        taken = await running.use(config)
        await settle(running)
        after = shown(running)
        assert taken.difference == plan.difference
        for name in before.keys() | after.keys():
            was, is_ = before.get(name, set()), after.get(name, set())
            entries = plan.outputs[name]
            assert {each for each, _ in entries.come} == is_ - was, (number, name, plan.difference.words)
            assert {each for each, _ in entries.go} == was - is_, (number, name, plan.difference.words)
            assert entries.stay == len(was & is_)
            planned_come, planned_go = planned_come + len(entries.come), planned_go + len(entries.go)
        assert set(plan.documents_added) == documents(running.config) - said
        assert set(plan.documents_removed) == said - documents(running.config)
        assert sum(plan.judged.values()) == len(dropped(running) ^ left_out)
        judged += sum(plan.judged.values())
        for path in plan.documents_removed:
            assert not (running.config.public / path).exists()
        if number % 5 == 0:
            again = await make_plan(config)
            assert again.nothing
            assert not again.dangers
    assert min(planned_come, planned_go, judged) > 0, "the changes must have changed something"


def test_an_address_that_several_entries_have_is_no_sign_that_one_has_another_id() -> None:
    def entry(name: str, url: str) -> PublishedEntry:
        return PublishedEntry(id=name, title=name, updated=AT, links=(Link(href=url),), source=FeedInfo())

    same, other = "https://same.example/", "https://other.example/"
    found = between((entry("a", same), entry("b", other)), (entry("c", same), entry("d", same), entry("e", other)))
    assert found.renamed == (("b", "e", "e"),)
