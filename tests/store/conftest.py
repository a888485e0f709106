"""A store on each backend, and plain values to put in it. Where PostgreSQL comes from: tests/support/postgres.py."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from postgres import Postgres, running

from aggregator.model import Article, Claim, Code, Person, PollPlan, Source, Validators
from aggregator.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


# ---- values


class Make:
    """Values with everything filled in that a test does not care about."""

    now = NOW
    minute = timedelta(minutes=1)

    @staticmethod
    def key(name: object) -> str:
        return sha256(str(name).encode()).hexdigest()[:32]

    def source(self, name: str = "a", **fields: Any) -> Source:
        return Source(id=name, **({"url": f"https://{name}.example/feed"} | fields))

    def article(self, name: object = "one", source: str = "a", **fields: Any) -> Article:
        given: dict[str, Any] = {
            "key": self.key((source, name)),
            "id": f"tag:example.org,2026:{source}:{name}",
            "source": source,
            "raw_hash": sha256(str(name).encode()).digest(),
            "fingerprint": sha256(str(name).encode()).digest()[:16],
            "title": f"Article {name}",
            "url": f"https://{source}.example/{name}",
            "content_html": f"<p>Text of {name}</p>",
            "authors": (Person(name="An Author"),),
            "first_seen": NOW,
            "sort_at": NOW,
        }
        return Article(**(given | fields))

    def plan(self, claim: Claim, *, state: dict[str, Any] | None = None, **fields: Any) -> PollPlan:
        """A poll that went well and is due again in an hour, but for what is given."""
        fine: dict[str, Any] = {"next_poll_at": NOW + timedelta(hours=1), "next_reason": "hourly", "code": Code.OK}
        return PollPlan(source=claim.source, state=replace(claim.state, **(fine | (state or {}))), **fields)

    def validators(self, etag: str) -> Validators:
        return Validators(etag=etag)

    def sync(self, store: Store, *sources: Source, now: datetime = NOW, gap: timedelta = timedelta(seconds=1)) -> Any:
        return store.sync(sources, now, lambda source: now, lambda host: gap)

    def claim(self, store: Store, source: str = "a", now: datetime = NOW) -> Claim:
        (claim,) = store.queue.claim(now, 1, timedelta(minutes=1), only=[source], force=True)
        return claim

    def record(self, store: Store, source: str = "a", now: datetime = NOW, **fields: Any) -> int:
        """Claims, records and clears the host's gap for the next one."""
        claim = self.claim(store, source, now)
        return store.polls.record(self.plan(claim, **fields), claim, now)


@pytest.fixture(scope="session")
def make() -> Make:
    return Make()


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running() as server:
        yield server


# ---- stores


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def empty_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database that is not there yet (SQLite) or has no tables (PostgreSQL)."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path}/store.db"
    else:
        with request.getfixturevalue("postgres").database(migrated=False) as url:
            yield url


@pytest.fixture
def url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a store without content."""
    if backend == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        shutil.copy(template, tmp_path / "store.db")
        yield f"sqlite:///{tmp_path}/store.db"
    else:
        with request.getfixturevalue("postgres").database(migrated=True) as url:
            yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "store.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An open store, once on each backend."""
    with Store.open(url) as opened:
        yield opened


@pytest.fixture
def another(url: str) -> Iterator[Callable[[], Store]]:
    """Opens the same database again, as a second process without the lock would."""
    opened: list[Store] = []

    def open_again() -> Store:
        opened.append(Store.open(url, lock=False))
        return opened[-1]

    yield open_again
    for each in opened:
        each.close()
