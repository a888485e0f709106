"""kill -9 at any moment, and a full disk: each poll is in the store whole or not at all."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest

from aggregator.errors import StoreError
from aggregator.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Make

KILLS = 15
FEW = 7
"""Articles per poll; as in recorder.py."""


def test_killed_at_any_moment_every_poll_is_whole_or_absent(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    chance = random.Random(20261122)
    command = [sys.executable, str(Path(__file__).with_name("recorder.py")), url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as recorders:
        assert recorders.stdin is not None
        assert recorders.stdout is not None
        recorded = 0
        for _ in range(KILLS):
            recorders.stdin.write("one more\n")
            recorders.stdin.flush()
            recorder = _started(recorders.stdout)
            for _ in range(chance.randrange(6)):
                assert recorders.stdout.readline() == "recorded\n"
            time.sleep(chance.uniform(0, 0.02))
            os.kill(recorder, signal.SIGKILL)
            _wait_until_gone(recorder)
            before, recorded = recorded, _recorded(url)
            assert recorded >= before
        recorders.stdin.close()
    assert recorded > KILLS, "the recorders were killed before they had recorded anything: this showed nothing"


def _started(lines: IO[str]) -> int:
    """The process id of the next recorder; what the last one still said is passed over."""
    return next(int(line) for line in lines if line != "recorded\n")


def _wait_until_gone(process: int) -> None:
    while Path(f"/proc/{process}").exists():
        time.sleep(0.001)


def _recorded(url: str) -> int:
    """Checks the store after a kill; gives the number of polls in it."""
    with Store.open(url) as store:
        assert store.check() == ()
        total = 0
        for state in store.polls.states():
            polls = int(state.validators.etag or 0)
            held = store.articles.newest(10**6, now=state.next_poll_at, source=state.source, visible=False)
            shown = store.articles.newest(10**6, now=state.next_poll_at, source=state.source)
            assert state.requests == polls
            assert sorted(article.title for article in held) == sorted(
                f"{state.source}/{poll}/{number}" for poll in range(1, polls + 1) for number in range(FEW)
            )
            assert all(article.content_html == f"<p>{article.title}</p>" * 200 for article in held)
            assert len(held) - len(shown) == max(polls - 1, 0)
            total += polls
        assert store.publish_seq() == total
        assert len(store.polls.log(limit=10**6)) == total
    return total


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("only root may mount the small disk that this test fills")
    done = subprocess.run([mount, "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"the small disk that this test fills cannot be mounted: {done.stderr.decode().strip()}")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_full_disk_stops_nothing_for_good(small_disk: Path, make: Make) -> None:
    with Store.open(f"sqlite:///{small_disk}/store.db") as store:
        make.sync(store, make.source())
        make.record(store, new=(make.article("first"),))
        ballast = small_disk / "ballast"
        ballast.write_bytes(b"x" * (1 << 20))
        with pytest.raises(StoreError, match="disk is full"):
            _record_for_ever(store, make)
        held = store.articles.counts()["a"]
        state = store.polls.state("a")
        assert state is not None
        assert held == 1 + state.requests
        ballast.unlink()
        make.record(store, new=(make.article("last"),), now=make.now + timedelta(days=999))
        assert store.articles.counts() == {"a": held + 1}
        assert store.check() == ()
    with Store.open(f"sqlite:///{small_disk}/store.db") as store:
        assert store.articles.counts() == {"a": held + 1}


def _record_for_ever(store: Store, make: Make) -> None:
    for number in itertools.count(1):
        big = make.article(number, content_html=os.urandom(100_000).hex())
        make.record(store, new=(big,), state={"requests": number}, now=make.now + timedelta(hours=2 * number))


def test_a_full_disk_at_the_first_start_is_said_and_leaves_no_half_store(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    _fill(ballast)
    with pytest.raises(StoreError, match="disk is full"):
        Store.open(f"sqlite:///{small_disk}/store.db")
    assert not (small_disk / "store.db").exists()
    ballast.unlink()
    with Store.open(f"sqlite:///{small_disk}/store.db") as store:
        assert store.check() == ()


def _fill(path: Path) -> None:
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)


def test_a_copy_taken_while_writing_goes_on_from_a_whole_poll(tmp_path: Path, make: Make) -> None:
    """What a power cut leaves if the disk keeps its promise: the file as last checkpointed and the log, torn."""
    with Store.open(f"sqlite:///{tmp_path}/store.db") as store:
        make.sync(store, make.source())
        for number in range(6):
            make.record(
                store,
                new=tuple(make.article((number, each)) for each in range(FEW)),
                state={"requests": number + 1},
                now=make.now + timedelta(hours=2 * number),
            )
        database, log = (tmp_path / "store.db").read_bytes(), (tmp_path / "store.db-wal").read_bytes()
    assert log, "everything was checkpointed: this showed nothing"
    seen = set()
    for cut in range(0, len(log), len(log) // 30):
        copy = tmp_path / "copy.db"
        copy.write_bytes(database)
        copy.with_name("copy.db-wal").write_bytes(log[:cut])
        copy.with_name("copy.db-shm").unlink(missing_ok=True)
        connection = sqlite3.connect(copy)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        polls = connection.execute("SELECT coalesce(sum(requests), 0) FROM source_state").fetchone()[0]
        assert connection.execute("SELECT count(*) FROM articles").fetchone()[0] == polls * FEW
        assert connection.execute("SELECT count(*) FROM article_bodies").fetchone()[0] == polls * FEW
        connection.close()
        seen.add(polls)
    assert len(seen) > 3, "the cuts fell into too few different polls: this showed nothing"
