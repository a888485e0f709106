"""``manual``: the page for man(1), made from what the commands say of themselves."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import typer

from aggregator import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

FRAME = """\
.SH EXIT STATUS
.TP
.B 0
Fine.
.TP
.B 1
Something that was asked for failed; the last line says what.
.TP
.B 2
The configuration or the command line is wrong.
.TP
.B 75
Another instance holds the store.
.SH ENVIRONMENT
.TP
.B AGGREGATOR_CONFIG
The configuration, where no
.B \\-\\-config
names one.
.PP
Other variables are used where the configuration names them as
.BR ${NAME} .
.SH FILES
.TP
.I config.yaml
The configuration, in the current folder.
.TP
.I feeds/seeds/
Articles of your own.
.TP
.I feeds/public/
The published documents.
.TP
.I var/aggregator.db
The store.
"""


def manual(context: typer.Context) -> None:
    """Print the manual page, for man(1).

    Example: aggregator manual > ~/.local/share/man/man1/aggregator.1
    """
    group: Any = context.find_root().command
    typer.echo("".join(f"{line}\n" for line in page(group)), nl=False)


def page(group: Any) -> Iterator[str]:
    """The lines of the page; ``group`` is what typer made of the commands."""
    yield f'.TH AGGREGATOR 1 "" "aggregator {_text(__version__)}" "User Commands"'
    yield ".SH NAME"
    yield r"aggregator \- poll feeds and publish them as one"
    yield ".SH SYNOPSIS"
    yield ".B aggregator"
    yield r".I COMMAND"
    yield r"[\fB\-\-config\fR \fIFILE\fR] [\fB\-\-json\fR]"
    yield ".SH DESCRIPTION"
    yield _text(group.help)
    yield ".SH COMMANDS"
    for name, command in commands(group):
        yield ".SS " + " ".join([f"aggregator {_text(name)}", *(_text(each) for each in _arguments(command))])
        paragraphs = re.split(r"\n\s*\n", inspect.cleandoc(command.help or ""))
        yield from _paragraphs(paragraphs)
        for each in command.params:
            if each.param_type_name == "option" and not each.hidden:
                yield from _option(each)
    yield from FRAME.splitlines()


def commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every command with its full name, in the order in which ``--help`` has them."""
    for name, command in group.commands.items():
        if command.hidden:
            continue
        if hasattr(command, "commands"):
            yield from commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def _arguments(command: Any) -> list[str]:
    given = [each for each in command.params if each.param_type_name == "argument"]
    names = [(each.metavar or each.name.upper()).strip("[]") for each in given]
    names = [f"{name}..." if each.nargs == -1 else name for each, name in zip(given, names, strict=True)]
    return [name if each.required else f"[{name}]" for each, name in zip(given, names, strict=True)]


def _paragraphs(paragraphs: list[str]) -> Iterator[str]:
    for place, each in enumerate(paragraphs):
        if place:
            yield ".PP"
        yield _text(" ".join(each.split()))


def _option(option: Any) -> Iterator[str]:
    yield ".TP"
    names = ", ".join(rf"\fB{_text(each)}\fR" for each in (*option.opts, *option.secondary_opts))
    yield names if option.is_flag else rf"{names} \fI{_text(option.metavar or option.name.upper())}\fR"
    yield _text(option.help or "")


def _text(words: str) -> str:
    """Words as roff takes them as such: a hyphen that can be copied, and no line that begins like a request."""
    escaped = words.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{escaped}" if escaped[:1] in (".", "'") else escaped
