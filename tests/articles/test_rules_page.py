"""docs/rules.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aggregator.articles import rules
from aggregator.articles.rules import FIELDS, RuleError
from aggregator.articles.rules.lexer import MAX_BYTES
from aggregator.articles.rules.parser import MAX_DEPTH, MAX_REGEXES
from aggregator.articles.rules.regex import FLAGS, MAX_PROGRAM
from aggregator.articles.rules.values import UNITS

PAGE = Path(__file__).parents[2].joinpath("docs", "rules.md").read_text(encoding="utf-8")


def block(language: str) -> list[str]:
    found = re.search(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1].splitlines()


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("text", block("rule"))
def test_an_example_compiles(text: str) -> None:
    rules.compile(text)


def test_the_rules_of_the_configuration_example_compile() -> None:
    quoted = re.findall(r"^ +(?:keep|drop|query): '(.*)'", "\n".join(block("yaml")), re.MULTILINE)
    assert len(quoted) == 3
    for text in quoted:
        rules.compile(text)


def test_rules_inside_sentences_compile() -> None:
    for text in ("not summary", 'tag != "cars"', "age < 7d"):
        assert f"`{text}`" in PAGE
        rules.compile(text)


def test_the_table_of_fields_is_the_code() -> None:
    rows = [line for line in section("Fields").splitlines() if line.startswith("| `")]
    assert rows == [f"| `{name}` | {each.kind.name} | {each.doc} |" for name, each in FIELDS.items()]


def test_every_operator_is_in_the_table_of_operators() -> None:
    shown = {
        name for line in section("Conditions").splitlines() for name in re.findall(r"`([^`]+)`", line.split(" | ")[0])
    }
    assert {name for each in FIELDS.values() for name in each.kind.operators} <= shown


def test_every_example_value_is_of_the_kind_the_table_says() -> None:
    field = {
        "text": "title =",
        "regular expression": "title ~",
        "number": "words =",
        "duration": "age =",
        "day": "date =",
        "moment": "date =",
        "truth": "has_image =",
    }
    rows = [line.split(" | ") for line in section("Values").splitlines() if "`" in line and line.startswith("| ")]
    assert [kind.removeprefix("| ") for kind, *_ in rows] == list(field)
    for kind, examples, *_ in rows:
        for value in re.findall(r"`([^`]+)`", examples):
            rules.compile(f"{field[kind.removeprefix('| ')]} {value}")


def test_units_flags_and_limits_are_named() -> None:
    assert ", ".join(UNITS.values()) in section("Values")
    plain = section("Regular expressions").replace("`", "").replace("\n", " ")
    for flag, meaning in FLAGS.items():
        assert f"{flag} ({meaning.replace('match at', 'at')})" in plain
    for limit in (f"{MAX_BYTES // 1024} KiB", str(MAX_DEPTH), str(MAX_REGEXES), str(MAX_PROGRAM)):
        assert limit in section("Limits")


def test_the_messages_shown_are_the_messages_given() -> None:
    shown = section("When a rule is wrong").split("```")[1].strip().splitlines()
    for text, message in zip(("titel", "age < 7"), shown, strict=True):
        with pytest.raises(RuleError) as caught:
            rules.compile(text)
        assert str(caught.value) == message
