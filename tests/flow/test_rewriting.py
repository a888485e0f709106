"""Rewriting through the whole program: what readers see, and that none of it is an edit."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from feedserver import FeedServer

from aggregator.articles import compile_action, compile_rule
from aggregator.config import load
from aggregator.explaining import read_explanation
from aggregator.model import PageText
from aggregator.model.terms import tag_term
from aggregator.operate import rules_rows
from aggregator.pipeline import publish_if_due
from aggregator.polls import Polls
from aggregator.wiring import App, open_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from aggregator.model import Article

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WORDS = "It has more than a few words, so that it says something of its own, and can be told from others."


def feed(*items: str) -> bytes:
    return (
        "<rss version='2.0'><channel><title>Blog</title><link>https://blog.example/</link>"
        f"<description>d</description>{''.join(items)}</channel></rss>"
    ).encode()


def item(number: int, text: str = WORDS, tag: str = "JS") -> str:
    share = '<div class="share">Share this on every site there is</div>'
    return (
        f"<item><title>[AD] Post {number}</title><guid isPermaLink='false'>blog-{number}</guid>"
        f"<link>https://blog.example/{number}</link><category>{tag}</category>"
        f"<pubDate>Fri, {13 + number} Nov 2026 10:00:00 GMT</pubDate>"
        f"<description><![CDATA[<p class='lead'>Number {number}. {text}</p>{share}]]></description></item>"
    )


class Blog:
    """A program that follows one feed, which says what a test lets it say."""

    def __init__(self, folder: Path, server: FeedServer) -> None:
        self.folder = folder
        self.server = server
        self.now = NOW
        self.app: App

    def config(self, *rewrite: dict[str, Any], **source: Any) -> Any:
        said = {
            "site": {"title": "Planet", "url": "https://planet.example/"},
            "network": {"allow": ["127.0.0.1"]},
            "outputs": [{"id": "main", "formats": ["json"]}, {"id": "js", "formats": ["json"], "query": 'tag = "js"'}],
            "sources": [{"id": "blog", "url": f"{self.server.url}/feed", "rewrite": list(rewrite), **source}],
        }
        path = self.folder / "config.yaml"
        path.write_text(json.dumps(said), encoding="utf-8")
        return load(path, {}, check_rule=compile_rule, check_action=compile_action)

    @asynccontextmanager
    async def follows(self, *rewrite: dict[str, Any], **source: Any) -> AsyncIterator[Blog]:
        self.app = await open_app(self.config(*rewrite, **source), now=lambda: self.now)
        try:
            yield self
        finally:
            await self.app.close()

    async def uses(self, *rewrite: dict[str, Any], **source: Any) -> None:
        """Another configuration, taken while it runs."""
        await self.app.use(self.config(*rewrite, **source))
        await publish_if_due(self.app)

    async def says(self, *items: str) -> None:
        """The feed has these items; it is polled, and what is new published."""
        self.server.documents["/feed"] = feed(*items)
        polls = Polls(self.app)
        await polls.start(only={"blog"})
        await polls.wait()
        await publish_if_due(self.app)
        self.now += timedelta(hours=5)

    def shown(self, output: str = "feed") -> dict[str, dict[str, Any]]:
        """Entries of an output by id."""
        items = json.loads((self.folder / "feeds" / "public" / f"{output}.json").read_bytes())["items"]
        return {each["id"]: each for each in items}

    def titles(self, output: str = "feed") -> list[str]:
        return [each["title"] for each in self.shown(output).values()]

    def held(self, number: int) -> Article:
        found = self.app.store.articles.find(f"https://blog.example/{number}")
        assert found is not None
        return found


@pytest.fixture
def blog(tmp_path: Path) -> Iterator[Blog]:
    with FeedServer() as server:
        yield Blog(tmp_path, server)


CLEAR = {"remove": {"title": r"/^\[AD\] /"}}
SHARE = {"css_remove": ".share"}
HOUSE = {"map_tag": {"js": "javascript"}}


async def test_readers_see_what_is_rewritten_and_the_store_keeps_what_was_said(blog: Blog) -> None:
    async with blog.follows(CLEAR, SHARE, HOUSE):
        await blog.says(item(1), item(2))
        assert blog.titles() == ["Post 2", "Post 1"]
        assert all("Share this" not in each["content_html"] for each in blog.shown().values())
        assert all(each["tags"] == ["javascript"] for each in blog.shown().values())
        assert blog.titles("js") == []
        held = blog.held(1)
        assert held.original is not None
        assert (held.title, held.original.title) == ("Post 1", "[AD] Post 1")
        javascript, js = tag_term("javascript"), tag_term("js")
        assert javascript is not None
        assert js is not None
        assert len(blog.app.store.articles.newest_of(javascript, 9, now=blog.now)) == 2
        assert len(blog.app.store.articles.newest_of(js, 9, now=blog.now)) == 0


async def test_what_is_stored_follows_other_rules_and_none_of_it_is_an_edit(blog: Blog) -> None:
    async with blog.follows():
        await blog.says(item(1), item(2))
        before = blog.shown()
        await blog.uses(CLEAR, HOUSE)
        after = blog.shown()
        assert [each["title"] for each in after.values()] == ["Post 2", "Post 1"]
        assert blog.titles("js") == []
        assert before.keys() == after.keys()
        for key, each in after.items():
            assert (each["date_published"], each.get("date_modified")) == (
                before[key]["date_published"],
                before[key].get("date_modified"),
            )
        assert blog.held(1).updated is None
        assert blog.app.store.articles.versions(blog.held(1).key) == ()
        await blog.uses()
        assert blog.shown() == before
        assert blog.held(1).original is None


async def test_the_same_again_after_a_change_of_rules_is_no_edit_and_other_words_are(blog: Blog) -> None:
    async with blog.follows():
        await blog.says(item(1))
        await blog.uses(CLEAR, {"replace": {"content": "/words/"}, "with": "WORDS"})
        await blog.says(item(1))
        assert blog.held(1).updated is None
        await blog.says(item(1, "Quite other words, of which nobody has read a single one until this very moment."))
        assert blog.held(1).updated is not None
        assert blog.held(1).title == "Post 1"
        assert "other WORDS" in (blog.held(1).content_html or "")
        (version,) = blog.app.store.articles.versions(blog.held(1).key)
        assert version.title == "[AD] Post 1"


async def test_rules_that_look_at_classes_have_the_feed_read_again(blog: Blog) -> None:
    async with blog.follows():
        await blog.says(item(1))
        assert "Share this" in (blog.held(1).content_html or "")
        await blog.uses(SHARE)
        assert "Share this" in (blog.held(1).content_html or ""), "what was cleaned has no classes any more"
        await blog.says(item(1))
        assert "Share this" not in (blog.held(1).content_html or "")
        assert blog.held(1).updated is None
        await blog.uses({"css_select": ".share"})
        assert "Number 1" not in (blog.held(1).content_html or ""), "the markup is kept by now"


async def test_what_is_rewritten_is_the_text_of_the_page_where_that_is_shown(blog: Blog) -> None:
    async with blog.follows({"replace": {"content": "words"}, "with": "pages"}):
        await blog.says(item(1))
        key = blog.held(1).key
        assert "few pages" in (blog.held(1).content_html or "")
        from sqlalchemy import insert

        from aggregator.store.codec import encode_text
        from aggregator.store.schema import full_texts

        page = encode_text(PageText(html="<p>All the words of its page.</p>", words=6))
        row = {"key": key, "source": "blog", "url": "https://blog.example/1", "tries": 0, "recipe": "", **page}
        with blog.app.store._database.writing() as db:
            db.execute(insert(full_texts).values(row))
        await blog.app.judge_some(blog.app.sources["blog"], [key])
        assert blog.held(1).content_html == "<p>All the pages of its page.</p>"


async def test_keep_and_drop_ask_about_what_is_shown_and_every_rule_is_counted(blog: Blog) -> None:
    async with blog.follows(CLEAR, drop='title = "Post 1"'):
        await blog.says(item(1), item(2))
        assert blog.titles() == ["Post 2"]
        await blog.says(item(1), item(2), item(3, tag="go"))
        counted = {(each.owner, each.kind): each.matched for each in blog.app.store.rule_counts.read()}
        assert counted == {("blog", "rewrite"): 3, ("blog", "drop"): 1, ("js", "query"): 1}
        await blog.uses(CLEAR, drop='title in ["Post 2", "Post 3"]')
        rows = rules_rows(blog.app.store.rule_counts.read(), blog.now)
        counted = {(each.owner, each.kind): each.matched for each in rows}
        assert counted == {("blog", "rewrite"): 3, ("blog", "drop"): 2, ("js", "query"): 2}
        assert [each.warning for each in rows] == [None, None, None]


async def test_what_new_rules_hit_is_counted_once_where_a_crash_broke_it_off(
    blog: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def kill(*_: object) -> None:
        raise Killed

    async with blog.follows():
        await blog.says(item(1), item(2), item(3))
        taken = {each.kind: each.matched for each in blog.app.store.rule_counts.read()}
        for broken_off in ("aggregator.wiring.judge", "aggregator.wiring.all_judged"):
            with monkeypatch.context() as patched:
                patched.setattr(broken_off, kill)
                with pytest.raises(Killed):
                    await blog.uses(CLEAR, drop='title = "Post 1"')
    async with blog.follows(CLEAR, drop='title = "Post 1"'):
        for _ in range(2):
            await blog.app.sync()
            counted = {each.kind: each.matched for each in blog.app.store.rule_counts.read()}
            assert counted == {**taken, "rewrite": 3, "drop": 1}


async def test_explain_tells_what_each_action_changed(blog: Blog) -> None:
    page = {"replace": {"url": "/$/"}, "with": "?from=planet"}
    async with blog.follows(CLEAR, SHARE, page):
        await blog.says(item(1))
    told = read_explanation(blog.config(CLEAR, SHARE, page), "https://blog.example/1", blog.now)
    steps = [text for name, text in told.steps if name == "rewrite"]
    assert steps[0] == r"remove title: /^\[AD\] /: changed it"
    assert steps[1] == "css_remove .share: changed it"
    assert steps[3] == 'title: "[AD] Post 1" became "Post 1"'
    assert steps[4] == "url: https://blog.example/1 became https://blog.example/1?from=planet"
    assert steps[-1].startswith("content: ")
    again = read_explanation(blog.config(CLEAR, SHARE, page), "https://blog.example/1?from=planet", blog.now)
    assert again.facts.article == told.facts.article
