"""Text to the terms it can be told by: words, names, numbers, places and events, in any language.

A term is a short string, and its first character says what it is: ``@`` a place and ``=`` an event or an organisation
known in several languages (``data/concepts.txt``), a digit a number, a Han character two of them, and any other letter
the stem of a word.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_EAST = "\u3005\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(
    rf"(?P<east>[{_EAST}]+)|(?P<number>\d+(?:[.,:\u2013-]\d+)*(?:[.-]?(?:rc|alpha|beta)[.-]?\d*)?)|(?P<word>(?:(?![{_EAST}])[^\W\d_])+(?:[.](?=[A-Z][.])[A-Z][.])*)"
)
_KANA_WORD = re.compile("[\u30a0-\u30ff]{2,}")
_HAN = re.compile("[\u3005\u3400-\u9fff\uf900-\ufaff]+")
_HAN_NUMBER = re.compile("[一二三四五六七八九十百]{2,}|[二三四五六七八九十]")
_HAN_DIGITS = "〇一二三四五六七八九"
_DIGITS = re.compile("[0-9]+")
_SENTENCE_END = re.compile(r"(?:^|[.!?:\n\"“„«»])[\s\"“„«»']*$")
_SCORE = re.compile(r"\d{1,2}[:\u2013-]\d{1,2}")
_SPACED_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+(?![\d.,]\d)")
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_ENDINGS = ("ings", "ing", "ers", "ed", "es", "en", "er", "em", "as", "os", "s", "e", "n", "a", "o")


def _lines(name: str) -> list[list[str]]:
    text = files("aggregator.stories").joinpath(f"data/{name}").read_text(encoding="utf-8")
    return [line.split() for line in text.splitlines() if line and not line.startswith("# ")]


STOP = {language: frozenset(stops) for language, *stops in _lines("stopwords.txt")}
_EVERY_STOP = frozenset().union(*STOP.values())
_TRADITIONAL = str.maketrans({pair[0]: pair[1] for line in _lines("han.txt") for pair in line})
_CONCEPTS = {form.translate(_TRADITIONAL): concept for concept, *forms in _lines("concepts.txt") for form in forms}
_SUFFIXES = frozenset(("st", "nd", "rd", "th"))
_LONGEST_EAST = 8
_NUMBERS = _lines("numbers.txt")
_VALUES = {word: int(value) for value, *names in _NUMBERS if value.isdigit() for word in names}
_FACTORS = {word: int(value[1:]) for value, *names in _NUMBERS if value[0] == "*" for word in names}
_ORDINALS = {word: f"{value[1:]}th" for value, *names in _NUMBERS if value[0] == "#" for word in names}


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a text in their order, each with the words it stands for."""

    terms: tuple[str, ...]
    words: tuple[str, ...]
    names: frozenset[str]
    """Those that are names."""
    capitals: frozenset[str]
    """Those that may be: they are capitalised."""


class _Token(NamedTuple):
    kind: str
    text: str
    begins: bool
    """Whether it is the first of a sentence: what is capitalised there may be no name."""


def plain(word: str) -> str:
    """In lower case, without accents."""
    if word.isascii():
        return word.lower()
    split = unicodedata.normalize("NFKD", word.casefold())
    return unicodedata.normalize("NFC", "".join(each for each in split if not unicodedata.combining(each)))


def stem(word: str) -> str:
    """A plain word without its ending, alike for singular and plural, and for most forms of a verb."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def is_east(term: str) -> bool:
    """Whether a term is Han or Kana."""
    return "\u3005" <= term[0] <= "\u9fff" or "\uf900" <= term[0] <= "\ufaff"


def language_of(text: str, claimed: str | None) -> str | None:
    """Two letters: that of its script, else the one most of whose commonest words it has, else the claimed one."""
    if re.search("[\u3040-\u30ff]", text):
        return "ja"
    if re.search("[\u4e00-\u9fff]", text):
        return "zh"
    words = [plain(found) for found in re.findall(r"[^\W\d_]+", text[:600])]
    hits = {language: sum(word in stops for word in words) for language, stops in STOP.items()}
    best = max(hits, key=lambda language: hits[language])
    given = claimed[:2].lower() if claimed else None
    if hits[best] < (3 if given else 2) or hits[best] == hits.get(given or ""):
        return given
    return best


def terms_of(text: str, language: str | None, known_names: frozenset[str] = frozenset()) -> Terms:
    """The terms of a plain text. ``known_names`` are names already, however they are written here.

    Where a headline capitalises most of its words, and in German, a capital letter says nothing: names are then what
    stands in capitals alone (``NASA``), has one inside (``iPhone``), or is known.
    """
    stops = STOP.get(language, _EVERY_STOP) if language is not None else _EVERY_STOP
    tokens = list(_tokens(_SPACED_THOUSANDS.sub(lambda number: "".join(number.group().split()), text)))
    telling = language != "de" and not _is_title_case(tokens)
    shouting = text.upper() == text
    found: dict[str, str] = {}
    names: set[str] = set()
    capitals: set[str] = set()
    before: float | None = None
    skip = False
    for place, token in enumerate(tokens):
        if skip:
            skip = False
            continue
        if token.kind == "east":
            run = _HAN_NUMBER.sub(_in_digits, token.text).translate(_TRADITIONAL)
            if before is not None and run[0] in _FACTORS:
                found.pop(_number(before), None)
                found[_number(before * _FACTORS[run[0]])] = token.text[:1]
                run = run[1:]
            for number in _DIGITS.findall(run):
                found.setdefault(number, number)
            for term in _of_east(run):
                found.setdefault(term, term.lstrip("@="))
            before = None
            continue
        if token.kind == "number":
            term, before = _read_number(token.text)
            found.setdefault(term, token.text)
            continue
        word = plain(token.text).rstrip(".")
        if word in _FACTORS and before is not None:
            found.pop(_number(before), None)
            before *= _FACTORS[word]
            found[_number(before)] = _number(before)
            continue
        if word in _ORDINALS:
            found.setdefault(_ORDINALS[word], token.text)
            continue
        if place and tokens[place - 1].kind == "number" and word in _SUFFIXES:
            number = tokens[place - 1].text
            found.pop(number, None)
            found.setdefault(f"{number}th", f"{number}{token.text}")
            continue
        before = _VALUES.get(word)
        if before is not None:
            found.setdefault(_number(before), token.text)
            continue
        follower = tokens[place + 1] if place + 1 < len(tokens) else None
        if follower is not None and follower.kind == "word":
            both = _CONCEPTS.get(f"{word}_{plain(follower.text)}")
            if both is not None:
                found.setdefault(both, f"{token.text} {follower.text}")
                skip = True
                continue
        concept = _CONCEPTS.get(token.text) or (None if word in stops else _CONCEPTS.get(word))
        if concept is not None:
            found.setdefault(concept, token.text)
            continue
        if word in stops or len(word) < 2:
            continue
        term = stem(word)
        found.setdefault(term, token.text)
        if token.text[0].isupper():
            capitals.add(term)
        if term in known_names or _is_name(token, shouting=shouting, telling=telling):
            names.add(term)
    return Terms(tuple(found), tuple(found.values()), frozenset(names), frozenset(capitals))


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        begins = _SENTENCE_END.search(text, max(0, match.start() - 4), match.start()) is not None or not match.start()
        yield _Token(match.lastgroup or "", match.group(), begins)


def _is_title_case(tokens: Sequence[_Token]) -> bool:
    long = [each.text for each in tokens if each.kind == "word" and len(each.text) > 3]
    return len(long) > 3 and sum(each[0].isupper() for each in long) > 0.7 * len(long)


def _is_name(token: _Token, *, shouting: bool, telling: bool) -> bool:
    if shouting:
        return False
    if any(each.isupper() for each in token.text[1:]):
        return True
    return telling and not token.begins and token.text[0].isupper()


def _read_number(text: str) -> tuple[str, float | None]:
    """The term of a number, and its value where something may multiply it."""
    if _SCORE.fullmatch(text):
        return text.replace("\u2013", "-").replace(":", "-"), None
    if _THOUSANDS.fullmatch(text):
        text = re.sub("[.,]", "", text)
    text = text.replace(",", ".")
    if len(text) > _DIGITS_AT_MOST:
        return text[:_DIGITS_AT_MOST], None
    try:
        value = float(text)
    except ValueError:
        return text, None
    return (_number(value) if "." not in text else text), value


_DIGITS_AT_MOST = 15
"""Longer numbers are serial numbers; a float would not hold them."""


def _number(value: float) -> str:
    return str(round(value)) if value >= 1000 or value == round(value) else str(value)


def _in_digits(match: re.Match[str]) -> str:
    """二十一 is 21."""
    total = digit = 0
    for each in match.group():
        if each in "十百":
            total += (digit or 1) * (10 if each == "十" else 100)
            digit = 0
        else:
            digit = _HAN_DIGITS.index(each)
    return f" {total + digit} "


def _of_east(run: str) -> Iterator[str]:
    """Concepts first, then words in katakana, then pairs of Han characters; hiragana is grammar."""
    rest = []
    start = 0
    while start < len(run):
        for size in range(min(_LONGEST_EAST, len(run) - start), 0, -1):
            concept = _CONCEPTS.get(run[start : start + size])
            if concept is not None:
                yield concept
                rest.append(" ")
                start += size
                break
        else:
            rest.append(run[start])
            start += 1
    left = "".join(rest)
    yield from _KANA_WORD.findall(left)
    for han in _HAN.findall(left):
        if len(han) == 1:
            continue
        yield from (han[at : at + 2] for at in range(len(han) - 1))
