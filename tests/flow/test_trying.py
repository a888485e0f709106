"""A rule that is tried: what it takes is what it takes, and what would go and come is what goes and comes."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.articles import compile_rule
from aggregator.config import load
from aggregator.errors import UsageError
from aggregator.model import Article, Category, Code, PollPlan
from aggregator.outputs.choosing import is_behind
from aggregator.pipeline import publish_if_due
from aggregator.trying import try_in_outputs, try_rule, with_rule
from aggregator.wiring import open_app

if TYPE_CHECKING:
    from pathlib import Path

    from aggregator.config import Config
    from aggregator.wiring import App

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WORDS = ("python", "rust", "cars", "news", "ads", "sport")
OUTPUTS = [
    {"id": "main", "limit": 12},
    {"id": "few", "limit": 5, "per_source": 3},
    {"id": "tagged", "query": 'tag in ["python", "rust"]', "limit": 6},
    {"id": "fresh", "query": "age < 10d and not title ~ /ads/"},
]


def configured(folder: Path) -> Config:
    said = {
        "site": {"title": "Planet", "url": "https://planet.example/"},
        "outputs": [{"formats": ["json"], **each} for each in OUTPUTS],
        "sources": [
            {"id": "a", "url": "https://a.example/feed", "drop": 'tag = "sport"'},
            {"id": "b", "url": "https://b.example/feed", "rewrite": [{"map_tag": {"cars": "python"}}]},
        ],
    }
    (folder / "config.yaml").write_text(json.dumps(said))
    return load(folder / "config.yaml", {}, check_rule=compile_rule)


def brings(app: App, source: str, articles: list[Article]) -> None:
    (claim,) = app.store.queue.claim(NOW, 1, timedelta(minutes=1), only=[source], force=True)
    plan = PollPlan(source=source, state=replace(claim.state, code=Code.OK, next_poll_at=NOW), new=tuple(articles))
    app.store.polls.record(plan, claim, NOW)


def article(number: int, source: str, chance: random.Random, copy_of: str | None) -> Article:
    at = NOW - timedelta(hours=chance.randrange(1, 700), seconds=number)
    return Article(
        key=f"{number:032x}",
        id=f"https://{source}.example/{number}",
        source=source,
        raw_hash=b"r",
        fingerprint=b"f",
        title=f"{chance.choice(WORDS)} {chance.choice(WORDS)} {number}",
        url=f"https://{source}.example/{number}",
        content_html=f"<p>{'word ' * chance.randrange(1, 60)}</p>",
        tags=tuple(Category(term=each) for each in chance.sample(WORDS, chance.randrange(3))),
        first_seen=at,
        sort_at=at,
        duplicate_of=copy_of,
    )


def some_rule(chance: random.Random, depth: int = 2) -> str:
    if depth and chance.random() < 0.6:
        left, right = some_rule(chance, depth - 1), some_rule(chance, depth - 1)
        return f"({left} {chance.choice(['and', 'or'])} {'not ' if chance.random() < 0.3 else ''}{right})"
    word = chance.choice(WORDS)
    choices = [f'tag = "{word}"', f"title ~ /{word}/", f'title !~ "{word}"', "words > 30", "age > 12d", "source = 'a'"]
    return chance.choice(choices)


async def published(app: App) -> dict[str, dict[str, str]]:
    """By output: id and title of its entries, once all is decided."""
    await publish_if_due(app)
    while is_behind(app.store, app.config.outputs, copies=False):
        await publish_if_due(app)
    folder = app.config.public
    outputs = [each.id for each in app.config.outputs]
    return {name: {each["id"]: each["title"] for each in items(folder, name)} for name in outputs}


def items(folder: Path, name: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads((folder / f"{name}.json").read_bytes())["items"]
    return found


@pytest.mark.parametrize("seed", range(2))
async def test_what_would_go_and_come_is_the_difference_between_outputs_with_and_without_the_rule(
    seed: int, tmp_path: Path
) -> None:
    chance = random.Random(seed)
    config = configured(tmp_path)
    app = await open_app(config, now=lambda: NOW)
    try:
        first = [article(each, "a", chance, None) for each in range(1, 31)]
        copies = [chance.choice([None, None, f"{each - 30:032x}"]) for each in range(31, 61)]
        brings(app, "a", first)
        brings(app, "b", [article(31 + place, "b", chance, of) for place, of in enumerate(copies)])
        await app.judge(app.sources["b"])
        await app.judge(app.sources["a"])
        before = await published(app)
        for role in ("drop", "keep", "query"):
            rule = compile_rule(some_rule(chance))
            sources = chance.choice([(), ("a",), ("b",)])
            changed = with_rule(config, rule, role, sources=sources, output=chance.choice(["main", "tagged"]))
            told = await try_in_outputs(config, changed, now=lambda: NOW)
            assert await published(app) == before, "trying changes nothing"
            await app.use(changed)
            after = await published(app)
            for name, entries in told.items():
                gone = {key: title for key, title in before[name].items() if key not in after[name]}
                came = {key: title for key, title in after[name].items() if key not in before[name]}
                assert (dict(entries.go), dict(entries.come)) == (gone, came), (rule.text, role, sources, name)
                assert entries.stay == len(before[name].keys() & after[name].keys())
            await app.use(config)
            before = await published(app)
    finally:
        await app.close()


async def test_what_a_rule_takes_and_leaves_is_told_with_its_reason(tmp_path: Path) -> None:
    config, chance = configured(tmp_path), random.Random(1)
    rule = compile_rule('title ~ "python" or words > 30')
    assert list(try_rule(config, rule)) == []
    app = await open_app(config, now=lambda: NOW)
    try:
        all_articles = [article(each, "a", chance, None) for each in range(1, 1200)]
        brings(app, "a", all_articles)
        brings(app, "b", [article(2000, "b", chance, None)])
    finally:
        await app.close()
    tried = list(try_rule(config, rule, sources=["a"]))
    assert len(tried) == len(all_articles), "those that a rule leaves out too"
    assert [each.article.sort_at for each in tried] == sorted((each.sort_at for each in all_articles), reverse=True)
    for each in tried[:50]:
        assert each.takes == ("python" in each.article.title or each.article.content_html.count("word") > 30)
        assert each.reason.startswith("matched because " if each.takes else "did not match because ")
    with pytest.raises(UsageError, match="no source is called x; there are a, b"):
        list(try_rule(config, rule, sources=["x"]))
    with pytest.raises(UsageError, match="no output is called x"):
        with_rule(config, rule, "query", output="x")
