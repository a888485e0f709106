"""Edits of the text of a YAML file: which part gives way to what, so that all else stays as it was written."""

from __future__ import annotations

import difflib
import json
import re
from typing import TYPE_CHECKING, Any

from aggregator.config import document
from aggregator.config.document import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Edit = tuple[int, int, str]
"""From and to which index of the text, and what stands there instead."""

_PLAIN = re.compile(
    r"https?://[A-Za-z0-9:/._~?=&%+@-]*[A-Za-z0-9/_~=&%+-]|[A-Za-z](?:[A-Za-z0-9_-]*[A-Za-z0-9])?|[1-9][0-9]{0,8}[smhd]"
    r"|[A-Za-z][A-Za-z0-9-]*(?: [A-Za-z0-9][A-Za-z0-9-]*)+"
)
"""What YAML takes for a text without quotes, wherever it stands, but for these."""
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf", "infinity"})
"""What some version of YAML, or some program, takes for something else than a text."""


class Unfit(Exception):
    """Why an edit cannot be made, in words."""


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text with each part from the first to the second index replaced, the last first."""
    for start, end, by in sorted(edits, reverse=True):
        text = text[:start] + by + text[end:]
    return text


def line_end(text: str, start: int) -> int:
    """Where the line of ``start`` ends, before what ends it."""
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    return end - text[start:end].endswith("\r")


def ending(text: str) -> str:
    """What ends a line of this text."""
    return "\r\n" if "\r\n" in text else "\n"


def written(value: Any) -> str:
    """A plain value as YAML on one line, wherever it stands."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{written(key)}: {written(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return json.dumps(value)
    return value if _PLAIN.fullmatch(value) and value.lower() not in _WORDS else _quoted(value)


def _quoted(text: str) -> str:
    """In double quotes; what no editor shows is written as a number, beyond the basic plane with eight digits (JSON's
    pairs are no YAML)."""
    shown = (each if each.isprintable() else _number(each) for each in json.dumps(text, ensure_ascii=False))
    return "".join(shown)


def _number(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def says(text: str, value: object, environ: Mapping[str, str]) -> bool:
    """Whether the text, read again, has this value."""
    try:
        found = document.parse(text, environ)
    except Unreadable:
        return False
    return not found.mistakes and bool(found.value == value)


def diff(before: str, after: str, name: str, context: int = 3) -> str:
    """A unified diff as ``patch`` takes it."""
    lines = difflib.unified_diff(_lines(before), _lines(after), f"a/{name}", f"b/{name}", n=context)
    return "".join(each if each.endswith("\n") else f"{each}\n\\ No newline at end of file\n" for each in lines)


def _lines(text: str) -> list[str]:
    """Lines as ``patch`` counts them; Python's own end at more characters than a line feed."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)
