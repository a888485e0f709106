"""What the pages say about commands is true: each is run as it stands there."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import urllib.request
from typing import Any

import pytest
import typer
from pages import ELSEWHERE, PAGES, PROJECT, blocks_of, rows, section
from waiting import until

from aggregator.cli import app
from aggregator.config import load
from aggregator.model import Code
from aggregator.operate.advice import ADVICE

COMMANDS = PROJECT / "docs" / "commands.md"
SUBSCRIBING = PROJECT / "docs" / "subscribing.md"
PROGRAM = re.compile(r"^(?:\.venv/bin/)?aggregator ")


def examples() -> list[str]:
    """Every distinct command line of this program on the pages, in the order in which they stand there."""
    lines = [line for page in PAGES for block in blocks_of(page, "sh") for line in block.text.splitlines()]
    return list(dict.fromkeys(PROGRAM.sub("aggregator ", line) for line in lines if PROGRAM.match(line)))


def shapes() -> list[tuple[str, str]]:
    """Each JSON example of commands.md, with the command it is the output of."""
    found, last = [], ""
    for block in blocks_of(COMMANDS, "sh", "json"):
        if block.language == "json":
            found.append((last, block.text))
        else:
            last = block.text.splitlines()[-1]
    return found


ONE_AFTER_ANOTHER = """
import contextlib, io, json, shlex, sys
from aggregator.cli import main
for line in json.load(sys.stdin):
    sys.argv, printed, code = shlex.split(line), io.StringIO(), 0
    with contextlib.redirect_stdout(printed):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    print(json.dumps([line, code, printed.getvalue()]))
"""
"""Runs command lines as the program's own entry point does, in one process: starting it costs more than they do."""


def python(place: Any, *words: str, **variables: str) -> subprocess.Popen[str]:
    """A Python process in the scratch place."""
    environ = {name: value for name, value in os.environ.items() if name != "AGGREGATOR_CONFIG"} | variables
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, *words], cwd=place.folder, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environ
    )


@pytest.fixture(scope="module")
def ended(scratch: Any) -> dict[str, tuple[int, str]]:
    """Every example but those of ``run``, in the order of the pages: its exit code and what it printed."""
    process = python(scratch, "-c", ONE_AFTER_ANOTHER)
    printed, said = process.communicate(json.dumps(["aggregator once", *lasting(running=False)]), timeout=120)
    assert process.returncode == 0, said
    assert "Traceback" not in said, said
    return {line: (code, text) for line, code, text in map(json.loads, printed.splitlines())}


def lasting(*, running: bool) -> list[str]:
    """The examples that run until they are told to end, or the others."""
    return [line for line in examples() if line.startswith("aggregator run") is running]


def answer(place: Any, path: str) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{place.port}{path}", timeout=10) as response:
        return int(response.status)


@pytest.mark.parametrize("line", lasting(running=False))
def test_an_example_ends_well(line: str, ended: Any) -> None:
    code, printed = ended[line]
    assert code == 0, printed
    assert printed


@pytest.mark.parametrize("line", lasting(running=True))
def test_run_serves_every_address_of_the_page_until_it_is_told_to_end(line: str, scratch: Any, ended: Any) -> None:
    page = section(SUBSCRIBING, "Which addresses can people subscribe to?")
    addresses = [path for row in rows(page) for path in re.findall(r"`(/[^`]*)`", row[0])]
    process = python(scratch, "-m", "aggregator", *shlex.split(line)[1:])
    try:
        until(lambda: answer(scratch, "/readyz") == 200, process)
        assert {path: answer(scratch, path) for path in addresses} == dict.fromkeys(addresses, 200)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
        assert "Traceback" not in said
    finally:
        process.kill()
        process.communicate()


def test_the_status_shown_in_the_readme_is_what_status_shows_on_a_terminal(scratch: Any, ended: Any) -> None:
    [shown] = [each.text for each in blocks_of(PROJECT / "README.md", "text") if "\nSTATE " in each.text]
    process = python(scratch, "-m", "aggregator", "status", FORCE_COLOR="1", COLUMNS="110")
    printed = re.sub(r"\x1b\[[0-9;]*m", "", process.communicate(timeout=60)[0]).splitlines()
    board = shown.splitlines()
    [ours, *_], [theirs, *_] = (
        [line.split() for line in each if line.startswith("STATE ")] for each in (board, printed)
    )
    assert ours == theirs
    assert any(line.startswith("last published ") for line in printed)
    [seeds] = [line.split() for line in board if line.startswith("ok ")]
    assert [line.split()[:2] for line in printed if line.startswith("ok ")] == [seeds[:2]]
    named = [line.split()[1] for line in board if line.startswith(("ok ", "failing "))]
    assert sorted(named) == sorted(each.id for each in load(PROJECT / "config.yaml", {}).sources)
    assert f"    {ADVICE[Code.DNS]}" in board


def shape(value: Any) -> Any:
    """Names only; of a list its first item, of an empty one nothing."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items() if name != "codes"}
    return [shape(each) for each in value[:1]] if isinstance(value, list) else None


def documents(text: str) -> list[Any]:
    """One JSON document, or one a line."""
    try:
        return [json.loads(text)]
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines()]


def blank(value: Any, like: Any) -> Any:
    """``value`` without the items of lists that are empty in ``like``, and the other way round."""
    if isinstance(value, dict) and isinstance(like, dict):
        return {name: blank(each, like.get(name)) for name, each in value.items()}
    if isinstance(value, list) and isinstance(like, list):
        return [blank(each, other) for each, other in zip(value, like, strict=False)]
    return value


@pytest.mark.parametrize(("line", "text"), shapes())
def test_a_json_example_has_the_shape_of_the_output(line: str, text: str, ended: Any) -> None:
    assert line.endswith("--json")
    printed, shown = documents(ended[line][1]), documents(text)
    assert len(printed) == len(shown)
    for ours, example in zip(map(shape, printed), map(shape, shown), strict=True):
        assert blank(ours, example) == blank(example, ours)


def commands() -> dict[str, Any]:
    """Every command of the program by its full name."""
    found: dict[str, Any] = {}
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]  # a group
        for inner, each in getattr(command, "commands", {"": command}).items():
            found[f"{name} {inner}".strip()] = each
    return found


def test_every_command_has_a_section_and_every_section_a_command() -> None:
    headings = re.findall(r"^## `aggregator (.*)`$", COMMANDS.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(commands())


@pytest.mark.parametrize("name", commands())
def test_every_command_has_an_example_and_every_option_is_named(name: str) -> None:
    text = section(COMMANDS, f"`aggregator {name}`")
    assert re.search(rf"^aggregator {name}\b", text, re.MULTILINE)
    shared = section(COMMANDS, "What does each command do?")
    for each in commands()[name].params:
        for option in (*each.opts, *each.secondary_opts):
            where = shared if option in ("--config", "-c", "--json") else text
            assert not option.startswith("-") or re.search(rf"[`\[ ]{option}[`\] ]", where), option


def test_every_line_of_a_shell_block_is_ours_or_of_a_known_program() -> None:
    for page in PAGES:
        for block in blocks_of(page, "sh"):
            for line in block.text.splitlines():
                assert PROGRAM.match(line) or line.split(" ")[0] in ELSEWHERE, f"{block}: {line}"
