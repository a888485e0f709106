"""``--help`` is understood alone."""

from __future__ import annotations

import inspect
import re
import shlex
from typing import Any

import click
import pytest
import typer

from aggregator.cli import app
from aggregator.cli.manual import commands

WIDTH = 80
ROOT: Any = typer.main.get_command(app)
COMMANDS = dict(commands(ROOT))


def paragraphs(command: Any) -> list[str]:
    return [" ".join(each.split()) for each in re.split(r"\n\s*\n", inspect.cleandoc(command.help))]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_ends_with_an_example_that_the_program_takes(name: str) -> None:
    example = paragraphs(COMMANDS[name])[-1]
    assert example.startswith(f"Example: aggregator {name}")
    words = shlex.split(example.removeprefix("Example: ").partition(" > ")[0])[1 + len(name.split()) :]
    COMMANDS[name].make_context(name, words)


@pytest.mark.parametrize("name", COMMANDS)
def test_what_a_command_does_is_said_in_a_line_that_the_list_of_commands_does_not_cut(name: str) -> None:
    said = COMMANDS[name].get_short_help_str(WIDTH - 2 - len("release") - 4)
    assert said == paragraphs(COMMANDS[name])[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_no_option_is_shown_with_a_type_of_the_language(name: str) -> None:
    command = COMMANDS[name]
    with click.Context(ROOT, info_name="aggregator") as above:
        shown = command.get_help(click.Context(command, parent=above, info_name=name))
    options = shown.partition("Options:")[2]
    assert not re.findall(r"<(?:str|path|int range|list\[\w+\])>", options)
