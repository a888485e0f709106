"""Wrong rules: what is said about each, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.articles import rules
from aggregator.articles.rules import RuleError

WRONG = Path(__file__).with_name("rules_wrong.txt").read_text(encoding="utf-8").rstrip("\n").split("\n\n")
"""A rule, and under its fault ``^`` and the message."""


def test_there_are_enough_wrong_rules() -> None:
    assert len(WRONG) == len(set(WRONG)) >= 80


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.partition("\n")[0])
def test_a_wrong_rule_is_refused_with_place_and_advice(case: str) -> None:
    text = case.partition("\n")[0]
    with pytest.raises(RuleError) as caught:
        rules.compile(text)
    assert f"{text}\n{' ' * caught.value.offset}^ {caught.value.message}" == case


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("", 0, "the rule is empty"),
        (" \n\t ", 0, "the rule is empty"),
        ('title\n= "a"\nand titel', 16, "there is no field titel; did you mean title"),
        ('title ~ "a\ud800"', 10, "half a character"),
        ('title = \u00a0\u200b"x"', 9, r"\\u200b has no meaning"),
        ("title ~ /é)\u202e/mi", 8, r"cannot be used: unexpected \): é\)\\u202e \(at"),
        ("title ~ /a\\\nb/", 8, "no closing / on its line"),
        ('title = "a\\\nb"', 10, "is not an escape"),
        ("title ~ /a\nb/", 8, "no closing / on its line"),
        ('title ~ "' + "é" * 2048 + '"', 0, "too long: 4106 bytes, at most 4096"),
        ("(" * 51 + "title" + ")" * 51, 50, "nested too deeply: more than 50"),
        ("not " * 51 + "title", 200, "nested too deeply: more than 50"),
        ("not (" * 26 + "title" + ")" * 26, 125, "nested too deeply: more than 50"),
        ("(" * 2000 + "title", 50, "nested too deeply"),
        (" or ".join(["title ~ /x/"] * 33), 488, "more than 32 regular expressions"),
        ('title = "' + "x" * 100, 8, "no closing quote"),
        ("x" * 100 + " = 1", 0, r"there is no field x{57}\.\.\.; the fields are title, author"),
        ("words > " + "9" * 4000 + "x", 8, r"found 9{57}\.\.\."),
        ("words = 5 title", 10, "expected and, or, or the end of the rule"),
    ],
)
def test_limits_and_strange_characters_are_named(text: str, offset: int, message: str) -> None:
    with pytest.raises(RuleError, match=message) as caught:
        rules.compile(text)
    assert caught.value.offset == offset
    assert caught.value.message.isprintable()


def test_a_refused_expression_is_reported_once_and_not_on_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuleError):
        rules.compile("title ~ /(/")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "text",
    [
        'title ~ "' + "é" * 2043 + '"',
        "(" * 50 + "title" + ")" * 50,
        "not " * 50 + "title",
        "((title)) and " * 49 + "title",
        " or ".join(["title ~ /x/"] * 32),
        " and ".join(["title"] * 400),
        "words < " + "9" * 4000,
        "words < " + "9" * 4000 + ".5",
        "age < 999999999d",
    ],
)
def test_a_rule_within_the_limits_is_accepted(text: str) -> None:
    assert str(rules.compile(text)) == text
