"""Sources are added to a configuration: the list says them, and every other character stays."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.config import document, load
from aggregator.config.additions import added
from aggregator.config.edits import Unfit, edited, written
from aggregator.config.writing import Changed, replace_text

SITE = "site: {title: P, url: 'https://p.example/'}\n"
NEW = [{"id": "new", "url": "https://new.example/f?x=1#a", "title": 'A "b": é 😀', "tags": ["a", "yes"]}]
BLOCK = """  # Why
  - id: new
    url: "https://new.example/f?x=1#a"
    title: "A \\"b\\": é 😀"
    tags: [a, "yes"]
"""
FLOW = '{id: new, url: "https://new.example/f?x=1#a", title: "A \\"b\\": é 😀", tags: [a, "yes"]}'


def after(text: str) -> str:
    return added(text, NEW, {}, "Why")


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("sources:\n  - https://a.example/ # x\n\n  # tail\n\noutputs: []\n",
         f"sources:\n  - https://a.example/ # x\n{BLOCK}\n  # tail\n\noutputs: []\n"),
        # A comment further in than the dashes is of the last source.
        ("sources:\n  - url: https://a.example/\n    # keep: x\n# of the file\n",
         f"sources:\n  - url: https://a.example/\n    # keep: x\n{BLOCK}# of the file\n"),
        # Blank lines between the sources are kept up.
        ("sources:\n  - https://a.example/\n\n  - https://b.example/\n",
         f"sources:\n  - https://a.example/\n\n  - https://b.example/\n\n{BLOCK}"),
        ("sources: []\noutputs: []\n", f"sources:\n{BLOCK}outputs: []\n"),
        ("sources:   # none yet\noutputs: []\n", f"sources:   # none yet\n{BLOCK}outputs: []\n"),
        ("sources: null\n", f"sources:\n{BLOCK}"),
        ("", f"\nsources:\n{BLOCK}"),
        ("# the end\n", f"# the end\n\nsources:\n{BLOCK}"),
        # No line end at the end of the file.
        ("sources:\n  - https://a.example/", f"sources:\n  - https://a.example/\n{BLOCK[:-1]}"),
        ("sources:\n  - url: https://a.example/\n    keep: |\n      a\n      # b\n",
         f"sources:\n  - url: https://a.example/\n    keep: |\n      a\n      # b\n{BLOCK}"),
        ("sources:\n  - &a {url: https://a.example/}\n  - *a\n",
         f"sources:\n  - &a {{url: https://a.example/}}\n  - *a\n{BLOCK}"),
        ("sources: [https://a.example/]\n", f"sources: [https://a.example/, {FLOW}]\n"),
        ("sources: [https://a.example/, ] # z\n", f"sources: [https://a.example/, {FLOW} ] # z\n"),
        ("sources: [https://a.example/,\n  https://b.example/]\n",
         f"sources: [https://a.example/,\n  https://b.example/,\n  {FLOW}]\n"),
        ("sources: [\n  https://a.example/, # a\n  {url: https://b.example/} # b\n]\n",
         f"sources: [\n  https://a.example/, # a\n  {{url: https://b.example/}}, # b\n  {FLOW}\n]\n"),
    ],
)  # fmt: skip
def test_it_stands_behind_the_others_and_nothing_else_changes(before: str, expected: str) -> None:
    assert after(SITE + before) == SITE + expected
    assert after((SITE + before).replace("\n", "\r\n")) == (SITE + expected).replace("\n", "\r\n")


def test_the_indent_is_that_of_the_file() -> None:
    assert after(f"{SITE}sources:\n-   url: https://a.example/\n").splitlines()[3:5] == [
        "# Why",
        "-   id: new",
    ]


def test_a_document_in_brackets_stays_one() -> None:
    assert after("{site: {}, sources: []}") == f"{{site: {{}}, sources: [{FLOW}]}}"
    assert after("{site: {}}") == f"{{site: {{}}, sources: [{FLOW}]}}"


@pytest.mark.parametrize("text", ["sources: {a: b}\n", "sources: [", "- a\n", "a: 1\na: 2\n"])
def test_where_it_cannot_be_done_it_is_not(text: str) -> None:
    with pytest.raises((Unfit, document.Unreadable)):
        after(text)


def test_a_variable_that_is_not_set_is_said() -> None:
    with pytest.raises(Unfit, match="NOT_THERE is not set"):
        added(SITE, [{"url": "https://${NOT_THERE}/"}], {})


TEXTS = st.text(max_size=12).filter(lambda text: "${" not in text)
PLAIN = st.none() | st.booleans() | st.integers(-9, 9**9) | TEXTS
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3))


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_any_value_is_read_as_it_was_written(value: dict[str, Any]) -> None:
    assert document.parse(written(value), {}).value == value


def test_a_file_is_replaced_whole_with_its_mode_and_through_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.yaml", tmp_path / "link.yaml"
    real.write_text("a\n")
    real.chmod(0o640)
    link.symlink_to(real)
    replace_text(link, "a\n", "b\n")
    assert link.is_symlink()
    assert (real.read_text(), real.stat().st_mode & 0o777) == ("b\n", 0o640)
    assert sorted(os.listdir(tmp_path)) == ["link.yaml", "real.yaml"]


def test_what_another_has_written_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("other\n")
    with pytest.raises(Changed, match="run it again"):
        replace_text(path, "a\n", "b\n")
    assert path.read_text() == "other\n"
    assert os.listdir(tmp_path) == ["config.yaml"]


def test_a_file_that_is_read_only_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("a\n")
    path.chmod(0o444)
    with pytest.raises(OSError, match="read-only"):
        replace_text(path, "a\n", "b\n")
    assert path.read_text() == "a\n"
    assert os.listdir(tmp_path) == ["config.yaml"]


def test_a_mark_at_the_beginning_stays(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(b"\xef\xbb\xbfa\n")
    replace_text(path, "a\n", "b\n")
    assert path.read_bytes() == b"\xef\xbb\xbfb\n"


def test_edits_do_not_move_one_another() -> None:
    assert edited("abc", [(0, 1, "xx"), (2, 3, ""), (1, 1, "-")]) == "xx-b"


@pytest.mark.parametrize(
    ("url", "hidden"),
    [
        ("https://a.example/?token=abcdef123456", True),
        ("https://a.example/?x=1&feed_token=abc-123-def", True),
        ("https://a.example/?api_key=0123456789", True),
        ("https://a.example/feeds/videos.xml?channel_id=UC0123456789", False),
        ("https://a.example/?key=technology", False),
        ("https://a.example/?auth=1", False),
    ],
)
def test_a_key_in_an_address_is_a_secret(url: str, hidden: bool, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f"{SITE}sources:\n  - '{url}'\n")
    assert bool(load(path, {}).secrets) is hidden


@pytest.mark.parametrize(("value", "hidden"), [("k7-0123456789", True), ("technology", False), ("v2", False)])
def test_a_key_from_the_environment_is_one_in_the_path_of_an_address_and_in_a_rule_too(
    value: str, hidden: bool, tmp_path: Path
) -> None:
    path = tmp_path / "config.yaml"
    for source in ("'https://a.example/feeds/${PART}/rss'", "{url: 'https://a.example/', drop: 'title ~ \"${PART}\"'}"):
        path.write_text(f"{SITE}sources:\n  - {source}\n")
        assert (value in load(path, {"PART": value}).secrets) is hidden
