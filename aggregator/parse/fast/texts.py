"""Characters as feedparser gives them: text mended, markup written out, references resolved."""

from __future__ import annotations

import re
from html import escape
from html.entities import entitydefs
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from aggregator.parse import claims
from aggregator.parse.fast.names import XHTML, XML
from aggregator.parse.fast.unsure import Unsure
from aggregator.parse.outline import DEPTH

if TYPE_CHECKING:
    from lxml import etree

HTML, XHTML_TYPE, PLAIN = "text/html", "application/xhtml+xml", "text/plain"
TYPES = {
    "text": PLAIN,
    "plain": PLAIN,
    PLAIN: PLAIN,
    "html": HTML,
    HTML: HTML,
    "xhtml": XHTML_TYPE,
    XHTML_TYPE: XHTML_TYPE,
}

_WINDOWS = {chr(code): bytes([code]).decode("cp1252", "ignore") or chr(code) for code in range(0x80, 0xA0)}
_CONTROL = re.compile("[\x80-\x9f]")
_CONTROL_REFERENCES = re.compile(rb"&#(?:0*1[2-5]\d|[xX]0*[89][0-9a-fA-F]);")

_ABSOLUTE = re.compile(r"https?://[A-Za-z0-9._~@%-]+(?::\d+)?(?:/[^\s?#;]*)?(?:\?[^\s#;]+)?(?:#[^\s]+)?", re.ASCII)
"""Absolute addresses that joining leaves as they are."""
_SLASHES = re.compile(r"\A([A-Za-z][A-Za-z0-9+.-]*://)/+")

_LOOKS = re.compile(r"</\w+>|&#?\w+;")
_TAGS = re.compile(r"</?(\w+)")
_ENTITIES = re.compile(r"&(\w+);")
_COMMON_TAGS = frozenset(
    [
        "a",
        "abbr",
        "b",
        "big",
        "blockquote",
        "br",
        "center",
        "cite",
        "code",
        "dd",
        "del",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "font",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "tt",
        "u",
        "ul",
        "var",
    ]
)
_UNCOMMON = frozenset({"svg", "math", "body"})
"""XHTML elements feedparser has rules of its own for."""


def has_controls(data: memoryview) -> bool:
    """Whether UTF-8 text refers to U+0080 to U+009F, which stand for Windows-1252 (HTML 13.2.5.80); decoded text holds
    none of them."""
    return _CONTROL_REFERENCES.search(data) is not None


def mended(text: str, controls: bool) -> str:
    """The text with UTF-8 that was read as Latin-1 and then encoded again put right, and, where there are any,
    ``controls``."""
    if text.isascii():
        return text
    text = _decoded_twice(text)
    return _CONTROL.sub(_windows, text) if controls else text


def _decoded_twice(text: str) -> str:
    try:
        decoded = text.encode("iso-8859-1").decode("utf-8")
    except UnicodeError:  # nearly always: the text is what it seems
        return text
    if claims.without_noncharacters(decoded) != decoded:
        raise Unsure("text that XML does not allow, within text")
    return decoded


def _windows(found: re.Match[str]) -> str:
    return _WINDOWS[found[0]]


def resolved(base: str, reference: str) -> str:
    """The reference made absolute; ``""`` for what is none, such as ``http://[``."""
    if _ABSOLUTE.fullmatch(reference):
        return reference
    try:
        return urljoin(base, _SLASHES.sub(r"\1", reference))
    except ValueError:
        return ""


def resolvable(base: str, reference: str) -> bool:
    """Whether :func:`resolved` gives anything; only brackets (of IPv6) and letters beyond ASCII can be wrong."""
    return (reference.isascii() and "[" not in reference and "]" not in reference) or bool(resolved(base, reference))


def looks_like_html(text: str) -> bool:
    """Whether text of RSS that claims to be plain is HTML. Raises Unsure where only a full list of tags could tell."""
    if ("&" not in text and "</" not in text) or not _LOOKS.search(text):
        return False
    if any(each not in entitydefs for each in _ENTITIES.findall(text)):
        return False
    if all(each.lower() in _COMMON_TAGS for each in _TAGS.findall(text)):
        return True
    raise Unsure("plain text with uncommon tags")


def markup(element: etree._Element, unwrap: bool) -> str:
    """The XHTML inside an element; ``unwrap``: without the ``div`` around all of it (RFC 4287 section 3.1.1.3)."""
    pieces: list[str] = []
    _write(element[0] if unwrap and _is_wrapped(element) else element, pieces, 1)
    return "".join(pieces).strip()


def _is_wrapped(element: etree._Element) -> bool:
    if len(element) != 1 or element[0].tag != f"{{{XHTML}}}div":
        return False
    return not (element.text or "").strip() and not (element[0].tail or "").strip()


def _write(element: etree._Element, pieces: list[str], depth: int) -> None:
    if depth > DEPTH // 2:
        raise Unsure("deep markup")
    if element.text:
        pieces.append(escape(element.text, quote=False))
    for each in element:
        namespace, _, name = each.tag.rpartition("}")
        name = name.lower()
        if namespace != "{" + XHTML or name in _UNCOMMON:
            raise Unsure(f"<{name}> within XHTML")
        pieces.append(f"<{name}{_attributes(each)}>")
        _write(each, pieces, depth + 1)
        pieces.append(f"</{name}>")
        if each.tail:
            pieces.append(escape(each.tail, quote=False))


def _attributes(element: etree._Element) -> str:
    written = ""
    for key, value in element.items():
        name = key.lower()
        if key[0] == "{":
            if not key.startswith(f"{{{XML}}}"):
                raise Unsure(f"attribute {key} within XHTML")
            name = "xml:" + name.rpartition("}")[2]
        value = value.lower() if name in ("rel", "type") else value
        value = escape(value, quote=False).replace('"', "&quot;")  # feedparser leaves "'"
        written += f' {name}="{value}"'
    return written
