"""``check_deleted``: an article that is taken out of its feed is deleted where its page is gone, on two days."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from feedserver import FeedServer

from aggregator.articles import compile_rule
from aggregator.config import load
from aggregator.model import PUBLISHER
from aggregator.pages import ask_if_due
from aggregator.pipeline import publish_if_due
from aggregator.polls import poll_round
from aggregator.wiring import open_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from aggregator.wiring import App

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


@dataclass
class Blog:
    """A feed of posts and their pages, and the program that reads it."""

    server: FeedServer
    posts: list[int] = field(default_factory=lambda: [5, 4, 3, 2, 1])
    pages: set[int] = field(default_factory=lambda: {1, 2, 3, 4, 5})
    now: datetime = NOW
    app: App | None = None

    def serve(self) -> None:
        items = "".join(
            f"<item><title>Post {n}</title><guid>{n}</guid><link>{self.server.url}/{n}</link></item>"
            for n in self.posts
        )
        feed = f"<rss version='2.0'><channel><title>B</title><link>{self.server.url}/</link>{items}</channel></rss>"
        pages = {f"/{n}": b"a page" for n in self.pages}
        self.server.documents = {"/feed": feed.encode(), **pages}

    async def look(self, later: timedelta = timedelta(0)) -> list[str]:
        """One poll, the pages that are due, and one publish; which pages were asked for."""
        assert self.app is not None
        self.now += later
        self.serve()
        await poll_round(self.app, {"blog"}, lambda _decided, _seconds: None)
        before = len(self.server.requests)
        for _ in range(6):  # one page of a host each time
            await ask_if_due(self.app)
        await publish_if_due(self.app)
        return [each.path for each in self.server.requests[before:]]

    def deleted(self) -> list[str]:
        assert self.app is not None
        held = self.app.store.articles.newest(50, now=self.now, visible=False)
        return sorted(each.title for each in held if each.deleted_by == PUBLISHER)


@pytest.fixture
async def blog(server: FeedServer, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Blog]:
    settings = getattr(request, "param", ", check_deleted: true")
    made = Blog(server)
    (tmp_path / "config.yaml").write_text(
        "site: {title: T, url: 'http://127.0.0.1:8080/', id: 'tag:t.example,2026:t'}\n"
        f"network: {{allow: ['127.0.0.1:{server.port}']}}\n"
        f"sources:\n  - {{id: blog, url: '{server.url}/feed'{settings}}}\n"
    )
    config = load(tmp_path / "config.yaml", {}, check_rule=compile_rule)
    made.app = await open_app(config, now=lambda: made.now)
    await made.look()
    yield made
    await made.app.close()


async def test_an_article_is_deleted_when_its_page_is_gone_on_two_days(blog: Blog, tmp_path: Path) -> None:
    blog.posts, blog.pages = [5, 4, 2, 1], {1, 2, 4, 5}
    assert await blog.look(DAY) == ["/3"]
    assert await blog.look(timedelta(hours=12)) == []
    assert blog.deleted() == []
    assert await blog.look(timedelta(hours=12)) == ["/3"]
    assert blog.deleted() == ["Post 3"]
    published = (tmp_path / "feeds" / "public" / "feed.atom").read_text()
    assert published.count("deleted by its publisher") == 1
    assert await blog.look(DAY) == []


async def test_a_page_that_is_there_is_asked_for_once(blog: Blog) -> None:
    blog.posts = [5, 4, 2, 1]
    assert await blog.look(DAY) == ["/3"]
    assert await blog.look(2 * DAY) == []
    assert blog.deleted() == []


async def test_a_page_that_is_there_again_is_that_of_no_deleted_article(blog: Blog) -> None:
    blog.posts, blog.pages = [5, 4, 2, 1], {1, 2, 4, 5}
    await blog.look(DAY)
    blog.pages = {1, 2, 3, 4, 5}
    assert await blog.look(DAY) == ["/3"]
    assert await blog.look(2 * DAY) == []
    assert blog.deleted() == []


async def test_what_leaves_at_the_end_of_the_feed_is_not_asked_for(blog: Blog) -> None:
    blog.posts, blog.pages = [6, 5, 4, 3], {3, 4, 5, 6}
    assert await blog.look(DAY) == []


async def test_an_entry_that_is_back_is_left_alone(blog: Blog) -> None:
    blog.posts, blog.pages = [5, 4, 2, 1], {1, 2, 4, 5}
    await blog.look(DAY)
    blog.posts = [5, 4, 3, 2, 1]
    assert await blog.look(DAY) == []
    assert await blog.look(2 * DAY) == []
    assert blog.deleted() == []


async def test_a_page_that_does_not_say_is_tried_daily_for_a_week(blog: Blog) -> None:
    blog.posts = [5, 4, 2, 1]
    blog.server.answers["/3"] = (503, None)
    asked = [len(await blog.look(DAY)) for _ in range(10)]
    assert asked[:7] == [1] * 7
    assert asked[8:] == [0, 0]
    assert blog.deleted() == []


async def test_a_deleted_article_does_not_come_back_with_the_feed(blog: Blog) -> None:
    blog.posts, blog.pages = [5, 4, 2, 1], {1, 2, 4, 5}
    await blog.look(DAY)
    await blog.look(DAY)
    blog.posts = [5, 4, 3, 2, 1]
    await blog.look(DAY)
    assert blog.deleted() == ["Post 3"]


async def test_several_pages_of_a_host_are_asked_for_one_after_another(blog: Blog) -> None:
    assert blog.app is not None
    blog.posts = [5, 1]
    blog.now += DAY
    blog.serve()
    await poll_round(blog.app, {"blog"}, lambda _decided, _seconds: None)
    for expected in ({"/4"}, {"/4", "/3"}, {"/4", "/3", "/2"}):
        await ask_if_due(blog.app)
        assert len({each.path for each in blog.server.requests} & {"/4", "/3", "/2"}) == len(expected)


@pytest.mark.parametrize("blog", [""], indirect=True)
async def test_nothing_is_asked_for_unless_the_operator_wants_it(blog: Blog) -> None:
    blog.posts, blog.pages = [5, 4, 2, 1], {1, 2, 4, 5}
    assert await blog.look(DAY) == []
    assert await blog.look(2 * DAY) == []
    assert blog.deleted() == []
