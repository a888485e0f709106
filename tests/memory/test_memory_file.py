"""The memory file: what a line says, what is cut short or damaged, and what it costs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import memory_file
from aggregator.model import Kept, KeptAlias, KeptSource

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    Line = Kept | KeptAlias | KeptSource

THEN = datetime(2026, 11, 2, 9, 0, 0, 123456, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
KEYS = st.binary(min_size=16, max_size=16).map(bytes.hex)
TIMES = st.integers(-(10**14), 7 * 10**15).map(lambda micros: datetime(1970, 1, 1, tzinfo=UTC) + micros * MICROSECOND)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
BITS = st.integers(-(2**63), 2**63 - 1)
ARTICLES = st.builds(
    Kept,
    key=KEYS,
    id=TEXTS,
    source=TEXTS,
    first_seen=TIMES,
    sort_at=TIMES,
    published=st.none() | TIMES,
    updated=st.none() | TIMES,
    page_hash=st.none() | BITS,
    text_hash=st.none() | BITS,
    claim_hash=st.none() | st.binary(min_size=16, max_size=16),
    duplicate_of=st.none() | KEYS,
    held=st.none() | TEXTS,
    hidden_at=st.none() | TIMES,
    pinned_at=st.none() | TIMES,
    deleted_at=st.none() | TIMES,
    deleted_by=st.none() | TEXTS,
)
LINES = (
    ARTICLES
    | st.builds(KeptAlias, alias=KEYS, key=KEYS)
    | st.builds(KeptSource, source=TEXTS, on_remove=TEXTS, removed_at=st.none() | TIMES, identity=st.none() | TEXTS)
)


def article(name: str = "one", **fields: Any) -> Kept:
    given: dict[str, Any] = {"key": name.encode().hex().rjust(32, "0"), "id": f"tag:a.example,2026:{name}"}
    return Kept(**({**given, "source": "a", "first_seen": THEN, "sort_at": THEN, "published": THEN} | fields))


def written(path: Path, lines: Iterable[Line] = ()) -> int:
    new = memory_file.Rewriting(path, "tag:example.org,2026:planet")
    new.write(lines)
    return new.finish()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / memory_file.NAME


@given(LINES)
def test_a_line_is_read_as_it_was_written(line: Line) -> None:
    text = memory_file.encode(line)
    assert text.count(b"\n") == 1
    assert text.endswith(b"\n")
    assert memory_file.decode(text) == line


def test_of_two_lines_about_the_same_the_later_one_holds(path: Path) -> None:
    size = written(path, [article("one"), article("two"), KeptSource(source="a")])
    later = article("one", deleted_at=THEN + timedelta(days=1), deleted_by="operator")
    memory_file.append(path, size, [later])
    read = memory_file.read(path)
    assert set(read.lines) == {later, article("two"), KeptSource(source="a")}
    assert read.damaged == 0
    assert read.head is not None
    assert read.head.site == "tag:example.org,2026:planet"


def test_an_append_leaves_what_was_there_and_writes_over_what_was_cut_short(path: Path) -> None:
    size = written(path, [article("one")])
    before = path.read_bytes()
    with path.open("ab") as file:
        file.write(memory_file.encode(article("two"))[:30])
    assert memory_file.read(path).lines == (article("one"),)
    assert memory_file.read(path).damaged == 0
    after = memory_file.append(path, size, [article("two")])
    assert path.read_bytes() == before + memory_file.encode(article("two"))
    assert after == path.stat().st_size


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"k":"AAAA","i":"x","s":"a","f":1,"p":1}',
        b'{"k":1}',
        b"\xff\xfe\x00",
        b'{"k":"AAAAAAAAAAAAAAAAAAAAAA","i":5,"s":"a","f":1,"p":1}',
        b'{"k":"AAAAAAAAAAAAAAAAAAAAAA","i":"x\\u0000","s":"a","f":1,"p":1}',
        b'{"k":"AAAAAAAAAAAAAAAAAAAAAA","i":"\\ud800","s":"a","f":1,"p":1}',
        b'{"k":"AAAAAAAAAAAAAAAAAAAAAA","i":"x","s":"a","f":1e300,"p":1}',
        b'{"k":"AAAAAAAAAAAAAAAAAAAAAA","i":"x","s":"a","f":99999999999999999999,"p":1}',
        b'{"k":"AAAAAAAAAAAAAAAAAAAAAA","i":"x","s":"a","f":1,"p":1,"h":"AAAAAAAAAAAAAAAAAAAAAA"}',
        b"[" * 100_000,
    ],
    ids=lambda damage: damage[:60].decode("latin-1"),
)
def test_a_damaged_line_is_counted_and_all_others_are_read(path: Path, damage: bytes) -> None:
    written(path, [article("one"), article("two")])
    head, one, two = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(head + one + damage + b"\n" + two)
    read = memory_file.read(path)
    assert read.lines == (article("one"), article("two"))
    assert read.damaged == 1


def test_a_damaged_first_line_loses_the_stamp_and_nothing_else(path: Path) -> None:
    written(path, [article("one")])
    path.write_bytes(b"\x00" + path.read_bytes()[1:])
    read = memory_file.read(path)
    assert (read.head, read.lines, read.damaged) == (None, (article("one"),), 1)
    assert memory_file.position(path) == (None, path.stat().st_size)


def test_written_anew_it_has_another_stamp_and_the_old_one_stays_until_then(path: Path) -> None:
    written(path, [article("one")])
    before = path.read_bytes()
    new = memory_file.Rewriting(path, "tag:example.org,2026:planet")
    new.write([article("two")])
    assert path.read_bytes() == before
    new.give_up()
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert path.read_bytes() == before
    size = written(path, [article("two")])
    assert size == path.stat().st_size
    assert memory_file.read(path).lines == (article("two"),)
    assert json.loads(before.splitlines()[0])["stamp"] != json.loads(path.read_bytes().splitlines()[0])["stamp"]


def test_it_is_for_its_owner_alone(path: Path) -> None:
    written(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_there_may_be_none(path: Path) -> None:
    assert memory_file.position(path) is None
    assert memory_file.head_of(path) is None


def test_an_article_takes_about_two_hundred_bytes() -> None:
    usual = article(
        id="https://www.example.org/2026/11/02/what-an-atom-id-is-for.html",
        source="example-org",
        first_seen=THEN + timedelta(minutes=7),
        page_hash=-(2**62),
        text_hash=2**61,
    )
    assert len(memory_file.encode(usual)) < 220
