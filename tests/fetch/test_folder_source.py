"""A folder of local articles as a source."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from aggregator.fetch import folder as folders
from aggregator.model import Code, Failed, Fetched, NotModified, Validators


def write(folder: Path, **files: bytes | str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def names(outcome: Fetched) -> list[str | None]:
    return [document.name for document in outcome.documents]


async def test_every_article_is_a_document_in_the_order_of_its_path(tmp_path: Path, reader: Any) -> None:
    write(tmp_path, b_md="# b", a_TXT="a", sub__c_html="<p>c", sub__deep__d_json="{}", z_xml="<a/>")
    write(tmp_path, y_rss="<rss/>", x_atom="<feed/>", w_htm="w", v_markdown="v")
    outcome = await reader.look(tmp_path)
    assert isinstance(outcome, Fetched)
    assert names(outcome) == sorted(name for name in names(outcome) if name)
    assert len(outcome.documents) == 9
    assert outcome.complete is True
    assert outcome.warnings == ()
    first = outcome.documents[0]
    assert (first.name, first.body, first.media_type) == ("a.TXT", b"a", "text/plain")
    assert first.url == (tmp_path / "a.TXT").as_uri()
    assert outcome.documents[3].name == "sub/deep/d.json"
    assert outcome.final_url == tmp_path.as_uri()


async def test_what_is_no_article_is_left_out_without_a_word(
    tmp_path: Path, reader: Any, tmp_path_factory: Any
) -> None:
    write(tmp_path, a_md="a", photo_jpg=b"\xff\xd8", script_py="x", noending="x")
    for name in (".hidden.md", ".git/x.md", "a.md~", "#a.md", "~$a.html", ".#a.md", ".a.md.swp", "4913", "a.md.tmp"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.txt").write_text("secret")
    (tmp_path / "out.txt").symlink_to(outside / "secret.txt")
    (tmp_path / "outfolder").symlink_to(outside)
    (tmp_path / "passwd.txt").symlink_to("/etc/passwd")
    (tmp_path / "self.txt").symlink_to("self.txt")
    (tmp_path / "nowhere.txt").symlink_to("nothing")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "device.txt").symlink_to("/dev/zero")
    (tmp_path / "folder.txt").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.open(tmp_path, os.O_RDONLY)
        listener.bind(f"/proc/self/fd/{here}/s.txt")
        os.close(here)
        outcome = await asyncio.wait_for(reader.look(tmp_path), 5)
    assert names(outcome) == ["a.md"]
    assert outcome.complete is True
    assert outcome.warnings == ()


async def test_a_link_within_the_folder_is_an_article(tmp_path: Path, reader: Any) -> None:
    write(tmp_path, a_md="a")
    (tmp_path / "b.md").symlink_to("a.md")
    assert names(await reader.look(tmp_path)) == ["a.md", "b.md"]


async def test_an_unchanged_folder_is_not_modified(tmp_path: Path, reader: Any, after: Any) -> None:
    write(tmp_path, a_md="a", b_md="b")
    first = await reader.look(tmp_path)
    state = after(first, str(tmp_path))
    os.utime(tmp_path / "a.md", (0, 0))
    assert isinstance(await reader.look(tmp_path, state), NotModified), "the time of a file means nothing"
    assert isinstance(await reader.look(tmp_path, after(first, "/elsewhere")), Fetched)
    assert isinstance(await reader.look(tmp_path, after(first, str(tmp_path), validators=Validators())), Fetched)


@pytest.mark.parametrize("change", ["edit", "add", "remove", "rename", "swap"])
async def test_every_change_is_seen(change: str, tmp_path: Path, reader: Any, after: Any) -> None:
    write(tmp_path, a_md="a", b_md="b")
    first = await reader.look(tmp_path)
    a, b = tmp_path / "a.md", tmp_path / "b.md"
    if change == "edit":
        a.write_text("c")
    elif change == "add":
        (tmp_path / "c.md").write_text("c")
    elif change == "remove":
        a.unlink()
    elif change == "rename":
        a.rename(tmp_path / "c.md")
    else:
        a.write_text("b")
        b.write_text("a")
    second = await reader.look(tmp_path, after(first, str(tmp_path)))
    assert isinstance(second, Fetched)
    assert second.complete is True
    assert second.body_hash != first.body_hash
    assert second.validators != first.validators


async def test_a_missing_or_unreadable_folder_never_reads_as_all_deleted(tmp_path: Path, reader: Any) -> None:
    for folder in (tmp_path / "gone", write(tmp_path, f_md="f") / "f.md"):
        outcome = await reader.look(folder)
        assert isinstance(outcome, Failed)
        assert outcome.code == Code.UNREADABLE
        assert str(folder) in outcome.detail
    (tmp_path / "loop").symlink_to("loop")
    assert (await reader.look(tmp_path / "loop")).code == Code.UNREADABLE


async def test_a_folder_without_articles_is_an_answer_like_any_other(tmp_path: Path, reader: Any) -> None:
    outcome = await reader.look(write(tmp_path, photo_jpg="x"))
    assert isinstance(outcome, Fetched)
    assert (outcome.documents, outcome.complete) == ((), True)


async def test_a_big_file_is_a_warning_and_nothing_is_withdrawn(
    tmp_path: Path, reader: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "FILE_BYTES", 1000)
    write(tmp_path, a_md="x" * 1000, b_md="x" * 1001)
    outcome = await reader.look(tmp_path)
    assert names(outcome) == ["a.md"]
    assert outcome.complete is False
    assert "b.md" in outcome.warnings[0]
    assert folders.FILE_BYTES == 1000


def test_the_limit_of_a_file_is_10_mib() -> None:
    assert folders.FILE_BYTES == 10 * 1024 * 1024


async def test_a_file_being_written_is_left_to_the_next_look(
    tmp_path: Path, reader: Any, after: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, a_md="a", b_md="half")
    before = await reader.look(tmp_path)
    honest = os.fstat
    writes: list[str] = []

    def fstat(number: int) -> os.stat_result:
        """The file grows just after it was first looked at."""
        found = honest(number)
        if os.readlink(f"/proc/self/fd/{number}").endswith("b.md") and writes:
            with (tmp_path / "b.md").open("a") as file:
                file.write(writes.pop())
        return found

    monkeypatch.setattr(folders.os, "fstat", fstat)
    writes.append("whole")
    during = await reader.look(tmp_path, after(before, str(tmp_path)))
    assert isinstance(during, Fetched)
    assert names(during) == ["a.md"]
    assert during.complete is False, "b.md must not count as deleted"
    assert "b.md" in during.warnings[0]
    settled = await reader.look(tmp_path, after(during, str(tmp_path)))
    assert names(settled) == ["a.md", "b.md"]
    assert settled.documents[1].body == b"halfwhole"
    assert settled.complete is True


async def test_a_file_replaced_while_it_is_read_is_left_to_the_next_look(
    tmp_path: Path, reader: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, a_md="a", b_md="old!")
    honest = os.open

    def swapping(path: Any, *arguments: Any, **options: Any) -> int:
        number = honest(path, *arguments, **options)
        if str(path).endswith("b.md"):
            (tmp_path / "new").write_text("new!")
            (tmp_path / "new").replace(tmp_path / "b.md")
        return number

    monkeypatch.setattr(folders.os, "open", swapping)
    outcome = await reader.look(tmp_path)
    assert names(outcome) == ["a.md"]
    assert outcome.complete is False


@pytest.mark.parametrize("becomes", ["pipe", "link"])
async def test_a_file_that_becomes_something_else_is_never_waited_for_nor_followed(
    becomes: str, tmp_path: Path, reader: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, a_md="a", b_md="b", secret="secret")
    honest = os.open

    def swapping(path: Any, flags: int, *arguments: Any, **options: Any) -> int:
        if str(path).endswith("b.md"):
            os.unlink(path)
            if becomes == "pipe":
                os.mkfifo(path)
                assert flags & os.O_NONBLOCK, "opening it would wait for a writer, for ever"
            else:
                os.symlink(tmp_path / "secret", path)
        return honest(path, flags, *arguments, **options)

    monkeypatch.setattr(folders.os, "open", swapping)
    assert names(await reader.look(tmp_path)) == ["a.md"]


async def test_a_file_that_vanishes_between_listing_and_reading_is_not_yet_withdrawn(
    tmp_path: Path, reader: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, a_md="a", b_md="b")
    honest = folders._whole

    def vanish(root: Path, name: str, limit: int) -> bytes | None:
        if name == "b.md":
            (tmp_path / "b.md").unlink()
        return honest(root, name, limit)

    monkeypatch.setattr(folders, "_whole", vanish)
    outcome = await reader.look(tmp_path)
    assert names(outcome) == ["a.md"]
    assert outcome.complete is False


async def test_an_empty_file_is_one_about_to_be_written(tmp_path: Path, reader: Any, after: Any) -> None:
    write(tmp_path, a_md="a", b_md="")
    outcome = await reader.look(tmp_path)
    assert names(outcome) == ["a.md"]
    assert outcome.complete is False
    (tmp_path / "b.md").unlink()
    deleted = await reader.look(tmp_path, after(outcome, str(tmp_path)))
    assert isinstance(deleted, Fetched), "not read and not there are two things"
    assert deleted.complete is True
    write(tmp_path, a_md="")
    assert (await reader.look(tmp_path)).code == Code.UNREADABLE


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_what_may_not_be_read_is_not_withdrawn(tmp_path: Path, reader: Any) -> None:
    write(tmp_path, a_md="a", b_md="b", sub__c_md="c")
    (tmp_path / "b.md").chmod(0)
    (tmp_path / "sub").chmod(0)
    try:
        outcome = await reader.look(tmp_path)
    finally:
        (tmp_path / "sub").chmod(0o700)
    assert names(outcome) == ["a.md"]
    assert outcome.complete is False
    assert len(outcome.warnings) == 2


async def test_a_file_or_folder_that_fails_to_read_is_not_withdrawn(
    tmp_path: Path, reader: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, a_md="a", b_md="b", sub__c_md="c")
    honest_open, honest_scan = os.open, os.scandir

    def failing_open(path: Any, *arguments: Any, **options: Any) -> int:
        if str(path).endswith("b.md"):
            raise PermissionError(13, "Permission denied", str(path))
        return honest_open(path, *arguments, **options)

    def failing_scan(path: Any) -> Any:
        if str(path).endswith("sub"):
            raise OSError(5, "Input/output error", str(path))
        return honest_scan(path)

    monkeypatch.setattr(folders.os, "open", failing_open)
    monkeypatch.setattr(os, "scandir", failing_scan)
    outcome = await reader.look(tmp_path)
    assert names(outcome) == ["a.md"]
    assert outcome.complete is False
    assert len(outcome.warnings) == 2


@pytest.mark.parametrize("name", ["a\nb.md", "a\x1b[31m.md", "a\u202eb.md", "a\x9b.md", "a\u2028.md"])
async def test_a_name_with_control_characters_is_a_warning_without_them(name: str, tmp_path: Path, reader: Any) -> None:
    write(tmp_path, a_md="a")
    (tmp_path / name).write_text("x")
    outcome = await reader.look(tmp_path)
    assert names(outcome) == ["a.md"]
    (warning,) = outcome.warnings
    assert warning.isprintable()
    assert warning.isascii()


async def test_a_name_that_is_no_unicode_is_a_warning(tmp_path: Path, reader: Any) -> None:
    write(tmp_path, a_md="a")
    write(tmp_path, **{os.fsdecode(b"\xff_md"): "x"})
    outcome = await reader.look(tmp_path)
    assert names(outcome) == ["a.md"]
    assert len(outcome.warnings) == 1


async def test_warnings_are_counted_not_heaped(tmp_path: Path, reader: Any) -> None:
    write(tmp_path, a_md="a")
    for number in range(folders.WARNINGS + 5):
        (tmp_path / f"{number}.md").touch()
    outcome = await reader.look(tmp_path)
    assert len(outcome.warnings) == folders.WARNINGS + 1
    assert "5 more" in outcome.warnings[-1]


async def test_spaces_and_accents_in_names_are_encoded_in_addresses(tmp_path: Path, reader: Any) -> None:
    (tmp_path / "d\u00e9j\u00e0 vu #1?.md").write_text("x")
    (document,) = (await reader.look(tmp_path)).documents
    assert document.url.endswith("/d%C3%A9j%C3%A0%20vu%20%231%3F.md")


async def test_a_linked_folder_is_read_under_its_own_name(tmp_path: Path, reader: Any) -> None:
    write(tmp_path / "real", a_md="a")
    (tmp_path / "link").symlink_to("real")
    outcome = await reader.look(tmp_path / "link")
    assert outcome.documents[0].url == (tmp_path / "link" / "a.md").as_uri()


async def test_a_deep_tree_is_read_down_to_a_limit(tmp_path: Path, reader: Any) -> None:
    levels = [tmp_path]
    for _ in range(1200):
        levels.append(levels[-1] / "d")
        os.mkdir(levels[-1])
    write(levels[folders.DEPTH], a_md="a")
    try:
        outcome = await reader.look(tmp_path)
    finally:
        os.unlink(levels[folders.DEPTH] / "a.md")
        for folder in levels[:0:-1]:
            os.rmdir(folder)  # pytest's own cleaning recurses
    assert len(outcome.documents) == 1
    assert outcome.complete is False
    assert "deep" in outcome.warnings[0]
