"""A mistake in a rule is told with the line and column of the very character, however YAML writes the rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml.nodes import ScalarNode

from aggregator.articles import compile_rule
from aggregator.config import load
from aggregator.config.document import parse
from aggregator.config.places import place_in
from aggregator.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

START = "site: {title: T, url: 'https://example.org/'}\nsources:\n  - url: https://example.org/feed.xml\n"

WRITTEN = {
    "plain": "    drop: title ~ /a/ or titel ~ /b/\n",
    "plain over lines": "    drop: title ~ /a/\n      or titel ~ /b/\n",
    "single quotes": "    drop: 'author = \"O''Brien\" or titel ~ /b/'\n",
    "single quotes over lines": "    drop: 'author = \"O''Brien\"\n\n      or titel ~ /b/'\n",
    "double quotes": '    drop: "url ~ /\\\\.pdf$/ or author = \\"\\u00fc\\" or titel ~ /b/"\n',
    "double quotes over lines": '    drop: "url ~ /\\\\.pdf$/ \\\n      or titel ~ /b/"\n',
    "folded": "    drop: >\n      title ~ /a/\n      or titel ~ /b/\n    enabled: true\n",
    "folded, with an empty line": "    drop: >-\n      title ~ /a/\n\n      or titel ~ /b/\n",
    "literal": "    drop: |\n      title ~ /a/\n        or titel ~ /b/\n",
    "literal, indented by hand": "    drop: |2\n       title ~ /a/\n      or titel ~ /b/\n",
    "after an anchor": "    drop: &ads 'title ~ /a/ or titel ~ /b/'\n",
    "after white space": "    drop: '   titel ~ /b/'\n",
    "beside others in braces": "  - {url: 'https://example.net/ü', drop: 'title ~ /ü/ or titel ~ /b/'}\n",
}


def mistakes(folder: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(path, environ or {}, check_rule=compile_rule)
    return [each.removeprefix(f"{path}:") for each in caught.value.mistakes]


def place_of(text: str, what: str) -> str:
    at = text.index(what)
    return f"{text.count(chr(10), 0, at) + 1}:{at - text.rfind(chr(10), 0, at)}"


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
def test_the_very_character_is_told(written: str, tmp_path: Path) -> None:
    text = START + written
    said = "drop: there is no field titel; did you mean title?"
    assert mistakes(tmp_path, text) == [f"{place_of(text, 'titel')}: {said}"]


def test_the_end_of_a_rule_has_a_place_too(tmp_path: Path) -> None:
    text = START + "    keep: 'title ~ '\n    drop: title =\n"
    first, second = mistakes(tmp_path, text)
    assert first.startswith("4:19: keep: expected /a regular")
    assert second.startswith("5:18: drop: title is text")


def test_a_mistake_in_an_expression_is_told_where_it_is(tmp_path: Path) -> None:
    text = START + "    drop: 'title ~ /ads[z-a]/'\n"
    [said] = mistakes(tmp_path, text)
    assert said.startswith(f"{place_of(text, 'z-a')}: drop: the regular expression cannot be used")


def test_where_a_variable_is_in_a_rule_its_text_and_the_character_are_told(tmp_path: Path) -> None:
    text = START + "    drop: 'tag = \"${TAG}\" or titel'\n"
    [said] = mistakes(tmp_path, text, {"TAG": "advertisement"})
    assert said == "4:11: drop: there is no field titel; did you mean title? (at character 26 of the rule)"


def test_what_a_variable_holds_is_not_told(tmp_path: Path) -> None:
    [said] = mistakes(tmp_path, START + "    drop: '${RULE}'\n", {"RULE": "secretfield = 1"})
    assert said.startswith("4:11:")
    assert "secretfield" not in said


def test_where_folding_keeps_lines_the_text_and_the_character_are_told(tmp_path: Path) -> None:
    [said] = mistakes(tmp_path, START + "    drop: >\n      title ~ /a/\n        or titel ~ /b/\n")
    assert said == "4:11: drop: there is no field titel; did you mean title? (at character 18 of the rule)"


def test_the_same_mistake_in_several_places_is_told_of_each(tmp_path: Path) -> None:
    text = (
        START
        + "    drop: &same titel\n  - {url: https://example.net/, drop: titel}\noutputs: [{id: x, query: titel}]\n"
    )
    said = "there is no field titel; did you mean title?"
    places = ("4:17: drop", "5:39: drop", "6:26: query")
    assert mistakes(tmp_path, text) == [f"{place}: {said}" for place in places]


_LINE = st.text("a'\"\\ :#-ü\n", min_size=1, max_size=30)


@settings(max_examples=300, deadline=None)
@given(said=_LINE, style=st.sampled_from(["single", "double", "literal"]), data=st.data())
def test_a_place_is_that_of_the_character_or_is_not_told(said: str, style: str, data: st.DataObject) -> None:
    written = {
        "single": "'" + said.replace("'", "''").replace("\n", "\n\n ") + "'",
        "double": '"' + said.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"',
        "literal": "|2\n" + "\n".join(f"  {line}" for line in said.split("\n")) + "\n",
    }[style]
    text = f"a: 1\nkey: {written}\n"
    found = parse(text, {})
    _, node = found.find(("key",))
    assert isinstance(node, ScalarNode)
    if not node.value:
        return
    offset = data.draw(st.integers(0, len(node.value) - 1))
    place = place_in(text, node, offset)
    if place is None or node.value[offset] in " \n":
        return
    line, column = place
    there = text.split("\n")[line - 1][column - 1 :]
    assert there.startswith(("\\" if style == "double" and node.value[offset] in '\\"' else "") + node.value[offset])


def test_a_place_is_told_of_every_character_of_what_is_quoted_on_one_line() -> None:
    text = "key: 'it''s \"so\"'\n"
    found = parse(text, {})
    _, node = found.find(("key",))
    assert isinstance(node, ScalarNode)
    assert [place_in(text, node, offset) for offset in range(len(node.value) + 1)] == [
        *((1, column) for column in (7, 8, 9, 11, 12, 13, 14, 15, 16)),
        (1, 17),
    ]
