"""Media files and the picture of an entry: RSS and Atom enclosures, Media RSS 1.5.1, iTunes, Podcasting 2.0."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from aggregator.model import Enclosure
from aggregator.parse import claims
from aggregator.parse.names import Children, attribute, content, href, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml import etree

ENCLOSURES = 100
_ICON = 80
"""Pixels: a thumbnail not wider than that is a face or a stamp (72 on Blogger, 30 on GitHub, 40 on GitLab)."""

FILES = frozenset(
    ["enclosure", "link/enclosure", "media:content", "media:group", "media:peerlink", "podcast:alternateenclosure"]
)
"""The elements that name files."""
PICTURES = frozenset(
    [
        "media:content",
        "media:group",
        "media:thumbnail",
        "webfeeds:featuredimage",
        "itunes:image",
        "googleplay:image",
        "podcast:image",
        "image",
    ]
)
"""The elements that name pictures."""
_MEDIA = ("audio", "video", "document", "executable")
"""What is a file to fetch; ``media:content`` of none of these, such as a Flash player, is none."""
_ENDINGS = {
    ending: medium
    for medium, endings in {
        "image": "avif gif jpeg jpg png svg webp",
        "audio": "aac flac m4a mp3 oga ogg opus wav",
        "video": "m3u8 m4v mkv mov mp4 ogv webm",
        "document": "epub pdf",
    }.items()
    for ending in endings.split()
}
"""What a file is by its name, where the feed says nothing of it."""
_ENDING = re.compile(r"\.([a-z0-9]{2,5})(?:[?#]|\Z)", re.IGNORECASE)
_WEB = re.compile(r"https?://\S{3,2000}", re.IGNORECASE)


def enclosures(given: Children) -> tuple[Enclosure, ...]:
    """The files, each address once: enclosures, then Media RSS, then alternates. What is said of one address in
    several places is put together; ``itunes:duration`` belongs to the first."""
    found: dict[str, Enclosure] = {}
    for each in (*_enclosed(given), *_media(given), *_peers(given)):
        found[each.url] = _together(found[each.url], each) if each.url in found else each
    first = next(iter(found), None)
    for each in _alternates(given, first):
        found.setdefault(each.url, each)
    if first is not None and found[first].duration is None:
        found[first] = replace(found[first], duration=claims.duration(given.text("itunes:duration")) or None)
    return tuple(found.values())[:ENCLOSURES]


def image(given: Children) -> str | None:
    """The picture an entry names for itself. The order: ``media:content`` that is an image, ``media:thumbnail``,
    ``webfeeds:featuredImage``, ``itunes:image`` and its relatives, the ``image`` of an RSS item.

    Of several pictures of one kind the default, else the widest, else the first. None is the face of the author, nor
    a thumbnail the size of a stamp where the text has pictures.
    """
    contents = list(_contents(given))
    holders = [*map(Children, given.all("media:group")), *map(Children, contents)]
    thumbnails = [*given.all("media:thumbnail"), *(each for one in holders for each in one.all("media:thumbnail"))]
    named = given.all("webfeeds:featuredimage", "itunes:image", "googleplay:image", "podcast:image")
    return (
        _picture(each for each in contents if _medium(each) == "image" and not _is_avatar(each))
        or _picture(
            each for each in thumbnails if not _is_avatar(each) and not (_is_icon(each) and _is_illustrated(given))
        )
        or next((url for each in named if (url := attribute(each, "href") or _address(each))), None)
        or next((url for each in given.all("image") if (url := Children(each).text("url") or _address(each))), None)
    )


def _picture(candidates: Iterable[etree._Element]) -> str | None:
    with_address = [each for each in candidates if _address(each)]
    best = max(
        with_address,
        key=lambda each: (_is_default(each), claims.number(each.get("width")) or 0),
        default=None,
    )
    return _address(best) if best is not None else None


def _address(element: etree._Element) -> str | None:
    """The address in its attribute, or as its text, as some write thumbnails and enclosures."""
    written = content(element) or ""
    return attribute(element, "url") or (written if _WEB.fullmatch(written) else None)


def _is_avatar(element: etree._Element) -> bool:
    """wordpress.com puts the face of the author before the pictures of every article, GitHub and GitLab of who did
    it (2026-11)."""
    url = attribute(element, "url") or ""
    return "gravatar.com/avatar/" in url or "://avatars.githubusercontent.com/" in url


def _is_icon(element: etree._Element) -> bool:
    return (claims.number(element.get("width")) or _ICON + 1) <= _ICON


def _is_illustrated(given: Children) -> bool:
    texts = given.all("content:encoded", "content", "description", "summary")
    return any("<img" in (each.text or "") or any(True for _ in each.iter("{*}img")) for each in texts)


def _is_default(element: etree._Element) -> bool:
    return (element.get("isDefault") or "").strip().lower() == "true"


def _medium(element: etree._Element) -> str:
    said = attribute(element, "medium") or (attribute(element, "type") or "").partition("/")[0]
    ending = None if said else _ENDING.search(attribute(element, "url") or "")
    return _ENDINGS.get(ending[1].lower(), "") if ending else (said or "").lower()


def _contents(given: Children) -> Iterator[etree._Element]:
    yield from given.all("media:content")
    for group in given.all("media:group"):
        yield from Children(group).all("media:content")


def _enclosed(given: Children) -> Iterator[Enclosure]:
    for each in (*given.all("enclosure"), *given.all("link/enclosure")):
        if url := _address(each) or href(each):
            yield Enclosure(
                url=url,
                type=_type(each),
                length=claims.number(each.get("length")) or None,
                title=attribute(each, "title"),
            )


def _media(given: Children) -> Iterator[Enclosure]:
    """The files of Media RSS; those of one group after the first are renditions of its default."""
    for each in given.all("media:content"):
        if (file := _file(each, given)) is not None:
            yield file
    for group in given.all("media:group"):
        inside = Children(group)
        contents = sorted(inside.all("media:content"), key=lambda each: not _is_default(each))
        files = [file for each in contents if (file := _file(each, inside)) is not None]
        for file in files:
            yield file if file.url == files[0].url else replace(file, rendition_of=files[0].url)


def _file(element: etree._Element, around: Children) -> Enclosure | None:
    url, medium = attribute(element, "url"), _medium(element)
    if url is None or medium not in _MEDIA:
        return None
    return Enclosure(
        url=url,
        type=_type(element),
        length=claims.number(element.get("fileSize")) or None,
        title=Children(element).text("media:title") or around.text("media:title"),
        duration=claims.duration(element.get("duration")),
        medium=medium,
        width=claims.number(element.get("width")) or None,
        height=claims.number(element.get("height")) or None,
    )


def _peers(given: Children) -> Iterator[Enclosure]:
    """``media:peerLink``: a torrent, as PeerTube has it."""
    for holder in (given, *map(Children, given.all("media:group"))):
        for each in holder.all("media:peerlink"):
            if url := attribute(each, "href") or attribute(each, "url"):
                yield Enclosure(url=url, type=_type(each))


def remote(given: Children) -> tuple[Enclosure, ...]:
    """The content of an Atom entry that is elsewhere and no page (RFC 4287 4.1.3.2): a file to fetch."""
    elsewhere = ((each, attribute(each, "src"), _type(each)) for each in given.all("content"))
    return tuple(
        Enclosure(url=joined(each.base, src), type=kind)
        for each, src, kind in elsewhere
        if src and kind and "/" in kind and not kind.lower().startswith(("text/", "application/xhtml"))
    )


def _alternates(given: Children, first: str | None) -> Iterator[Enclosure]:
    """``podcast:alternateEnclosure``: its first source that the web can reach (others are of ipfs and the like)."""
    for each in given.all("podcast:alternateenclosure"):
        addresses = (attribute(source, "uri") for source in Children(each).all("podcast:source"))
        url = next((one for one in addresses if one and one.lower().startswith(("http://", "https://"))), None)
        if url is not None:
            yield Enclosure(
                url=url,
                type=_type(each),
                length=claims.number(each.get("length")) or None,
                title=attribute(each, "title"),
                height=claims.number(each.get("height")) or None,
                rendition_of=first if first != url else None,
            )


def _type(element: etree._Element) -> str | None:
    found = attribute(element, "type")
    return None if found == "text/html" else found


def _together(one: Enclosure, other: Enclosure) -> Enclosure:
    """What two places say of one file: the first word counts, the second fills in."""
    missing = {each.name: getattr(other, each.name) for each in fields(one) if getattr(one, each.name) is None}
    return replace(one, **missing)
