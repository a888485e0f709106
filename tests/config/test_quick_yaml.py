"""Configurations are read by libyaml where that cannot be told from ruamel.yaml, and large ones are read at all."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from aggregator.config import document, libyaml, load, redact
from aggregator.config.redaction import HIDDEN
from aggregator.errors import ConfigError

WRONG = [each for each in sorted((Path(__file__).parent / "wrong").glob("*.yaml")) if "alias" not in each.name]
"""But for those that have no end."""
TRICKY = [
    "a: 012\nb: 0o14\nc: 1_000\nd: 1e3\ne: 1:30\nf: .5\ng: 0x1F\nh: +1\ni: 12e03\n",
    "[yes, No, on, OFF, true, FALSE, ~, null, Null, .inf, -.INF, .nan, 2026-11-23, 2026-11-23 10:00:00, =, <<]",
    "- 'single ''quoted'''\n- \"double \\u00e4 \\x41 \\/ \\\n  folded\"\n- plain over\n  two lines # and a comment\n",
    "a: b",
    "|\n#\n",
    "a: |\n \n  b\n",
    "a: |\n  kept\n   lines\n\nb: >-\n  folded\n  text\nc: |+2\n    indented\n\n",
    "{a: http://b.example/?c=d&e=f#g, 'h': [i, {j: k}], ? l : m}",
    "a: &one [x]\nb: *one\nc: &one {y: z}\nd: *one\n",
    "- url: http://a.example/\n  tags:\n  - b\n  - c\n-   d: e\n    f: g\n",
    "a: äöü 😀\nb: '\\n'\r\nc: d\r\n",
    "# a comment\n\na: b # another\n# the last\n",
    "top:\n  - - a\n    - b\n  - ? c\n    : d\n",
    "a: -\n", "a: b: c", "a: 'b", "a: [b", "a: *none", "!t a", "a\tb: c",
    "--- a\n--- b\n", "%YAML 1.1\n---\na: yes\n", "",
]  # fmt: skip


def shown(node: Any) -> Any:
    """All there is to a node."""
    block = not isinstance(node, ScalarNode) and not node.flow_style  # it ends nobody knows where
    marks = [(mark.index, mark.line, mark.column) for mark in (node.start_mark, node.end_mark)[: 1 if block else 2]]
    inside: Any = node.value
    if isinstance(node, SequenceNode):
        inside = [shown(each) for each in node.value]
    elif isinstance(node, MappingNode):
        inside = [(shown(key), shown(value)) for key, value in node.value]
    style = node.style if isinstance(node, ScalarNode) else bool(node.flow_style)
    return type(node).__name__, str(node.ctag), node.anchor, style, marks, inside


def quickly(text: str) -> Any:
    return shown(libyaml.compose(text, document.LIMIT_NODES, document.LIMIT_DEPTH))


def slowly(text: str) -> Any:
    return shown(document._compose_slowly(text))


def alike(text: str) -> bool:
    """Whether both see the same, where libyaml dares to say; False where it does not."""
    try:
        quick = quickly(text)
    except libyaml.Unsure:
        return False
    assert quick == slowly(text)
    return True


@pytest.mark.parametrize("text", TRICKY)
def test_what_is_written_in_unusual_ways_is_seen_alike(text: str) -> None:
    alike(text)


@pytest.mark.parametrize("path", WRONG, ids=[each.stem for each in WRONG])
def test_wrong_configurations_are_seen_alike(path: Path) -> None:
    alike(document.read(path))


def test_what_is_written_in_usual_ways_is_left_to_libyaml() -> None:
    assert sum(map(alike, TRICKY)) >= 10
    assert sum(alike(document.read(each)) for each in WRONG) > len(WRONG) // 2


PARTS = [
    "a",
    "b: ",
    "- ",
    "\n",
    "\n  ",
    "\n    ",
    " ",
    ": ",
    ", ",
    "[",
    "]",
    "{",
    "}",
    "'",
    '"',
    "#",
    " # ",
    "&x ",
    "*x",
]
PARTS += ["|\n", ">\n", "? ", "1", "~", "-", ":", "\\", "0x", ".", "\r\n", "ä", "!", "%", "@", "`", "<<", "=", "yes"]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(PARTS), max_size=24).map("".join))
def test_no_text_is_seen_in_another_way(text: str) -> None:
    alike(text)


def test_ten_thousand_sources_with_all_their_keys_are_read(tmp_path: Path) -> None:
    one = """
  - id: source-{0}
    url: https://host-{0}.example/feed.xml
    title: 'The source of number {0}'
    tags: [news, cars, planes]
    language: en
    interval: 1h
    timeout: 20s
    max_bytes: 5MiB
    user_agent: reader/{0}
    headers: {{X-Key: secret-{0}, X-Other: other-{0}}}"""
    head = "site: {title: T, url: 'http://127.0.0.1:8080/'}\nsources:"
    path = tmp_path / "config.yaml"
    path.write_text(head + "".join(one.format(number) for number in range(10_000)) + "\n")
    config = load(path, {})
    assert len(config.sources) == 10_000
    assert config.sources[-1].headers == (("X-Key", "secret-9999"), ("X-Other", "other-9999"))


def test_as_many_aliases_as_sources_are_no_bomb(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    head = (
        "site: {title: T, url: 'http://127.0.0.1:8080/'}\nsources:\n  - {url: 'http://a.example/', tags: &t [b, c]}\n"
    )
    path.write_text(head + "".join(f"  - {{url: 'http://a.example/{n}', tags: *t}}\n" for n in range(1_000)))
    assert {each.tags for each in load(path, {}).sources} == {("b", "c")}


def collections() -> int:
    return sum(each["collections"] for each in gc.get_stats())


def test_reading_stops_for_no_garbage_and_leaves_its_collection_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    head = "site: {title: T, url: 'http://127.0.0.1:8080/'}\nsources:\n"
    path.write_text(head + "".join(f"  - 'http://a.example/{number}'\n" for number in range(2_000)))
    gc.collect()
    before = collections()
    load(path, {})
    assert collections() - before <= 1  # the one that has become due is made up for
    assert gc.isenabled()
    path.write_text("sources: none")
    with pytest.raises(ConfigError):
        load(path, {})
    assert gc.isenabled()
    gc.disable()
    try:
        with pytest.raises(ConfigError):
            load(path, {})
        assert not gc.isenabled()
    finally:
        gc.enable()


WORDS = st.text("abc", min_size=1, max_size=6)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text("abc-", max_size=20), st.frozensets(WORDS, max_size=6))
def test_secrets_are_hidden_as_if_each_were_looked_for_the_longest_first(text: str, secrets: frozenset[str]) -> None:
    expected = text
    for secret in sorted((each for each in secrets if each in text), key=lambda each: (len(each), each), reverse=True):
        expected = expected.replace(secret, HIDDEN)
    assert redact(text, secrets) == expected
