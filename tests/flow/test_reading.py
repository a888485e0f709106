"""What is read here, what in a process of its own, and what becomes of a folder with a file that hangs."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from feedserver import rss
from hostile_documents import HOSTILE

from aggregator import reading as module
from aggregator.articles import identify
from aggregator.model import ClientCertificate, Code, Document, Failed, Proxy, Source
from aggregator.parse import certain, parse
from aggregator.reading import Reading

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = datetime(2026, 11, 23, tzinfo=UTC)
URL = "https://example.org/feed"
SOURCE = Source(id="s", url=URL)
FOLDER = Source(id="s", folder=Path("/articles"))
SMALL = rss("Small", [("1", "One")])
STUCK = """
from aggregator.parse import parse as real

def parse(documents, source, now):
    while any(each.name == "slow.md" for each in documents):
        pass
    return real(documents, source, now)
"""


@pytest.fixture
async def reading() -> AsyncIterator[Reading]:
    one = Reading()
    yield one
    await one.close()


def document(body: bytes, name: str | None = None) -> Document:
    return Document(body=body, url=f"file:///articles/{name}" if name else URL, name=name)


def processes(reading: Reading) -> int:
    return len(reading._workers._alive) + len(reading._files._alive)


def padded(body: bytes, marks: int = 0, size: int = 0) -> bytes:
    return body.replace(b"About", b"=" * marks + b" " * size + b"About")


# ---- here or apart ----


async def test_a_small_certain_feed_is_read_without_a_process(reading: Reading) -> None:
    feed = await reading.parse((document(SMALL),), SOURCE, NOW)
    assert feed == parse((document(SMALL),), SOURCE, NOW)
    assert feed.road == "fast"
    assert processes(reading) == 0


@pytest.mark.parametrize(
    "body",
    [
        padded(SMALL, size=certain.SIZE),
        padded(SMALL, marks=certain.MARKS),
        b"<!DOCTYPE rss>" + SMALL,
        SMALL.replace(b"</item>", b"<!ENTITY x></item>"),
        SMALL.replace(b"<item>", b"<item xml:base='http://a.example/" + b"a" * 512 + b"'>"),
        SMALL.replace(b"</item>", b"<unclosed></item>"),
        b'{"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": []}',
        b'["' + SMALL,
        b"<html><title>Log in</title></html>",
        b"",
    ],
)
async def test_what_is_large_or_not_plain_or_no_certain_feed_is_read_apart(reading: Reading, body: bytes) -> None:
    assert certain.parse(document(body)) is None
    assert await reading.parse((document(body),), SOURCE, NOW) == parse((document(body),), SOURCE, NOW)
    assert processes(reading) == 1


@pytest.mark.parametrize("more", [{"size": certain.SIZE - len(SMALL) - 14}, {"marks": certain.MARKS - 100}])
def test_up_to_the_limits_a_feed_is_read_here(more: dict[str, int]) -> None:
    assert certain.parse(document(padded(SMALL, **more))) is not None


def test_a_long_address_of_its_own_sends_a_feed_away() -> None:
    far = Document(body=SMALL, url=URL + "/a" * 512)
    assert certain.parse(far) is None


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_read_here_is_read_as_it_would_be_apart(name: str) -> None:
    hostile = document(HOSTILE[name][0]())
    found = certain.parse(hostile)
    assert found is None or found == parse((hostile,), SOURCE, NOW)


def test_most_real_feeds_are_read_here_and_as_they_would_be_apart(corpus: list[dict[str, str]]) -> None:
    documents = [Document(body=Path(each["path"]).read_bytes(), url=each["url"]) for each in corpus]
    here = [(each, found) for each in documents if (found := certain.parse(each)) is not None]
    assert len(here) >= 0.7 * len(documents)
    assert all(found == parse((each,), SOURCE, NOW) for each, found in here[::5])


# ---- cleaning ----


async def test_few_words_are_cleaned_here_and_many_apart(reading: Reading) -> None:
    feed = parse((document(SMALL),), SOURCE, NOW)
    (few,) = await reading.normalise(identify(feed, SOURCE), feed.info, SOURCE, NOW)
    assert processes(reading) == 0
    large = parse((document(padded(SMALL, marks=module.TEXT)),), SOURCE, NOW)
    (many,) = await reading.normalise(identify(large, SOURCE), large.info, SOURCE, NOW)
    assert processes(reading) == 1
    assert (few.title, few.key) == (many.title, many.key)


async def test_cleaning_that_takes_too_long_is_a_failure_in_words(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TEXT", 0)
    feed = parse((document(SMALL),), SOURCE, NOW)
    reading._workers.wall = timedelta(0)
    found = await reading.normalise(identify(feed, SOURCE), feed.info, SOURCE, NOW)
    assert isinstance(found, Failed)
    assert found.code is Code.PARSE_TIMEOUT


async def test_no_secret_of_a_source_goes_to_another_process(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = []
    run = reading._workers.run

    async def watched(function, *args):
        sent.append(pickle.dumps(args))
        return await run(function, *args)

    monkeypatch.setattr(reading._workers, "run", watched)
    shown = ClientCertificate(cert=Path("/a.pem"), password="hush")
    proxy = Proxy(url="http://proxy:1", auth=("me", "hush"))
    secret = Source(
        id="s", url=URL, headers=(("X-Key", "hush"),), basic_auth=("me", "hush"), bearer="hush",
        client_cert=shown, proxy=proxy,
    )  # fmt: skip
    await reading.parse((document(b"{}"),), secret, NOW)
    assert len(sent) == 1
    assert b"hush" in pickle.dumps(secret)
    assert b"hush" not in sent[0]


# ---- folders ----


async def test_a_file_that_takes_too_long_is_named_and_all_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stuck_parser_of_the_test.py").write_text(STUCK, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    import stuck_parser_of_the_test  # type: ignore[import-not-found]  # written just above

    monkeypatch.setattr(module, "parse", stuck_parser_of_the_test.parse)
    monkeypatch.setattr(module, "FILE_SECONDS", 1)
    reading = Reading()
    files = [document(f"# {n}\n\nText.\n".encode(), f"{n}.md") for n in range(60)]
    files.insert(30, document(b"# Slow", "slow.md"))
    try:
        feed = await reading.parse(tuple(files), FOLDER, NOW)
    finally:
        await reading.close()
    assert feed.problem is None
    assert feed.unread == ("slow.md",)
    assert [each.title.value for each in feed.entries if each.title] == [str(n) for n in range(60)]
    assert [each.position for each in feed.entries] == list(range(60))
    assert any(each.startswith("slow.md: it cannot be read, for parse used more than 1 s") for each in feed.warnings)
    assert any(each.startswith("slow.md: nothing of this folder is withdrawn") for each in feed.warnings)


async def test_files_that_are_not_reached_in_time_are_unread(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FOLDER_LIMIT", timedelta(0))
    feed = await reading.parse((document(b"# A", "a.md"), document(b"# B", "b.md")), FOLDER, NOW)
    assert feed.unread == ("a.md", "b.md")
    assert "not reached" in feed.warnings[0]


async def test_a_folder_says_the_same_however_its_files_are_grouped(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tuple(document(b"# A\n\nText.\n" if n % 3 else b"", f"{n}.md") for n in range(7))
    whole = parse(files, FOLDER, NOW)
    assert len(whole.unread) == 3
    for size in (1, 2, 50):
        monkeypatch.setattr(module, "GROUP_FILES", size)
        assert await reading.parse(files, FOLDER, NOW) == whole
    monkeypatch.setattr(module, "GROUP_BYTES", 1)
    assert await reading.parse(files, FOLDER, NOW) == whole


async def test_an_empty_folder_is_an_empty_feed(reading: Reading) -> None:
    assert await reading.parse((), FOLDER, NOW) == parse((), FOLDER, NOW)
