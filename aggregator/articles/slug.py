"""The address of a local article's page: words of its first title, and what no other article has."""

from __future__ import annotations

import re
from unicodedata import normalize

LONGEST = 60
"""Letters of the title; cut between two words."""
OF_THE_KEY = 10
"""Hex digits of the key: among 10,000 articles of one title, two have the same with a chance of 1 in 20,000."""

_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i"}
"""Latin letters that Unicode does not take apart."""
_WORD = re.compile(r"[a-z0-9]+")


def slug_of(title: str, key: str) -> str:
    """Such as ``rail-strike-ends-3f2a9c01d4``: lower-case letters, digits and hyphens. A title of other letters than
    Latin ones gives the part of the key alone."""
    plain = normalize("NFKD", title.casefold())
    plain = "".join(_LETTERS.get(each, each) for each in plain if not "\u0300" <= each <= "\u036f")
    words: list[str] = []
    for word in _WORD.findall(re.sub(r"['’]", "", plain)):
        if len("-".join((*words, word))) > LONGEST:
            break
        words.append(word)
    return "-".join((*words, key[:OF_THE_KEY]))
