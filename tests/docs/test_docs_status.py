"""docs/status.md says what can be wrong with a source, and what to do: with the numbers and words of the code."""

from __future__ import annotations

import re

import pytest
from pages import PROJECT, rows, section

from aggregator import status_board
from aggregator.cli import board
from aggregator.model import Code
from aggregator.operate import Group, State, advice, groups, health
from aggregator.operate.silence import FEW, LEAST, MONTH, TIMES_LONGEST, TIMES_USUAL, TWO_MONTHS, UNKNOWN
from aggregator.plan.posted import REMEMBERED
from aggregator.schedule.next_poll import GONE_AFTER, GONE_WITHIN, _words
from aggregator.wiring import PARSE_LIMIT

PAGE = PROJECT / "docs" / "status.md"


def words(title: str) -> str:
    return " ".join(section(PAGE, title).split())


SENTENCES = [
    ("States", f"404, {health.MISSING_AFTER} times in a row over at least {_words(health.MISSING_OVER)}"),
    ("States", f"410, {GONE_AFTER} times in a row over at least {_words(GONE_WITHIN)}"),
    ("Codes", f"more than {PARSE_LIMIT.seconds} seconds"),
    ("Silence", f"of which the last {REMEMBERED} are remembered"),
    ("Silence", f"- {_words(LEAST)}, as holidays"),
    ("Silence", f"; {_words(TWO_MONTHS)} where its posts are all of {_words(MONTH)},"),
    ("Silence", f"- {TIMES_USUAL} times its usual time"),
    ("Silence", f"- {TIMES_LONGEST} times its longest silence"),
    ("Silence", f"fewer than {FEW + 1} days of posting"),
    ("Silence", f"then it is {_words(UNKNOWN)}, or 3 times"),
]


@pytest.mark.parametrize(("title", "sentence"), SENTENCES)
def test_a_number_is_that_of_the_code(title: str, sentence: str) -> None:
    assert sentence in words(title)


def test_the_board_is_as_long_as_the_page_says() -> None:
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert f"Of more than {board.SHORT} sources a terminal lists" in text
    assert f"the first {board.ALIKE}; `--all`" in text
    assert status_board.SECONDS == 5, "made at most every five seconds"


def test_every_group_is_on_the_page_with_its_states() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("## ")[0]
    said = {row[0]: re.findall("`([a-z-]+)`", row[1]) for row in rows(table)}
    assert said == {str(group): [str(each) for each in groups.MEMBERS[group]] for group in Group}


def test_every_code_is_on_the_page_with_the_advice_that_status_gives() -> None:
    codes = [row for row in rows(section(PAGE, "Codes")) if len(row) == 3]
    assert {row[0].strip("`"): row[2] for row in codes} == {
        str(code): advice.ADVICE.get(code, "Nothing.") for code in Code
    }


def test_the_advice_for_an_empty_folder_is_that_of_status() -> None:
    assert f"`empty` has this advice: {advice.FOLDER_EMPTY}" in words("Codes")


def test_every_answer_with_advice_of_its_own_is_on_the_page() -> None:
    answers = [row for row in rows(section(PAGE, "Codes")) if len(row) == 2]
    assert {int(row[0]): row[1] for row in answers} == advice.BY_STATUS


def test_every_state_is_on_the_page() -> None:
    assert [row[0].strip("`") for row in rows(section(PAGE, "States"))] == [str(each) for each in State]
