"""What a host asks of programs that read its pages: robots.txt (RFC 9309; pure).

Own code, and no library: patterns with many ``*`` become regular expressions in those that know them, and a stranger
writes the patterns; here a path is compared with a pattern in one walk.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes, urlsplit

from aggregator.model.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_BYTES = 4 * 1024 * 1024
"""Of a robots.txt that is asked for at all."""
BEGINNING = 512 * 1024
"""Bytes of it that are read; crawlers have to read 500 KiB at least (section 2.5)."""
MOST_RULES = 10_000
_LINE = re.compile(r"[ \t]*([A-Za-z-]{1,40})[ \t]*:[ \t]*([^#]*)")
_TOKEN = re.compile(r"[A-Za-z_-]+")
_LEFT_AS_IT_IS = "/?:@!$&'()*+,;=-._~%[]"


def token(agent: str) -> str:
    """The product token of a User-Agent, as robots.txt names it (section 2.2.1): ``aggregator`` of
    ``aggregator/1.0 (+https://...)``."""
    found = _TOKEN.match(agent)
    return found[0].lower() if found is not None else "*"


def beginning(body: bytes) -> str:
    """The text of a robots.txt as far as it is read, in whole lines: half of ``Disallow: /a`` may forbid everything."""
    if len(body) > BEGINNING:
        body = body[: max(body.rfind(end, 0, BEGINNING) for end in (b"\n", b"\r")) + 1]
    return body.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots(Value):
    """The rules of one host that are about us, those that say more first."""

    rules: tuple[tuple[str, bool], ...] = ()
    """Pattern of a path, and whether it is allowed."""

    @classmethod
    def read(cls, text: str, product: str) -> Robots:
        """The rules for ``product``: of all groups that name it, else of those that name ``*`` (section 2.2.1)."""
        groups: dict[str, list[tuple[str, bool]]] = {}
        named: list[str] = []
        begun = False
        for name, value in _records(text):
            if name == "user-agent":
                if begun:
                    named, begun = [], False
                named.append("*" if value.startswith("*") else token(value))
            elif name in ("allow", "disallow"):
                begun = True
                for each in named:
                    if value and len(found := groups.setdefault(each, [])) < MOST_RULES:
                        found.append((_encoded(value), name == "allow"))
            for each in named:
                groups.setdefault(each, [])
        chosen = groups.get(product, groups.get("*", []))
        return cls(rules=tuple(sorted(chosen, key=lambda rule: (-len(rule[0]), not rule[1]))))

    def allows(self, url: str) -> bool:
        """Whether the page at this address may be read: the longest pattern decides, and of two as long the one that
        allows (section 2.2.2). robots.txt itself may always be."""
        parts = urlsplit(url)
        path = _encoded((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        if path == "/robots.txt":
            return True
        return next((allowed for pattern, allowed in self.rules if _matches(pattern, path)), True)


def _records(text: str) -> Iterable[tuple[str, str]]:
    for line in re.split(r"[\r\n]+", text.removeprefix("\ufeff")):
        if (found := _LINE.match(line)) is not None:
            yield found[1].lower(), found[2].strip()


def _encoded(path: str) -> str:
    """With the letters that need no encoding as they are, and all others encoded: ``%7E`` is ``~``, ``ä`` is ``%C3%A4``
    (section 2.2.2)."""
    parts = re.split(r"(%[0-9A-Fa-f]{2})", path)
    for place in range(1, len(parts), 2):
        byte = unquote_to_bytes(parts[place])
        plain = byte.decode("ascii", "replace")
        parts[place] = plain if plain.isalnum() or plain in "-._~" else parts[place].upper()
    return quote("".join(parts), safe=_LEFT_AS_IT_IS, errors="replace")


def _matches(pattern: str, path: str) -> bool:
    """Whether a path begins as the pattern says; ``*`` is anything, ``$`` at its end the end of the path."""
    whole = pattern.endswith("$")
    first, *pieces = (pattern[:-1] if whole else pattern).split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    if not pieces:
        return not whole or at == len(path)
    last = pieces.pop() if whole else None
    for piece in pieces:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return last is None or (path.endswith(last) and len(path) - len(last) >= at)
