"""A loopback server, a fetcher that may call it, and a record of every connection the process tries to make."""

from __future__ import annotations

import asyncio
import importlib.util
import ssl
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from connections import recorded

from aggregator.fetch import Fetcher, Limits
from aggregator.model import Allowed, Polling, Source, SourceState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from types import ModuleType

HERE = Path(__file__).parent
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
AGENT = "aggregator/test (+http://127.0.0.1/)"
SHORT = Limits(
    connect=timedelta(seconds=0.3),
    tls=timedelta(seconds=0.3),
    first_byte=timedelta(seconds=0.3),
    silence=timedelta(seconds=0.3),
)


@pytest.fixture
def connects() -> Iterator[list[Any]]:
    """Every address a socket of this process was told to connect to."""
    with recorded() as made:
        yield made


@pytest.fixture(scope="session")
def strangers() -> ModuleType:
    """The module of behaviours."""
    spec = importlib.util.spec_from_file_location("fetch_server", HERE / "server.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
async def server(strangers: ModuleType) -> AsyncIterator[Any]:
    server = strangers.Server()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def other(strangers: ModuleType) -> AsyncIterator[Any]:
    """A second origin: same host, another port."""
    server = strangers.Server()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def tls_server(strangers: ModuleType) -> AsyncIterator[Any]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(HERE / "localhost.pem")
    server = strangers.Server()
    await server.start(context)
    yield server
    await server.stop()


@pytest.fixture(scope="session")
def trusting() -> ssl.SSLContext:
    """Trusts the test certificate."""
    return ssl.create_default_context(cafile=HERE / "localhost.pem")


@pytest.fixture(scope="session")
def until() -> Callable[[Callable[[], bool]], Awaitable[None]]:
    """Waits for what other tasks or threads bring about."""

    async def until(true: Callable[[], bool]) -> None:
        while not true():  # noqa: ASYNC110 - threads and servers under test have no event to wait for
            await asyncio.sleep(0.001)

    return until


class Reader:
    """A fetcher and short ways to use it."""

    def __init__(self, **options: Any) -> None:
        usual: dict[str, Any] = {
            "polling": Polling(timeout=timedelta(seconds=3), max_bytes=100_000),
            "allow": (Allowed(network="127.0.0.1/32"),),
            "agent": AGENT,
            "limits": SHORT,
        }
        self.fetcher = Fetcher(**{**usual, **options})

    async def get(self, url: str, state: SourceState | None = None, **settings: Any) -> Any:
        return await self.fetcher.fetch(Source(id="s", url=url, **settings), state, NOW)

    async def look(self, folder: Path, state: SourceState | None = None) -> Any:
        return await self.fetcher.fetch(Source(id="s", folder=folder), state, NOW)


@pytest.fixture
async def reader(trusting: ssl.SSLContext) -> AsyncIterator[Reader]:
    reader = Reader(tls=trusting)
    yield reader
    await reader.fetcher.aclose()


@pytest.fixture(scope="session")
def new_reader(trusting: ssl.SSLContext) -> Any:
    """Makes a reader with other options."""
    return lambda **options: Reader(**{"tls": trusting, **options})


@pytest.fixture(scope="session")
def after() -> Any:
    """Gives the state after an outcome whose articles were stored."""

    def state(outcome: Any, location: str, **changes: Any) -> SourceState:
        facts: dict[str, Any] = {
            "source": "s",
            "next_poll_at": NOW,
            "location": location,
            "final_url": outcome.final_url,
            "validators": outcome.validators,
            "body_hash": getattr(outcome, "body_hash", None),
        }
        return SourceState(**{**facts, **changes})

    return state
