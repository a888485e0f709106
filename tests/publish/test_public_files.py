"""Documents on disk: whole or not at all, whatever happens."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from aggregator.errors import PublishError
from aggregator.model import Rendered
from aggregator.publish import files


def rendered(body: bytes = b"one", path: str = "main.atom") -> Rendered:
    return Rendered(path=path, media_type="x/y", body=body, updated=datetime(2026, 11, 1, tzinfo=UTC))


def names(folder):
    return sorted(each.name for each in folder.iterdir())


def test_a_document_is_written_and_replaced_whole(tmp_path):
    assert files.write(tmp_path, rendered(b"one")) is True
    assert files.write(tmp_path, rendered(b"two")) is True
    assert (tmp_path / "main.atom").read_bytes() == b"two"
    assert names(tmp_path) == ["main.atom"]


def test_the_same_bytes_leave_the_file_and_its_date_alone(tmp_path):
    files.write(tmp_path, rendered())
    os.utime(tmp_path / "main.atom", (1, 1))
    assert files.write(tmp_path, rendered()) is False
    assert (tmp_path / "main.atom").stat().st_mtime == 1
    assert files.write(tmp_path, rendered(b"eno")) is True


def test_others_may_read_what_is_published(tmp_path):
    before = os.umask(0o022)
    try:
        files.write(tmp_path, rendered())
    finally:
        os.umask(before)
    assert (tmp_path / "main.atom").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    "path",
    [
        "../main.atom",
        "a/b.atom",
        "/etc/passwd",
        ".hidden.atom",
        "Main.atom",
        "main",
        "",
        "a\x00.atom",
        "con.atom",
        "a b.atom",
        "x" * 200 + ".atom",
        "main.atom\n",
    ],
)
def test_only_plain_names_become_files(path, tmp_path):
    with pytest.raises(PublishError, match="cannot be a file name"):
        files.write(tmp_path, rendered(path=path))
    assert names(tmp_path) == []


def test_prepare_makes_the_folder_and_clears_what_a_killed_run_left(tmp_path):
    public = tmp_path / "feeds" / "public"
    files.prepare(public)
    (public / ".main.atom.0123456789abcdef.part").write_bytes(b"half")
    (public / ".htaccess").write_bytes(b"mine")
    (public / "main.atom").write_bytes(b"whole")
    files.prepare(public)
    assert names(public) == [".htaccess", "main.atom"]


def test_a_missing_folder_is_an_error_that_names_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        files.write(tmp_path / "nowhere", rendered())


@pytest.mark.parametrize("call", ["fsync", "write", "replace"])
def test_a_disk_that_fails_leaves_the_old_document_and_no_rubbish(call, tmp_path, monkeypatch):
    files.write(tmp_path, rendered(b"old"))

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if call == "write":  # a real one: the file may not grow beyond a page
        import resource
        import signal

        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
        try:
            with pytest.raises(OSError, match="File too large") as caught:
                files.write(tmp_path, rendered(b"x" * 10_000))
            assert caught.value.filename == str(tmp_path), "the operator is told which disk is full"
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, ignored)
    else:
        monkeypatch.setattr("os.fsync" if call == "fsync" else "pathlib.Path.replace", fail)
        with pytest.raises(OSError, match="No space left"):
            files.write(tmp_path, rendered(b"new"))
    assert (tmp_path / "main.atom").read_bytes() == b"old"
    assert names(tmp_path) == ["main.atom"]


def test_the_bytes_are_synced_before_the_name_and_the_folder_after_it(tmp_path, monkeypatch):
    calls: list[str] = []
    fsync, replace = os.fsync, type(tmp_path).replace

    def watched_fsync(descriptor: int) -> None:
        calls.append("folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file")
        fsync(descriptor)

    def watched_replace(self: object, target: object) -> object:
        calls.append("rename")
        return replace(self, target)  # type: ignore[arg-type]  # a Path

    monkeypatch.setattr("os.fsync", watched_fsync)
    monkeypatch.setattr("pathlib.Path.replace", watched_replace)
    files.write_all(tmp_path, [rendered(), rendered(path="main.rss")])
    assert calls == ["file", "file", "rename", "rename", "folder"]


FORMATS = ("main.atom", "main.rss", "main.json")


def test_documents_are_replaced_together_and_those_that_changed_are_told(tmp_path):
    assert files.write_all(tmp_path, [rendered(b"1", path) for path in FORMATS]) == FORMATS
    assert files.write_all(tmp_path, [rendered(b"1", path) for path in FORMATS]) == ()
    news = [rendered(b"2", "main.json"), rendered(b"1", "main.rss"), rendered(b"2", "main.atom")]
    assert files.write_all(tmp_path, news) == ("main.json", "main.atom")
    assert names(tmp_path) == sorted(FORMATS)
    assert files.write_all(tmp_path, []) == ()


@pytest.mark.parametrize("good", [0, 1, 2])
def test_a_disk_that_fills_up_leaves_every_format_as_it_was(good, tmp_path, monkeypatch):
    files.write_all(tmp_path, [rendered(b"old", path) for path in FORMATS])
    fsync, synced = os.fsync, []

    def fill(descriptor: int) -> None:
        if len(synced) == good:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        synced.append(descriptor)
        fsync(descriptor)

    monkeypatch.setattr("os.fsync", fill)
    with pytest.raises(OSError, match="No space left"):
        files.write_all(tmp_path, [rendered(b"new", path) for path in FORMATS])
    assert {(tmp_path / path).read_bytes() for path in FORMATS} == {b"old"}
    assert names(tmp_path) == sorted(FORMATS)


def test_one_path_that_cannot_be_leaves_every_document_as_it_was(tmp_path):
    with pytest.raises(PublishError, match="cannot be a file name"):
        files.write_all(tmp_path, [rendered(b"new"), rendered(b"new", "../main.rss")])
    assert names(tmp_path) == []


def test_what_cannot_be_cleared_away_does_not_hide_what_went_wrong(tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def read_only(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("os.fsync", full)
    monkeypatch.setattr("pathlib.Path.unlink", read_only)
    with pytest.raises(OSError, match="No space left"):
        files.write_all(tmp_path, [rendered()])


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from aggregator.model import Rendered
from aggregator.publish import files
folder, turn = Path(sys.argv[1]), 0
print("ready", flush=True)
while True:
    turn += 1
    body = bytes([turn % 256]) * (200_000 + turn % 3)
    files.write(folder, Rendered(path="main.atom", media_type="", body=body, updated=datetime(2026, 1, 1, tzinfo=UTC)))
"""


def test_a_reader_sees_whole_documents_only_while_the_writer_is_killed_again_and_again(tmp_path):
    files.write(tmp_path, rendered(b"\x00" * 200_000))
    target = tmp_path / "main.atom"
    for looks in range(1, 9):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE)
        try:
            assert writer.stdout is not None
            writer.stdout.readline()
            for _ in range(looks * 7):  # a different moment of death each time
                body = target.read_bytes()
                assert len(body) in range(200_000, 200_003)
                assert len(set(body)) == 1
        finally:
            writer.kill()
            writer.communicate()
        body = target.read_bytes()
        assert len(set(body)) == 1
        files.prepare(tmp_path)
        assert names(tmp_path) == ["main.atom"]
