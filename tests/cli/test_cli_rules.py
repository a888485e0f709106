"""``list --query`` and the commands about rules: what they print, and where they point."""

from __future__ import annotations

import pytest

from aggregator.cli.common import rule_given
from aggregator.errors import UsageError


@pytest.mark.parametrize(
    ("text", "pointed"),
    [
        ("titel ~ /a/", "  titel ~ /a/\n  ^"),
        ('title ~ "日本" and titel', '  title ~ "日本" and titel\n                     ^'),
        ("title ~ ", "  title ~ \n          ^"),
        ("tag in [" + '"x", ' * 40 + "titel]", '  "x", ' + '"x", ' * 11 + "titel]\n  " + " " * 60 + "^"),
        ("title\n= 'a\x1b[31m' or titel", "  title = 'a [31m' or titel\n                      ^"),
    ],
)
def test_a_wrong_rule_on_the_command_line_is_shown_with_a_caret_below_the_mistake(text: str, pointed: str) -> None:
    with pytest.raises(UsageError) as caught:
        rule_given("--query", text)
    assert str(caught.value).startswith("--query: ")
    assert str(caught.value).partition("\n")[2] == pointed
