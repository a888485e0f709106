"""Opening: fresh, migrated, damaged, foreign, newer, locked."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from aggregator.errors import StoreError, StoreLocked
from aggregator.store import Store, opening, schema
from aggregator.store.database import WAL_LIMIT, Database

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Make, Postgres


def database_of(store: Store) -> Database:
    return store._database


# ---- migrations


def test_the_migrations_make_what_the_schema_says(empty_url: str) -> None:
    with Store.open(empty_url) as store, database_of(store).writing() as db:
        context = MigrationContext.configure(
            db, opts={"version_table": schema.VERSION_TABLE, "target_metadata": schema.metadata}
        )
        assert compare_metadata(context, schema.metadata) == []
        assert {each["name"] for each in inspect(db).get_indexes("articles")} == {
            each.name for each in schema.articles.indexes
        }


def test_downgrading_leaves_nothing_and_upgrading_again_works(empty_url: str) -> None:
    with Store.open(empty_url) as store:
        database = database_of(store)
        with database.writing() as db:
            command.downgrade(opening.alembic_config(db), "base")
        with database.reading() as db:
            assert set(inspect(db).get_table_names()) == {schema.VERSION_TABLE}
        opening.upgrade(database)
        assert opening.current_revision(database) == schema.REVISION
        assert store.publish_seq() == 0


def test_a_store_of_the_first_schema_keeps_its_sources_and_counts_moves_from_the_next_look(
    empty_url: str, make: Make
) -> None:
    with Store.open(empty_url) as store:
        make.sync(store, make.source())
        make.record(store, state={"moved_to": "https://m.example/", "moved_since": make.now, "moved_polls": 2})
        with database_of(store).writing() as db:
            command.downgrade(opening.alembic_config(db), "0001")
            assert db.scalar(text("SELECT moved_to FROM source_state")) == "https://m.example/"
    with Store.open(empty_url) as store:
        state = store.polls.state("a")
        assert state is not None
        assert state.code is not None, "what was known is still there"
        assert (state.moved_to, state.moved_since, state.moved_polls) == (None, None, 0)
        make.record(store, now=make.now + make.minute)


def test_the_newest_migration_is_the_schemas_revision() -> None:
    config = opening.alembic_config(None)  # type: ignore[arg-type] - nothing is run
    assert ScriptDirectory.from_config(config).get_current_head() == schema.REVISION


def test_a_store_keeps_what_it_holds_when_it_is_opened_again(url: str, make: Make) -> None:
    with Store.open(url) as store:
        make.sync(store, make.source())
        make.record(store, new=(make.article(),))
    with Store.open(url) as store:
        assert store.articles.newest(10, now=make.now) == (make.article(),)


def test_a_newer_schema_is_refused_and_left_alone(url: str) -> None:
    with Store.open(url) as store, database_of(store).writing() as db:
        db.execute(text(f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999'"))
    for lock in (True, False):
        with pytest.raises(StoreError, match=rf"newer version .*schema 9999; this one knows {schema.REVISION}"):
            Store.open(url, lock=lock)


def test_an_interrupted_migration_leaves_nothing(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        real(*args)
        raise KeyboardInterrupt

    real = command.upgrade
    monkeypatch.setattr(command, "upgrade", fail)
    with pytest.raises(KeyboardInterrupt):
        Store.open(empty_url)
    assert not (tmp_path / "store.db").exists()
    monkeypatch.undo()
    with Store.open(empty_url) as store:
        assert store.check() == ()


# ---- one instance


def test_a_second_instance_is_refused_and_told_the_first_ones_process(url: str) -> None:
    with Store.open(url), pytest.raises(StoreLocked, match=rf"\b{os.getpid()}\b"):
        Store.open(url)
    Store.open(url).close()


def test_one_may_look_while_another_holds_the_store(url: str, make: Make) -> None:
    with Store.open(url) as store, Store.open(url, lock=False) as looker:
        make.sync(store, make.source())
        assert [state.source for state in looker.polls.states()] == ["a"]
        with pytest.raises(StoreLocked):
            Store.open(url)


def test_looking_at_a_store_that_is_not_there_makes_it_and_leaves_it_unlocked(empty_url: str) -> None:
    with Store.open(empty_url, lock=False) as looker, Store.open(empty_url):
        assert looker.polls.states() == ()


def test_who_looks_beside_a_service_makes_no_store_where_none_is_and_takes_no_lock(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    with Store.beside(url) as missing:
        assert missing is None
    assert not list(tmp_path.iterdir())
    with Store.open(url), Store.beside(url) as looker:
        assert looker is not None
        assert looker.polls.states() == ()


def test_closing_twice_is_harmless(url: str) -> None:
    store = Store.open(url)
    store.close()
    store.close()


HOLDER = """
import sys, time
from aggregator.store import Store
store = Store.open(sys.argv[1])
print("open", flush=True)
time.sleep(600)
"""


def test_the_lock_goes_with_the_process_however_it_ends(url: str) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, url], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(StoreLocked, match=rf"\b{holder.pid}\b"):
            Store.open(url)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        _retry_until_freed(url)


def _retry_until_freed(url: str) -> None:
    """PostgreSQL notices a dead client when it next reads from it, which is soon but not at once."""
    for _ in range(1000):
        try:
            Store.open(url).close()
        except StoreLocked:
            continue
        return
    pytest.fail("still locked")


def test_a_lock_that_the_server_forgot_is_taken_again_or_given_up(postgres: Postgres, make: Make) -> None:
    with postgres.database(migrated=True) as url, Store.open(url) as store:
        kill = text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted")
        make.sync(store, make.source())
        with database_of(store).writing() as db:
            db.execute(kill)
        assert len(store.queue.claim(make.now, 1, make.minute)) == 1
        with pytest.raises(StoreLocked):
            Store.open(url)
        with database_of(store).writing() as db:
            db.execute(kill)
        other = None
        while other is None:
            try:
                other = Store.open(url)
            except StoreLocked:
                continue
        with other, pytest.raises(StoreLocked):
            store.queue.claim(make.now, 1, make.minute)


@pytest.mark.parametrize("another", [False, True])
def test_a_lock_file_that_was_removed_stops_whoever_held_it(tmp_path: Path, make: Make, another: bool) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    with Store.open(url) as store:
        make.sync(store, make.source())
        assert len(store.queue.claim(make.now, 1, make.minute)) == 1
        (tmp_path / "store.db.lock").unlink()
        if another:
            Store.open(url).close()
        with pytest.raises(StoreLocked, match=r"store\.db\.lock: the lock file was removed or replaced .* start one"):
            store.queue.claim(make.now, 1, make.minute)
    Store.open(url).close()


def test_connections_that_the_server_cut_are_made_anew(postgres: Postgres, make: Make) -> None:
    with postgres.database(migrated=True) as url, Store.open(url) as store, Store.open(url, lock=False) as other:
        make.sync(store, make.source())
        with database_of(other).writing() as db:
            db.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE pid <> pg_backend_pid() AND datname = current_database()"
                )
            )
        assert [state.source for state in store.polls.states()] == ["a"]
        assert len(store.queue.claim(make.now, 1, make.minute)) == 1


# ---- addresses


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("mysql://user:secret@host/db", "mysql is not supported"),
        ("var/aggregator.db", "not a database address"),
        ("", "not a database address"),
    ],
)
def test_an_address_that_cannot_be_is_refused(url: str, words: str) -> None:
    with pytest.raises(StoreError, match=words) as caught:
        Store.open(url)
    assert "secret" not in str(caught.value)


def test_a_server_that_cannot_be_reached_is_named_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="check that it is running") as caught:
        Store.open(f"postgresql://user:secret@/db?host={tmp_path}")
    assert "secret" not in str(caught.value)


def test_missing_folders_are_made(tmp_path: Path) -> None:
    Store.open(f"sqlite:///{tmp_path}/deep/er/store.db").close()
    assert (tmp_path / "deep" / "er" / "store.db").is_file()


def test_a_path_may_hold_what_means_something_in_other_addresses(tmp_path: Path) -> None:
    place = tmp_path / "c# 1 @home:x"
    Store.open(f"sqlite:///{place}/store#1.db").close()
    assert (place / "store#1.db").is_file()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=f"{tmp_path}/file"):
        Store.open(f"sqlite:///{tmp_path}/file/store.db")


def modes(folder: Path) -> dict[str, int]:
    return {each.name: each.stat().st_mode & 0o777 for each in (folder, *folder.iterdir())}


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_what_is_made_for_the_store_is_its_owners_alone(tmp_path: Path, make: Make, umask: int) -> None:
    before = os.umask(umask)
    try:
        with Store.open(f"sqlite:///{tmp_path}/own/store.db") as store:
            make.sync(store, make.source())
            found = modes(tmp_path / "own")
    finally:
        os.umask(before)
    files = {"store.db", "store.db-wal", "store.db-shm", "store.db.lock"}
    assert found == {"own": 0o700} | dict.fromkeys(files, 0o600)


def test_a_folder_and_a_file_that_are_there_keep_their_modes(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    Store.open(f"sqlite:///{tmp_path}/store.db").close()
    (tmp_path / "store.db").chmod(0o640)
    Store.open(f"sqlite:///{tmp_path}/store.db").close()
    assert modes(tmp_path) == {tmp_path.name: 0o750, "store.db": 0o640, "store.db.lock": 0o600}


# ---- damage: said, never repaired by starting anew


@pytest.fixture
def path(tmp_path: Path, make: Make) -> Path:
    """A closed store with 300 articles."""
    with Store.open(f"sqlite:///{tmp_path}/store.db") as store:
        make.sync(store, make.source())
        make.record(store, new=tuple(make.article(number) for number in range(300)))
    return tmp_path / "store.db"


def flip(path: Path, place: int, length: int = 200) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        old = file.read(length)
        file.seek(place)
        file.write(bytes(byte ^ 0xA5 for byte in old))


DAMAGE: dict[str, Callable[[Path], object]] = {
    "bytes of page 1": lambda path: flip(path, 100),
    "the header": lambda path: flip(path, 0, 16),
    "bytes of page 2": lambda path: flip(path, 16384),
    "a leaf": lambda path: flip(path, _page_of(path, "ix_articles_newest")),
    "truncated": lambda path: os.truncate(path, path.stat().st_size // 2),
    "empty": lambda path: os.truncate(path, 0),
    "a text file": lambda path: path.write_text("not a database at all\n" * 100),
}


def _page_of(path: Path, name: str) -> int:
    connection = sqlite3.connect(path)
    (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    connection.close()
    return int(page - 1) * 16384


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_refused_with_advice_and_left_as_it_is(path: Path, damage: str) -> None:
    DAMAGE[damage](path)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"left as it is: .*backup"):
        Store.open(f"sqlite:///{path}")
    assert path.read_bytes() == before
    with pytest.raises(StoreError, match="left as it is"):  # and the lock was given back
        Store.open(f"sqlite:///{path}")


def test_damage_that_start_does_not_look_for_is_found_by_check(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flip(path, _page_of(path, "ix_articles_newest"))
    monkeypatch.setattr(opening, "QUICK_CHECK_LIMIT", 0)
    with Store.open(f"sqlite:///{path}") as store:
        assert any("damaged" in problem for problem in store.check())


def test_a_missing_file_beside_its_log_is_not_made_anew(path: Path) -> None:
    path.unlink()
    path.with_name("store.db-wal").write_bytes(b"committed articles")
    with pytest.raises(StoreError, match=r"store\.db-wal is there"):
        Store.open(f"sqlite:///{path}")
    assert not path.exists()


def test_a_first_start_that_was_cut_short_leaves_no_trace(tmp_path: Path) -> None:
    for leftover in ("store.db.new", "store.db.new-wal", "store.db.new-shm"):
        (tmp_path / leftover).write_bytes(b"half")
    Store.open(f"sqlite:///{tmp_path}/store.db").close()
    assert {each.name for each in tmp_path.iterdir()} == {"store.db", "store.db.lock"}


def test_a_missing_shared_memory_file_is_no_damage(path: Path, make: Make, tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{path}") as store:
        make.record(store, new=(make.article("in the log"),), now=make.now + make.minute * 90)
        copy = tmp_path / "copy.db"
        copy.write_bytes(path.read_bytes())
        copy.with_name("copy.db-wal").write_bytes(path.with_name("store.db-wal").read_bytes())
    with Store.open(f"sqlite:///{copy}") as store:
        assert store.articles.counts() == {"a": 301}
        assert store.check() == ()


def test_another_programs_database_is_refused(empty_url: str, backend: str) -> None:
    if backend == "sqlite":
        connection = sqlite3.connect(empty_url.removeprefix("sqlite:///"))
        connection.execute("CREATE TABLE articles (title TEXT)")
        connection.close()
    else:
        with Store.open(empty_url) as store, database_of(store).writing() as db:
            db.execute(text(f"DROP TABLE {schema.VERSION_TABLE}"))
    with pytest.raises(StoreError, match="another program's database"):
        Store.open(empty_url)


def test_other_tables_in_a_shared_postgresql_database_are_no_trouble(postgres: Postgres) -> None:
    with postgres.database(migrated=False) as url:
        engine = opening.open_postgres(opening.parse_url(url))
        with engine.writing() as db:
            db.execute(text("CREATE TABLE alembic_version (version_num text)"))
        engine.close()
        with Store.open(url) as store:
            assert store.check() == ()


def test_two_stores_share_a_postgresql_database_in_schemas_of_their_own(postgres: Postgres, make: Make) -> None:
    with postgres.database(migrated=True) as url, Store.open(url) as first:
        make.sync(first, make.source())
        with database_of(first).writing() as db:
            db.execute(text("CREATE SCHEMA other"))
        separator = "&" if "?" in url else "?"
        with Store.open(f"{url}{separator}options=-csearch_path%3Dother") as second:
            assert second.polls.states() == ()
            with database_of(second).reading() as db:
                assert db.execute(text("SHOW timezone")).scalar_one() == "UTC"


@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_was_taken_away_while_in_use_is_noticed(path: Path, make: Make, replaced: bool) -> None:
    with Store.open(f"sqlite:///{path}") as store:
        path.rename(path.with_name("away.db"))
        if replaced:
            path.write_bytes(b"")
        with pytest.raises(StoreError, match="deleted or replaced while in use"):
            store.queue.claim(make.now, 1, make.minute)


# ---- how the file is kept


def test_the_file_is_kept_safe_and_small(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path}/store.db") as store:
        database = database_of(store)
        for looking in (database.reading, database.writing):
            with looking() as db:
                got = {
                    name: db.execute(text(f"PRAGMA {name}")).scalar_one()
                    for name in ("page_size", "journal_mode", "synchronous", "foreign_keys", "busy_timeout")
                }
            assert got == {
                "page_size": 16384,
                "journal_mode": "wal",
                "synchronous": 2,
                "foreign_keys": 1,
                "busy_timeout": 5000,
            }


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    with (
        Store.open(f"sqlite:///{tmp_path}/store.db") as store,
        pytest.raises(StoreError, match="cannot be written"),
        database_of(store).reading() as db,
    ):
        db.execute(text("DELETE FROM settings"))


def test_the_log_shrinks_again_after_a_long_reader(tmp_path: Path, make: Make) -> None:
    log = tmp_path / "store.db-wal"
    with Store.open(f"sqlite:///{tmp_path}/store.db") as store:
        make.sync(store, make.source())
        with database_of(store).reading() as db:
            db.execute(text("SELECT count(*) FROM articles")).scalar_one()
            big = "x" * (WAL_LIMIT // 8)
            for number in range(9):
                make.record(
                    store, new=(make.article(number, content_html=big),), now=make.now + number * 99 * make.minute
                )
            assert log.stat().st_size > WAL_LIMIT
        for number in range(10, 13):
            make.record(store, new=(make.article(number),), now=make.now + number * 99 * make.minute)
        assert log.stat().st_size <= WAL_LIMIT


def test_a_writer_waits_for_another_process_and_says_so_in_the_end(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aggregator.store.database.BUSY_TIMEOUT", make.minute / 600)
    with Store.open(f"sqlite:///{tmp_path}/store.db") as store:
        other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another process has been writing"):
            store.set_setting("a", "b")
        other.execute("ROLLBACK")
        other.close()
        store.set_setting("a", "b")


def test_the_queue_and_the_pages_are_read_from_their_indices(store: Store, backend: str, make: Make) -> None:
    if backend != "sqlite":
        pytest.skip("PostgreSQL plans by the number of rows, of which there are none here")
    newest = "SELECT * FROM articles WHERE pruned_at IS NULL"
    plans = {
        "SELECT min(run_at) FROM source_state WHERE host = 'h' AND enabled = 1": "ix_source_state_queue",
        "SELECT * FROM hosts WHERE next_at <= 5 ORDER BY next_at, host LIMIT 5": "ix_hosts_next_at",
        f"{newest} ORDER BY sort_at DESC, key DESC LIMIT 5": "ix_articles_newest",
        f"{newest} AND source = 'a' ORDER BY sort_at DESC, key DESC LIMIT 5": "ix_articles_source",
    }
    with database_of(store).reading() as db:
        for query, index in plans.items():
            plan = " ".join(str(row[3]) for row in db.execute(text(f"EXPLAIN QUERY PLAN {query}")))
            assert index in plan, query
            assert "TEMP B-TREE FOR ORDER BY" not in plan, query
