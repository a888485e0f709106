"""A backup beside a running service, and a restore: the same documents as before, on either database."""

from __future__ import annotations

import asyncio
import fcntl
import gzip
import hashlib
import io
import json
import os
import shutil
import signal
import stat
import sys
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from feedserver import rss
from waiting import until

from aggregator import backup
from aggregator.articles import compile_rule
from aggregator.backup import BackupError, read_manifest, restore, write_file
from aggregator.cli.poll import publish_now
from aggregator.config import Config, load
from aggregator.errors import StoreLocked
from aggregator.store import Store, opening, restoring

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def configured(folder: Path, environ: Any = os.environ) -> Config:
    return load(folder / "config.yaml", environ, check_rule=compile_rule)


@pytest.fixture(scope="module")
def planet(tmp_path_factory: pytest.TempPathFactory, make_place: Any) -> Any:
    """A site with archives, pages and a secret in a file, published once."""
    place = make_place(tmp_path_factory.mktemp("planet"))
    for number in range(6):
        place.seed(
            f"{number}.md", f"---\ntitle: Article {number}\ndate: 2026-10-{number + 1:02}\n---\nText {number}.\n"
        )
    (place.folder / "token").write_text("geheim-0123456789")
    outputs = "[{id: main, limit: 2}, {id: mine, tokens: {phone: {file: token}}}]"
    place.configure("seeds", outputs=outputs, websub="{hub: false}")
    place.run("once")
    assert "main/archive/1.atom" in place.published
    return place


@pytest.fixture(scope="module")
def saved(planet: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "planet.tar.gz"
    write_file(configured(planet.folder), path, NOW)
    return path


def moved(planet: Any, folder: Path, **keys: str) -> Config:
    """The configuration alone, on a new machine; further keys as given."""
    text = (planet.folder / "config.yaml").read_text()
    more = "".join(f"{name}: {value}\n" for name, value in keys.items())
    (folder / "config.yaml").write_text(more + text)
    shutil.copytree(planet.folder / "seeds", folder / "seeds")
    shutil.copy(planet.folder / "token", folder)
    return configured(folder)


def publish(folder: Path) -> dict[str, bytes]:
    """What a publish there gives."""
    asyncio.run(publish_now(configured(folder)))
    public = folder / "feeds" / "public"
    return {
        each.relative_to(public).as_posix(): each.read_bytes() for each in public.rglob("*")
        if each.is_file() and not each.name.startswith(".")
    }  # fmt: skip


def test_a_backup_has_the_store_the_documents_and_the_configuration_and_no_secret(planet: Any, saved: Path) -> None:
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert [each.name for each in saved.parent.iterdir()] == [saved.name]
    manifest = read_manifest(saved)
    assert (manifest.site, manifest.tables["articles"], manifest.time) == ("tag:test.example,2026:planet", 6, NOW)
    with tarfile.open(saved) as archive:
        inside = {each.name: archive.extractfile(each).read() for each in archive}  # type: ignore[union-attr]
    assert inside["config.yaml"] == (planet.folder / "config.yaml").read_bytes()
    assert {"public/main/archive/1.atom", "private/mine.atom", "store/articles/000001.jsonl"} <= inside.keys()
    assert not any("memory" in each or "seeds" in each for each in inside)
    assert b"geheim" not in b"".join(inside.values())
    assert list(inside)[-1] == "manifest.json"


def test_files_that_the_configuration_includes_are_in_it(planet: Any, tmp_path: Path) -> None:
    config = moved(planet, tmp_path)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "blogs.yaml").write_text("- https://blog.example/feed\n")
    text = (tmp_path / "config.yaml").read_text().replace("  - seeds", "  - seeds\n  - include: more/*.yaml")
    (tmp_path / "config.yaml").write_text(text)
    Store.open(config.store).close()
    manifest = write_file(configured(tmp_path), tmp_path / "b.tar.gz", NOW)
    assert [each for each in manifest.sums if not each.startswith("store/")] == [
        "config.yaml",
        "included/more/blogs.yaml",
    ]


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_restored_on_another_machine_it_publishes_the_same_bytes(
    backend: str, planet: Any, saved: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if backend == "sqlite":
        config = moved(planet, tmp_path)
        done = restore(config, saved, NOW, force=False)
        assert publish(tmp_path) == planet.published
        assert (done.aside, "public/main/archive/1.atom" in done.documents) == (None, True)
        assert (tmp_path / "feeds" / "private" / "mine.atom").exists()
        assert stat.S_IMODE((tmp_path / "feeds" / "private").stat().st_mode) == 0o700
        return
    with request.getfixturevalue("postgres").database(migrated=False) as url:
        config = moved(planet, tmp_path, store=url)
        restore(config, saved, NOW, force=False)
        assert publish(tmp_path) == planet.published
        with pytest.raises(BackupError, match="a store with 6 articles is there already"):
            restore(config, saved, NOW, force=False)
        back = tmp_path / "back.tar.gz"
        shutil.copy(saved, back)
        with Store.open(url) as store, store._database.writing() as db:  # of an older version, as far as that goes
            command.downgrade(opening.alembic_config(db), "-1")
        done = restore(config, back, NOW, force=True)
        assert done.aside is not None
        assert read_manifest(done.aside).tables["articles"] == 6, "what was there is a backup beside the one restored"


def test_what_is_there_is_kept_aside_and_documents_stay(planet: Any, saved: Path, tmp_path: Path) -> None:
    config = moved(planet, tmp_path)
    restore(config, saved, NOW, force=False)
    (tmp_path / "feeds" / "public" / "feed.atom").write_text("newer")
    with Store.open(config.store) as store:
        store.set_setting("late", "yes")
    with pytest.raises(BackupError, match="--force"):
        restore(config, saved, NOW, force=False)
    asides = [restore(config, saved, NOW, force=True).aside for _ in range(2)]
    assert asides[0] is not None
    assert asides[0] != asides[1]
    with Store.open(config.store) as store, Store.open(f"sqlite:///{asides[0]}") as old:
        assert (store.setting("late"), old.setting("late")) == (None, "yes")
    assert (tmp_path / "feeds" / "public" / "feed.atom").read_text() == "newer"


def test_what_was_taken_back_after_a_backup_is_taken_back_when_it_is_restored(
    planet: Any, saved: Path, tmp_path: Path
) -> None:
    config = moved(planet, tmp_path)
    restore(config, saved, NOW, force=False)
    publish(tmp_path)  # which begins the memory file
    early = tmp_path / "early.tar.gz"
    write_file(config, early, NOW)
    with Store.open(config.store) as store:
        keys = {each.title: each.key for each in store.articles.newest(9, now=NOW)}
        store.articles.operate("retract", [keys["Article 5"], keys["Article 0"]], NOW)
        store.articles.operate("hide", [keys["Article 4"]], NOW)
        store.articles.operate("pin", [keys["Article 1"]], NOW)
    before = publish(tmp_path)
    restore(config, early, NOW, force=True)
    after = publish(tmp_path)
    for each in (before, after):
        said = b"".join(each.values())
        assert [number for number in range(6) if f"Text {number}.".encode() in said] == [1, 2, 3]
    assert after["feed.json"] == before["feed.json"]
    assert after["feed.atom"].count(b"deleted-entry ") == before["feed.atom"].count(b"deleted-entry ")
    with Store.open(config.store) as store:
        store.articles.operate("retract", [keys["Article 5"]], NOW, undo=True)
    assert b"Text 5." in publish(tmp_path)["feed.atom"], "and not again with the next start"


def test_a_service_keeps_its_store_and_may_be_backed_up(planet: Any, saved: Path, tmp_path: Path) -> None:
    config = configured(planet.folder)
    with Store.open(config.store) as store:
        store.set_setting("half", "written")
        assert write_file(config, tmp_path / "b.tar.gz", NOW).tables["articles"] == 6
        with pytest.raises(StoreLocked) as refused:
            restore(config, saved, NOW, force=True)
    assert refused.value.exit_code == 75


# ---- backups that are none


def repacked(saved: Path, to: Path, change: Any) -> Path:
    with tarfile.open(saved) as archive:
        inside = {each.name: archive.extractfile(each).read() for each in archive}  # type: ignore[union-attr]
    with gzip.open(to, "wb") as packed, tarfile.open(fileobj=packed, mode="w|") as archive:
        for name, body in change(inside).items():
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
    return to


def said(**facts: Any) -> Any:
    return lambda inside: inside | {"manifest.json": json.dumps(json.loads(inside["manifest.json"]) | facts).encode()}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda inside: {k: v for k, v in inside.items() if k != "manifest.json"}, "its end is missing"),
        (lambda inside: inside | {"store/articles/000001.jsonl": b"{}\n"}, "damaged .*articles"),
        (lambda inside: {k: v for k, v in inside.items() if "sources" not in k}, "damaged .*sources"),
        (lambda inside: {"public/extra.atom": b""} | inside, "damaged .*extra"),
        (lambda inside: inside | {"manifest.json": b"[]"}, "no backup"),
        (said(backup=99, version="9.9"), r"newer version of this program \(9.9\)"),
        (said(revision="9999"), "newer version .*schema 9999"),
        (said(sha256=[1]), r"no backup, its manifest\.json cannot be read"),
        (said(tables=[1]), r"no backup, its manifest\.json cannot be read"),
    ],
)
def test_a_backup_that_is_damaged_cut_or_newer_changes_nothing(
    change: Any, message: str, planet: Any, saved: Path, tmp_path: Path
) -> None:
    config = moved(planet, tmp_path)
    other = repacked(saved, tmp_path / "other.tar.gz", change)
    with pytest.raises(Exception, match=message):
        restore(config, other, NOW, force=False)
    assert not Path(config.store.removeprefix("sqlite:///")).exists()
    assert not (tmp_path / "feeds").exists()


def with_sums(inside: dict[str, bytes]) -> dict[str, bytes]:
    """As its manifest says: not damaged, but made by somebody."""
    manifest = json.loads(inside.pop("manifest.json"))
    sums = {name: hashlib.sha256(body).hexdigest() for name, body in inside.items()}
    return inside | {"manifest.json": json.dumps(manifest | {"sha256": sums}).encode()}


def test_what_no_document_of_ours_is_called_is_written_nowhere(planet: Any, saved: Path, tmp_path: Path) -> None:
    """Nor does it keep the rest from being restored: backups had all files of the folder once."""
    names = (
        "../../evil.atom",
        f"{tmp_path}/evil.atom",
        ".memory.jsonl",
        "x/y/z.atom",
        "media/../../evil.png",
        "My.html",
    )
    config = moved(planet, tmp_path)
    other = repacked(
        saved, tmp_path / "b.tar.gz", lambda inside: with_sums(inside | {f"public/{each}": b"x" for each in names})
    )
    done = restore(config, other, NOW, force=False)
    assert "public/feed.atom" in done.documents
    assert not [each for each in tmp_path.rglob("*") if each.is_file() and each.read_bytes() == b"x"]


def test_files_of_others_in_the_public_folder_are_not_in_it(planet: Any, saved: Path, tmp_path: Path) -> None:
    config = moved(planet, tmp_path)
    restore(config, saved, NOW, force=False)
    (tmp_path / "feeds" / "public" / "My Page.html").write_text("mine")
    assert not [each for each in write_file(config, tmp_path / "b.tar.gz", NOW).sums if "My" in each]


def test_a_member_that_is_too_large_or_there_twice_is_refused_unread(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twice = tmp_path / "twice.tar.gz"
    with gzip.open(twice, "wb") as packed, tarfile.open(fileobj=packed, mode="w|") as archive:
        for _ in range(2):
            archive.addfile(tarfile.TarInfo("config.yaml"), io.BytesIO())
    with pytest.raises(BackupError, match=r"config\.yaml is in it twice"):
        read_manifest(twice)
    monkeypatch.setattr(backup, "LARGEST", 10)
    with pytest.raises(BackupError, match=r"config\.yaml has \d+ bytes"):
        read_manifest(saved)


def test_where_the_documents_cannot_be_put_back_it_is_said_that_the_store_is_restored(
    planet: Any, saved: Path, tmp_path: Path
) -> None:
    config = moved(planet, tmp_path)
    (tmp_path / "feeds").write_text("in the way")
    with pytest.raises(BackupError, match="The store is restored, documents are missing"):
        restore(config, saved, NOW, force=False)
    with Store.open(config.store) as store:
        assert len(store.articles.newest(9, now=NOW)) == 6


def test_a_file_that_is_cut_off_anywhere_is_no_backup(saved: Path, tmp_path: Path) -> None:
    body = saved.read_bytes()
    for length in (0, 1, 20, len(body) // 2, len(body) - 1):
        (tmp_path / "cut").write_bytes(body[:length])
        with pytest.raises(BackupError):
            read_manifest(tmp_path / "cut")


def test_a_backup_of_another_site_is_refused(planet: Any, saved: Path, tmp_path: Path) -> None:
    config = moved(planet, tmp_path)
    text = (tmp_path / "config.yaml").read_text().replace("tag:test.example,2026:planet", "tag:other.example,2026:x")
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(BackupError, match=r"Write 'id: tag:test\.example,2026:planet'"):
        restore(configured(tmp_path), saved, NOW, force=False)
    assert config.site.id == "tag:test.example,2026:planet"


def test_a_backup_that_cannot_be_written_leaves_the_old_one(planet: Any, saved: Path, tmp_path: Path) -> None:
    target = tmp_path / "b.tar.gz"
    target.write_text("the old one")
    original, backup.read_manifest = backup.read_manifest, lambda _path: None  # type: ignore[assignment,return-value]
    try:
        with pytest.raises(BackupError, match="not what can be read"):
            write_file(configured(planet.folder), target, NOW)
    finally:
        backup.read_manifest = original
    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {"b.tar.gz": "the old one"}


def test_a_backup_that_ended_meanwhile_is_not_written_over(
    planet: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between a look at the file of the other one and the lock of it, it became the backup."""
    target, part = tmp_path / "b.tar.gz", tmp_path / ".b.tar.gz.part"
    part.write_text("the other one")
    lock = fcntl.flock

    def ended(file: Any, how: int) -> None:
        part.replace(target)
        lock(file, how)

    monkeypatch.setattr(fcntl, "flock", ended)
    with pytest.raises(BackupError, match="another backup is being written there"):
        write_file(configured(planet.folder), target, NOW)
    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {"b.tar.gz": "the other one"}


def test_what_a_killed_backup_left_in_a_folder_goes_with_the_next_one(planet: Any, tmp_path: Path) -> None:
    killed, writing = (tmp_path / f".{backup.NAME.format(NOW.replace(day=day))}.part" for day in (1, 2))
    others = tmp_path / ".mine.tar.gz.part"
    for each in (killed, writing, others):
        each.touch()
    with writing.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        planet.run("backup", str(tmp_path), "--keep", "1")
    assert {each for each in tmp_path.iterdir() if each.suffix == ".part"} == {writing, others}


def test_only_backups_of_ours_beyond_the_newest_are_outdated(tmp_path: Path) -> None:
    names = [backup.NAME.format(NOW.replace(day=day)) for day in (1, 2, 3)]
    for name in (*names, "aggregator-mine.tar.gz", "other.tar.gz"):
        (tmp_path / name).touch()
    assert [each.name for each in backup.outdated(tmp_path, 2)] == names[:1]
    assert backup.outdated(tmp_path, 5) == ()


# ---- kill -9

STEPS = ("os.rename", "os.link", "os.remove")
"""What changes names, and so which file is the store."""


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_killed_at_any_step_the_store_is_the_old_one_or_the_new_one(planet: Any, saved: Path, tmp_path: Path) -> None:
    """Each step that reaches the disk is the last one of a process once (in a child without a memory of its own)."""
    config = moved(planet, tmp_path)
    restore(config, saved, NOW, force=False)
    ended: list[str | None] = []
    for last in range(1, 1000):
        with Store.open(config.store) as store:
            store.set_setting("whose", "old")
        child = os.fork()
        if child == 0:
            _restore_until(last, config, saved)
        _, status = os.waitpid(child, 0)
        with Store.open(config.store) as store:
            assert store.check() == ()
            assert len(store.articles.newest(99, now=datetime.now(UTC))) == 6
            ended.append(store.setting("whose"))
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            break
    assert len(ended) > 5
    turn = ended.index(None)
    assert ended[:turn] == ["old"] * turn, "until the name changes hands"
    assert ended[turn:] == [None] * (len(ended) - turn)


def _restore_until(last: int, config: Config, saved: Path) -> None:
    """Restore, and be killed at the step with this number."""
    seen = 0

    def watch(event: str, _arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if event in STEPS:
            seen += 1
            if seen == last:
                os.kill(os.getpid(), signal.SIGKILL)

    try:
        sys.addaudithook(watch)
        restore(config, saved, datetime.now(UTC), force=True)
    except BaseException:
        os._exit(1)
    os._exit(0)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_killed_while_it_fills_a_server_the_store_is_the_old_one(
    planet: Any, saved: Path, tmp_path: Path, postgres: Any
) -> None:
    with postgres.database(migrated=False) as url:
        config = moved(planet, tmp_path, store=url)
        restore(config, saved, NOW, force=False)
        with Store.open(url) as store:
            store.set_setting("whose", "old")
        child = os.fork()
        if child == 0:
            restoring._count_on = lambda db: os.kill(os.getpid(), signal.SIGKILL)  # all is filled, not committed
            _restore_until(1000, config, saved)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status)
        until(lambda: _may_open(url))
        with Store.open(url) as store:
            assert store.setting("whose") == "old"
            assert store.check() == ()
            assert len(store.articles.newest(99, now=datetime.now(UTC))) == 6


def _may_open(url: str) -> bool:
    """The server has noticed that nobody is there any more."""
    try:
        Store.open(url).close()
    except StoreLocked:
        return False
    return True


def test_over_a_server_and_back_a_poll_is_conditional_and_brings_nothing_new(
    make_place: Any, server: Any, tmp_path: Path, postgres: Any
) -> None:
    server.documents = {"/a": rss("Alpha", [("a1", "One"), ("a2", "Two")])}
    place = make_place(tmp_path)
    source = f"{{id: a, url: '{server.url}/a'}}"
    with postgres.database(migrated=False) as url:
        place.configure(source)
        place.run("once")
        before = place.published
        place.run("backup", "one.tar.gz")
        place.configure(source, store=url)
        place.run("restore", "one.tar.gz")
        place.run("backup", "two.tar.gz")
        place.configure(source)
        place.run("restore", "two.tar.gz", "--force")
    place.run("once", "a", "--force")
    assert server.requests[-1].status == 304
    assert place.published == before
