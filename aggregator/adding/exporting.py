"""The sources of a configuration as OPML 2.0, with all their settings: for another instance, and for other readers.

What is a key of ours is an attribute in our namespace, written so that reading it gives the same value. Secrets stay
here; a variable or the path of a file that holds one is none. Folders are those of the first tags, as other readers
know them; the sources keep their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from lxml import etree

from aggregator.config.addresses import split_userinfo
from aggregator.config.as_written import without_secrets
from aggregator.config.redaction import redact
from aggregator.parse.claims import without_noncharacters
from aggregator.parse.opml import NAMESPACE, address, as_text
from aggregator.publish import valid

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from aggregator.model import FeedInfo

_ADDRESSES = ("url", "opml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A document, and what is not in it."""

    body: bytes
    sources: int
    notes: tuple[str, ...]


def export(
    title: str,
    sources: Iterable[tuple[str, dict[str, Any]]],
    infos: Mapping[str, FeedInfo],
    secrets: Collection[str],
) -> Export:
    """``sources`` are (id, as it is written); ``infos`` what their feeds say of themselves."""
    notes: list[str] = []
    told = []
    for name, source in sources:
        kept = _told(name, source, secrets, notes)
        if kept is not None:
            told.append((name, kept))
    opml = etree.Element("opml", version="2.0", nsmap={"agg": NAMESPACE})
    etree.SubElement(etree.SubElement(opml, "head"), "title").text = title
    body = etree.SubElement(opml, "body")
    for folder, those in groupby(told, key=lambda each: next(iter(each[1].get("tags") or ()), None)):
        inside = (
            body if folder is None else etree.SubElement(body, "outline", text=_plain(folder), title=_plain(folder))
        )
        for name, source in those:
            _write(inside, name, source, infos.get(name))
    text: bytes = etree.tostring(opml, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return Export(body=text, sources=len(told), notes=tuple(notes))


def _told(name: str, source: dict[str, Any], secrets: Collection[str], notes: list[str]) -> dict[str, Any] | None:
    """What may be told of a source, or ``None``; ``notes`` gets what may not."""
    kept, hidden = without_secrets(source, secrets)
    for key in _ADDRESSES:
        if key not in hidden:
            continue
        bare, _ = split_userinfo(str(source[key]))
        if redact(bare, secrets) != bare:
            notes.append(
                f"{name} is left out: its address holds a key; write it as a variable, ${{NAME}}, to export it"
            )
            return None
        kept[key] = bare
        notes.append(f"{name}: the user and password in its address are left out")
    if left := [key for key in hidden if key not in _ADDRESSES]:
        advice = "secrets that are variables, or in files, are exported by their names"
        notes.append(f"{name}: {', '.join(left)} left out, for a secret is written there; {advice}")
    return kept


def _write(parent: etree._Element, name: str, source: dict[str, Any], info: FeedInfo | None) -> None:
    title = str(source.get("title") or (info.title if info is not None else None) or name)
    outline = etree.SubElement(parent, "outline", text=_plain(title), title=_plain(title))
    url = source.get("url")
    if url is not None:
        outline.set("type", "rss")
        outline.set("xmlUrl", _plain(url.replace("$${", "${")))
        page = valid.web_address(info.url) if info is not None else None
        if page is not None:
            outline.set("htmlUrl", page)
    if source.get("tags"):
        outline.set("category", ",".join(_plain(tag).replace(",", " ") for tag in source["tags"]))
    settings = {"id": name, **source}
    if url is not None and "${" not in url and address(url) == url:
        del settings["url"]  # it is said already
    for key, value in settings.items():
        outline.set(f"{{{NAMESPACE}}}{key}", as_text(value))


def _plain(text: Any) -> str:
    """For other programs: a text that XML can hold."""
    return without_noncharacters(str(text))
