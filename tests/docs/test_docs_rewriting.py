"""docs/rewriting.md says what the code does: every action, every field, every example, every limit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from pages import PROJECT, Block, blocks_of, rows, section

from aggregator.articles import compile_action, compile_rule
from aggregator.articles.content import MAX_CONTENT
from aggregator.articles.rewrite.actions import MOST_MATCHES
from aggregator.articles.rewrite.selectors import MOST_TAGS
from aggregator.articles.rewrite.templates import PLACES
from aggregator.config import Config, load
from aggregator.config.schema.rewriting import ACTIONS, MOST_ACTIONS, ActionShape, AddedShape, PatternsShape, SetShape
from aggregator.errors import ConfigError
from aggregator.operate.rules import NEVER

PAGE = PROJECT / "docs" / "rewriting.md"
SITE = "site: {title: T, url: 'https://example.org/'}\n"


def loaded(folder: Path, text: str) -> Config:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path, {}, check_rule=compile_rule, check_action=compile_action)


@pytest.mark.parametrize("block", blocks_of(PAGE, "yaml"), ids=str)
def test_an_example_is_a_configuration(block: Block, tmp_path: Path) -> None:
    config = loaded(tmp_path, SITE + block.text)
    assert any(each.rewrite for each in config.sources)


def test_a_source_has_its_own_actions_then_those_of_all_or_none(tmp_path: Path) -> None:
    text = (
        "defaults: {rewrite: [{add_tag: all}]}\nsources:\n  - url: https://a.example/\n    rewrite: [{add_tag: own}]\n"
    )
    more = "  - https://b.example/\n  - {url: 'https://c.example/', rewrite: null}\n"
    own, usual, none = loaded(tmp_path, SITE + text + more).sources
    assert [each.what[0][1] for each in own.rewrite] == ["own", "all"]
    assert [each.what[0][1] for each in usual.rewrite] == ["all"]
    assert none.rewrite == ()


def actions() -> dict[str, str]:
    table = section(PAGE, "Which actions are there?")
    return {name.strip("`"): example.strip("`") for name, _, example in rows(table)}


def test_the_table_of_actions_is_the_code() -> None:
    assert tuple(actions()) == ACTIONS
    assert {*ACTIONS, "when", "with_"} == set(ActionShape.model_fields)


@pytest.mark.parametrize("name", ACTIONS)
def test_the_example_of_an_action_can_be_loaded(name: str, tmp_path: Path) -> None:
    example = yaml.safe_load(actions()[name].replace("\\|", "|"))
    assert name in example
    [source] = loaded(
        tmp_path, SITE + yaml.safe_dump({"sources": [{"url": "https://a.example/", "rewrite": [example]}]})
    ).sources
    [action] = source.rewrite
    assert action.action == name
    compile_action(action)


def test_the_table_of_fields_is_the_code() -> None:
    table = rows(section(PAGE, "Which fields?"))
    assert [each[0].strip("`") for each in table] == list(SetShape.model_fields)
    assert {each[0].strip("`") for each in table if each[2] == "yes"} == set(PatternsShape.model_fields)
    assert {each[0].strip("`") for each in table if each[3] == "yes"} == set(AddedShape.model_fields)


def test_what_is_shown_as_a_place_is_one() -> None:
    shown = re.findall(r"`\{(\w+)\}`", section(PAGE, "What is put there"))
    assert {"title", "author", "content"} <= set(shown)
    assert set(shown) <= set(PLACES)


def test_the_limits_are_those_of_the_code() -> None:
    text = section(PAGE, "What it never does").replace("\n", " ")
    for limit in (
        f"{MAX_CONTENT // 1024} KiB",
        f"{MOST_ACTIONS} actions",
        f"{MOST_MATCHES:,} places",
        f"{MOST_TAGS:,} el",
    ):
        assert limit in text
    assert f"in {NEVER.days} days" in (PROJECT / "docs" / "rules.md").read_text(encoding="utf-8")


WRONG = {
    "{titel: x}": ("titel", "unknown key 'titel'; possible here: "),
    "{remov: {title: x}}": ("remov", "unknown key 'remov'; nearest: 'remove'"),
    "{set: {titel: x}}": ("titel", "unknown key 'titel'; nearest: 'title'"),
    "{set: {tag: x}}": ("tag", "unknown key 'tag'; nearest: 'tags'"),
    "{set: {title: null}}": ("{title", "title must not be empty"),
    "{set: {language: klingon}}": ("klingon", "language: klingon is no language"),
    "{set: {url: '{titl}'}}": ("titl}", "there is nothing called 'titl' to put in; did you mean {title}?"),
    "{set: {author: [a, 'b {']}}": ("{']", "{ stands alone"),
    "{add_tag: a, drop_tag: b}": ("{add", "add_tag and drop_tag are two actions"),
    "{}": ("{}", "needs one of set, replace, remove"),
    "{when: title}": ("{when", "needs one of set, replace, remove"),
    "{replace: {title: a}}": ("{replace", "replace and with belong together"),
    "{remove: {title: a}, with: b}": ("{remove", "replace and with belong together"),
    "{replace: {title: '/(a)/'}, with: 'it''s \\2'}": ("\\2", "\\2 is not in the expression"),
    "{replace: {title: '/(a)/'}, with: 'it $1'}": ("$1", "write \\1 for a group of the expression, not $1"),
    "{remove: {title: '/ab[z-a]/'}}": ("z-a", "invalid character class range"),
    "{drop_tag: [a, '/b', c]}": ("/b", "no closing /"),
    "{remove: {title: 5}}": ("5", "must be a text; put it in quotes"),
    "{remove: {}}": ("{remove", "remove says of nothing"),
    "{prepend: {link: x}}": ("link", "unknown key 'link'; possible here: title, summary, content"),
    "{css_remove: 'a['}": ("a[", "this is no CSS selector"),
    "{add_tag: x, when: 'title ~ 5'}": ("5", "expected /a regular expression/"),
    "{map_tag: {a: 5}}": ("5", "a: must be a text, not a number"),
    "{append: {content: 'a } b'}}": ("} b", "} stands alone"),
}
"""An action, where in it the mistake is, and what is said of it."""


@pytest.mark.parametrize("action", WRONG)
def test_a_mistake_in_an_action_is_told_with_its_line_and_column(action: str, tmp_path: Path) -> None:
    where, words = WRONG[action]
    line = f"    rewrite: [{action}]"
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, f"{SITE}sources:\n  - url: https://a.example/\n{line}\n")
    [mistake] = caught.value.mistakes
    place = f"4:{line.index(where, 14) + 1}: "
    assert mistake.partition("config.yaml:")[2].startswith(place), mistake
    assert words in mistake
