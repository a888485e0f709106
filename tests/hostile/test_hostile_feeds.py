"""Feeds of every encoding, with every wish and full of addresses, through the whole program, from socket to store."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hostile_feeds import LINKS, TITLES, WISHES, full_of_addresses, rss, served
from hostile_program import articles, poll, program
from hostile_server import Behaviour, Case, Server

from aggregator.model import Article, Code, SourceState

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)  # a Sunday
HOUR = timedelta(hours=1)


@dataclass
class Met:
    state: SourceState
    articles: list[Article]
    requests: int


def run(folder: Path, behaviours: dict[str, Behaviour]) -> dict[str, Met]:
    """One poll of each, each with a server of its own."""

    async def live() -> dict[str, Met]:
        async with AsyncExitStack() as stack:
            servers = {
                name: await stack.enter_async_context(Server(Case(path="/", behave=each, code=Code.OK)))
                for name, each in behaviours.items()
            }
            sources = (f"{{id: s{number}, url: '{each.url}'}}" for number, each in enumerate(servers.values()))
            app = await stack.enter_async_context(program(folder, sources, lambda: NOW))
            ids = [f"s{number}" for number in range(len(servers))]
            await poll(app, ids)
            met: dict[str, Met] = {}
            for id_, (name, server) in zip(ids, servers.items(), strict=True):
                state = app.store.polls.state(id_)
                assert state is not None
                met[name] = Met(state, list(articles(app, id_, NOW)), len(server.requests))
            return met

    return asyncio.run(live())


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Met]:
    """Every feed of this module after one poll."""
    behaviours: dict[str, Behaviour] = {name: each for name, (each, _) in {**TITLES, **WISHES}.items()}
    behaviours |= {name: served(rss(more=more).encode()) for name, more in LINKS.items()}

    async def addresses(request: Any, wire: Any) -> None:
        base = f"http://127.0.0.1:{wire.server.port}"
        fields = (("Link", f"<{base}/hub>; rel=hub, <{base}/i.ico>; rel=icon"), ("Refresh", f"0; url={base}/r"))
        await served(full_of_addresses(base), *fields)(request, wire)

    behaviours["addresses"] = addresses
    return run(tmp_path_factory.mktemp("feeds"), behaviours)


@pytest.mark.parametrize("name", TITLES)
def test_f53_an_encoding_is_that_of_the_mark_then_the_header_then_the_declaration(
    name: str, met: dict[str, Met]
) -> None:
    """F53: and only encodings of text count; of the three, the first that can be."""
    assert met[name].state.code == Code.OK
    assert [each.title for each in met[name].articles] == [TITLES[name][1]]


@pytest.mark.parametrize("name", WISHES)
def test_wishes_only_lengthen_the_time_to_the_next_poll_and_not_beyond_a_day(name: str, met: dict[str, Met]) -> None:
    """F21 to F24, F32."""
    hours = WISHES[name][1]
    assert hours * HOUR <= met[name].state.next_poll_at - NOW <= hours * HOUR * 1.1


@pytest.mark.parametrize("name", LINKS)
def test_what_leads_nowhere_good_is_in_nothing_that_is_kept(name: str, met: dict[str, Met]) -> None:
    assert met[name].state.code == Code.OK
    (kept,) = met[name].articles
    said = repr((kept.url, kept.links, kept.enclosures, kept.comments, kept.content_html)).lower()
    assert not [each for each in ("script:", "file:", "data:", "<script", "srcdoc", "<form", "<meta") if each in said]


def test_f51_nothing_that_a_feed_names_is_fetched(met: dict[str, Met]) -> None:
    """F51: neither article pages, icons, pictures, hubs nor what its XML refers to."""
    assert met["addresses"].state.code == Code.OK
    assert [each.title for each in met["addresses"].articles] == ["One"]
    assert met["addresses"].requests == 1
