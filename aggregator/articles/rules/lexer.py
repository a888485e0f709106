"""Rule text -> tokens, and the one error of the language."""

from __future__ import annotations

import re
from typing import NamedTuple

from aggregator.errors import Misspelt

MAX_BYTES = 4 * 1024
"""Of one rule. The longest rule seen in other readers' trackers is under 1 KiB; a list of words belongs in a regex."""


class RuleError(Misspelt):
    """A rule is wrong. ``message`` says what and what was expected; ``offset`` is the 0-based character in the text."""

    what = "rule"


class Token(NamedTuple):
    """``kind`` is ``word``, ``string``, ``regex``, ``literal``, ``sign`` or ``end``; ``text`` is as written."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def word(self) -> str:
        """The word in lower case, or "" for anything that is not a word."""
        return self.text.lower() if self.kind == "word" else ""

    def __str__(self) -> str:
        return "the end of the rule" if self.kind == "end" else shown(self.text)


_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<word>[A-Za-z_][A-Za-z0-9_.]*)
      | (?P<string>"(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*')
      | (?P<regex>/(?:[^/\\\n]|\\[^\n])+/[A-Za-z]*)
      | (?P<literal>[0-9][A-Za-z0-9_.:+-]*)
      | (?P<wrong>==|=~|<>|&&|\|\||!(?![=~]))
      | (?P<sign>!=|!~|<=|>=|[=~<>()\[\],])""",
    re.VERBOSE | re.DOTALL,
)

INSTEAD = (
    {"==": "=", "=~": "~", "<>": "!=", "&&": "and", "||": "or", "!": "not"}
    | dict.fromkeys(("is", "eq", "equals"), "=")
    | dict.fromkeys(("contains", "has", "includes", "like", "matches"), "~")
)
"""What other languages write, and what to write here: for the hint in an error."""

_STRAY = {
    '"': "this text has no closing quote",
    "'": "this text has no closing quote",
    "/": "this regular expression has no closing / on its line, or is empty (write / inside it as \\/)",
    "-": "- has no meaning here; text needs quotes, and no value is negative",
    "#": "# has no meaning here; text needs quotes, and a rule has no comments",
} | dict.fromkeys("“”„‘’«»", "typographic quotes do not delimit text; use \" or '")


def lex(text: str) -> list[Token]:
    """The tokens of a rule, the last one of kind ``end``. Raises RuleError."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise RuleError("the rule contains half a character (a lone surrogate); remove it", error.start) from None
    if size > MAX_BYTES:
        raise RuleError(f"the rule is too long: {size} bytes, at most {MAX_BYTES} are allowed", 0)
    tokens, at = [], 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise RuleError(_STRAY.get(text[at], f"{shown(text[at])} has no meaning here; text needs quotes"), at)
        kind = str(found.lastgroup)
        if kind == "wrong":
            raise RuleError(f"there is no operator {found[0]}; did you mean {INSTEAD[found[0]]}?", at)
        if kind != "space":
            tokens.append(Token(kind, found[0], at))
        at = found.end()
    return [*tokens, Token("end", "", at)]


def unquoted(token: Token) -> str:
    """The text a string token stands for: a backslash keeps the quote or backslash after it. Raises RuleError."""
    quote, body = token.text[0], token.text[1:-1]
    for escape in re.finditer(r"\\(.)", body, re.DOTALL):
        if escape[1] not in ("\\", quote):
            message = f"{shown(escape[0])} is not an escape; in text {quote}...{quote} write \\{quote} or \\\\"
            raise RuleError(message, token.start + 1 + escape.start())
    return re.sub(r"\\(.)", r"\1", body, flags=re.DOTALL)


def shown(text: str, limit: int = 60) -> str:
    """A piece of a rule for a message: on one line, printable, not too long."""
    text = text[: 8 * limit]  # it may be a whole article
    text = "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in " ".join(text.split()) or text)
    return text if len(text) <= limit else f"{text[: limit - 3]}..."
