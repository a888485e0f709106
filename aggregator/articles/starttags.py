"""What becomes of a start tag that is spelled plainly, and of the element that it opens."""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from html.entities import html5
from typing import TYPE_CHECKING, NamedTuple

from aggregator.articles.allowed import ATTRIBUTES, LINK_REL, REFERENCES, TAGS, value_of
from aggregator.articles.characters import legal
from aggregator.articles.html import LAZY, is_fine_picture, video_of
from aggregator.articles.markup import ELEMENTS, FORMATTING, words
from aggregator.articles.nesting import MAY_HOLD, VOID
from aggregator.articles.urls import MAX_LINK, untracked

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

_READ_OTHERWISE = ELEMENTS - TAGS - words("font label")
"""Elements that HTML gives a meaning or a place of their own; any other name is one like ``<span>`` (13.2.6.4.7)."""
_HEAD = words("link meta")
"""Void elements that may stand anywhere and show nothing."""
_ENDS_OF_VOID = words("/img /source /wbr")
"""End tags that end nothing."""
_CHARACTERS_ONLY = {"iframe": "a", "script": "br", "style": "br"}
"""Elements that hold no others -> where they may stand for us. A frame may become a link."""
_PICTURES = words("img source")
_SEEN = {name: ATTRIBUTES["*"] | ATTRIBUTES.get(name, set()) for name in TAGS} | {"iframe": {"src", "title"} | LAZY}
_OF_PICTURES = LAZY | words("style width height")
_LOOKED_AT = {name: seen | _OF_PICTURES if name in _PICTURES else seen for name, seen in _SEEN.items()}
"""Element -> attributes that are kept, and that tell whether it is seen."""
_ADDED = {"a": f' rel="{LINK_REL}"', "audio": ' controls=""', "video": ' controls=""'}

_NAME = re.compile(r"[a-z][a-z0-9:.-]*+", re.IGNORECASE | re.ASCII)
_ATTRIBUTE = re.compile(
    r"""\s++([a-z][a-z0-9:._-]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'=<>`]++)))?+|\s*+/?\Z|(.)""",
    re.IGNORECASE | re.ASCII | re.DOTALL,
)
_PATH = r"(?:[a-z0-9._~:/?@!$&'()*+,;=-]++|%[0-9a-f]{2})*+"
_PLAIN_HOST = r"https?://(?:[a-z0-9]++[.-])++[a-z]{2,}+(?![^/?#])"
"""Of other hosts (IP addresses, ``xn--``, ports) a parser may say that they are none."""
_FINE_ADDRESS = re.compile(rf"{_PLAIN_HOST}(?:[/?]{_PATH})?+(?:\#{_PATH})?+", re.IGNORECASE | re.ASCII)
_PLAIN_ADDRESS = re.compile(rf"mailto:|{_PLAIN_HOST}", re.IGNORECASE | re.ASCII)
_PARAMETER = re.compile(r"&(?=[a-z0-9]+=)", re.IGNORECASE | re.ASCII)
"""An ampersand that stands for itself in an attribute, though ``&copy`` begins a reference (13.2.5.73)."""
_UNENDED = "|".join(name for name in html5 if not name.endswith(";"))
_ODD_REFERENCE = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos|nbsp|#(?!6[45])\d{2,5}|#12\d{4}|#x(?!f[df])[0-9a-f]{2,4}|#x1f[0-9a-e][0-9a-f]{2});"
    rf"|[^a-z0-9#]|\Z|(?!{_UNENDED})[a-z0-9]+(?![a-z0-9;]))",
    re.IGNORECASE | re.ASCII,
)
"""What is neither a usual reference nor an ampersand that cannot begin one."""


class Unsure(Exception):
    """A parser has to say what this is."""


class End(NamedTuple):
    """How an element ends."""

    spelled: str
    """Its end tag behind the ``<``, as it is usually spelled."""
    written: str
    holds: frozenset[str] | None
    """What may stand in the element; ``None``: what may stand around it."""


COMMENT = End("-->", "", None)
CHARACTERS_ONLY = End("", "", None)
"""The end of an element that holds characters only, which is the first of its end tags."""


class Tag(NamedTuple):
    """A start tag."""

    like: str
    """The element that has to be allowed where this one stands."""
    written: str | None
    """What becomes of it; ``None`` where that depends on the address of the article."""
    end: End | None = None
    """``None`` for a void element."""


def name_of(spelled: str) -> str:
    """The name a tag begins with; empty where there is none."""
    found = _NAME.match(spelled)
    return found[0].lower() if found is not None else ""


def judged(spelled: str, base: str | None = None, *, everywhere: bool = False) -> Tag:
    """What the tag says that is spelled like this between its ``<`` and ``>``. Raises Unsure.

    ``everywhere``: for articles at any address, and not for the one whose references are relative to ``base``.
    """
    name = name_of(spelled)
    if not name:
        if spelled.startswith("!--"):
            return Tag("br", "", COMMENT)
        if spelled in _ENDS_OF_VOID:
            return Tag("br", "")
        raise Unsure(spelled)
    if name in TAGS:
        tag = start_tag(spelled, base, everywhere=everywhere)
        if name in VOID:
            return Tag(name, tag)
        return Tag(name, tag, End(f"/{spelled[: len(name)]}>", f"</{name}>", MAY_HOLD.get(name)))
    attributes = _attributes(name, spelled)
    if name in _HEAD:
        return Tag("br", "")
    if name in _CHARACTERS_ONLY:
        link = None if everywhere else _video(attributes, base)
        return Tag(_CHARACTERS_ONLY[name], link if name == "iframe" else "", CHARACTERS_ONLY)
    if name in _READ_OTHERWISE:
        raise Unsure(name)
    return Tag("span", "", End(f"/{spelled[: len(name)]}>", "", None))


@lru_cache(maxsize=4096)
def remembered(spelled: str) -> Tag:
    """The same for everywhere; most tags come again and again."""
    return judged(spelled, everywhere=True)


def start_tag(spelled: str, base: str | None, *, everywhere: bool = False) -> str | None:
    """The start tag of an allowed element, as it is to be; ``None`` if it has to be the same ``everywhere`` and is not.

    Raises Unsure where the tag is not spelled plainly, and where the element should go.
    """
    name = name_of(spelled)
    given = _attributes(name, spelled)
    if name == "iframe":
        return _video(given, base)
    written = ""
    for attribute, value in given.items():
        if attribute in REFERENCES:
            if _FINE_ADDRESS.fullmatch(value) and len(value) <= MAX_LINK and attribute != "srcset":
                made: str | None = untracked(value) if attribute == "href" and "?" in value else value
            elif everywhere:
                return None
            else:
                made = value_of(attribute, value, base)
                if made is not None and _PLAIN_ADDRESS.match(made) is None:
                    raise Unsure(made)
            if made is not None:
                written += f' {attribute}="{_quoted(made)}"'
            elif len(given) > 2:
                raise Unsure("nh3 puts the others in another order")
        elif attribute in _SEEN[name]:
            written += f' {attribute}="{_quoted(value)}"'
    if (written and name in FORMATTING) or (name in _PICTURES and not is_fine_picture(given, base)):
        raise Unsure(spelled)
    return f"<{name}{written}{_ADDED.get(name, '')}>"


def _attributes(name: str, spelled: str) -> dict[str, str]:
    """Those attributes of a tag that matter. Raises Unsure where they are not spelled plainly."""
    given: dict[str, str] = {}
    seen: AbstractSet[str] = _LOOKED_AT.get(name, frozenset())
    if "\0" in spelled:
        raise Unsure(spelled)
    for attribute, double, single, bare, odd in _ATTRIBUTE.findall(spelled, len(name)):
        if odd:
            raise Unsure(spelled)
        lower = attribute.lower()
        if lower in seen and lower not in given:
            value = double or single or bare
            given[lower] = _value(value) if "&" in value else value
    return given


def _video(given: dict[str, str], base: str | None) -> str:
    """What a frame becomes."""
    video = video_of(given, base)
    if video is None:
        return ""
    if video.still is None:
        raise Unsure("its title becomes text")
    picture = f'<img src="{_quoted(video.still)}" alt="{_quoted(video.title)}">'
    return f'<a href="{_quoted(video.page)}"{_ADDED["a"]}>{picture}</a>'


def _value(spelled: str) -> str:
    """An attribute's value, its references resolved."""
    spelled = _PARAMETER.sub("&amp;", spelled)
    if _ODD_REFERENCE.search(spelled):
        raise Unsure(spelled)
    value = unescape(spelled)
    if legal(value) != value:
        raise Unsure(spelled)
    return value


def _quoted(value: str) -> str:
    """The value as it stands between double quotes (HTML Standard 13.3)."""
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return value.replace('"', "&quot;").replace("\xa0", "&nbsp;")
