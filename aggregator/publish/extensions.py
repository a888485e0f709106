"""What Atom and RSS have no words for, in the namespaces it came in (or could have): never invented, never lost.

======== ==================================================================== =============================
prefix   of                                                                   says
======== ==================================================================== =============================
media    Media RSS 1.5.1                                                      files with sizes, renditions
itunes   Apple's podcast tags                                                 episodes
podcast  Podcasting 2.0 (podcastindex.org)                                    transcripts, chapters, people
psc      Podlove Simple Chapters 1.2                                          chapters
georss   GeoRSS Simple (OGC 17-002r1)                                         places
thr      RFC 4685                                                             what it answers, its answers
wfw      the Comment API                                                      where answers go
======== ==================================================================== =============================
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from aggregator.publish.feedgen_door import add

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from aggregator.model import Enclosure, Episode, Place, PublishedEntry, Replies

MEDIA = "http://search.yahoo.com/mrss/"
"""With its slash: without it readers and the W3C feed validator (MediaRssNamespace) know it not."""
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
PODCAST = "https://podcastindex.org/namespace/1.0"
PSC = "http://podlove.org/simple-chapters"
GEORSS = "http://www.georss.org/georss"
THR = "http://purl.org/syndication/thread/1.0"
WFW = "http://wellformedweb.org/CommentAPI/"

NAMESPACES = {
    "media": MEDIA,
    "itunes": ITUNES,
    "podcast": PODCAST,
    "psc": PSC,
    "georss": GEORSS,
    "thr": THR,
    "wfw": WFW,
}
"""Declared on the root of every document, so that an entry is the same bytes in each."""

MEDIUMS = frozenset({"image", "audio", "video", "document", "executable"})
KINDS = frozenset({"full", "trailer", "bonus"})
"""Values that Media RSS and Apple define; the validator takes no others."""


def add_extensions(element: Any, published: PublishedEntry, *, said: Collection[str]) -> None:
    """Write them behind what ``element`` has. ``said`` are the addresses of files that the format itself names."""
    _add_media(element, published, said)
    if published.episode is not None:
        _add_episode(element, published.episode, published.media)
    _add_places(element, published.places)
    for each in published.in_reply_to:
        add(element, f"{{{THR}}}in-reply-to", ref=each.ref, href=each.href, type=each.type, source=each.source)
    if published.replies is not None:
        _add_replies(element, published.replies)


def _add_media(element: Any, published: PublishedEntry, said: Collection[str]) -> None:
    """``media:content`` for files of which there is more to say than the format says; several renditions of one are a
    ``media:group``, which needs two (MediaGroupWithoutAlternatives).

    The picture is a ``media:thumbnail`` only where it is neither a file nor in the text: then its source named it.
    """
    renditions: defaultdict[str, list[Enclosure]] = defaultdict(list)
    for each in published.media:
        renditions[each.rendition_of or each.url].append(each)
    for files in renditions.values():
        if len(files) > 1:
            group = add(element, f"{{{MEDIA}}}group")
            for each in files:
                _add_file(group, each)
        elif files[0].url not in said or _has_details(files[0]):
            _add_file(element, files[0])
    image = published.image
    files_too = {each.url for each in published.media}
    if image is not None and image not in files_too and not _is_in(image, published.content_html):
        add(element, f"{{{MEDIA}}}thumbnail", url=image)


def _is_in(address: str, content_html: str | None) -> bool:
    return content_html is not None and address.replace("&", "&amp;") in content_html


def _has_details(file: Enclosure) -> bool:
    return any(each is not None for each in (file.duration, file.medium, file.width, file.height))


def _add_file(parent: Any, file: Enclosure) -> None:
    content = add(
        parent,
        f"{{{MEDIA}}}content",
        url=file.url,
        fileSize=_positive(file.length),
        type=file.type,
        medium=file.medium if file.medium in MEDIUMS else None,
        duration=_positive(file.duration),
        width=_positive(file.width),
        height=_positive(file.height),
    )
    if file.title is not None:
        add(content, f"{{{MEDIA}}}title", file.title, type="plain")


def _positive(number: int | None) -> str | None:
    return str(number) if number is not None and number > 0 else None


def _add_episode(element: Any, episode: Episode, media: Iterable[Enclosure]) -> None:
    duration = next((each.duration for each in media), None)
    number = episode.number if (episode.number or "").isdecimal() else None  # Apple and the validator: whole numbers
    for name, text in (
        ("duration", _positive(duration)),
        ("season", _positive(episode.season)),
        ("episode", _positive(int(number)) if number is not None else None),
        ("episodeType", episode.kind if episode.kind in KINDS else None),
        ("explicit", None if episode.explicit is None else str(episode.explicit).lower()),
    ):
        if text is not None:
            add(element, f"{{{ITUNES}}}{name}", text)
    if episode.season is not None and episode.season_name is not None:
        add(element, f"{{{PODCAST}}}season", str(episode.season), name=episode.season_name)
    if episode.number is not None and (episode.name is not None or number is None):
        add(element, f"{{{PODCAST}}}episode", episode.number, display=episode.name)
    for each in episode.transcripts:
        rel = each.rel if each.rel != "transcript" else None  # as it is read where it says none
        add(element, f"{{{PODCAST}}}transcript", url=each.href, type=each.type, language=each.hreflang, rel=rel)
    if episode.chapters is not None:
        add(element, f"{{{PODCAST}}}chapters", url=episode.chapters.href, type=episode.chapters.type)
    for one in episode.credits:
        add(
            element,
            f"{{{PODCAST}}}person",
            one.name,
            role=one.role,
            group=one.group,
            href=one.url,
            img=one.image,
        )
    if episode.marks:
        chapters = add(element, f"{{{PSC}}}chapters", version="1.2")
        for mark in episode.marks:
            add(
                chapters,
                f"{{{PSC}}}chapter",
                start=_play_time(mark.start),
                title=mark.title,
                href=mark.url,
                image=mark.image,
            )


def _play_time(seconds: float) -> str:
    """Such as ``00:01:30.500``, the full form of RFC 2326 normal play time."""
    milliseconds = round(seconds * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{milliseconds // 1000:02}.{milliseconds % 1000:03}"


def _add_places(element: Any, places: Collection[Place]) -> None:
    """What is said of all of them is said of the entry; else it is an attribute of each (OGC 06-050r3)."""
    shared = len({(each.name, each.elevation) for each in places}) == 1
    for place in places:
        where = " ".join(f"{_decimal(latitude)} {_decimal(longitude)}" for latitude, longitude in place.points)
        if place.shape == "circle" and place.radius is not None:
            where = f"{where} {_decimal(place.radius)}"
        elevation = None if place.elevation is None else _decimal(place.elevation)
        own = {} if shared else {"featurename": place.name, "elev": elevation}
        add(element, f"{{{GEORSS}}}{place.shape}", where, **own)
    if shared:
        first = next(iter(places))
        if first.elevation is not None:
            add(element, f"{{{GEORSS}}}elev", _decimal(first.elevation))
        if first.name is not None:
            add(element, f"{{{GEORSS}}}featureName", first.name)


def _decimal(number: float) -> str:
    """Without an exponent, which XML Schema's decimal has not."""
    return f"{number:.12f}".rstrip("0").rstrip(".")


def _add_replies(element: Any, replies: Replies) -> None:
    if replies.count is not None:
        add(element, f"{{{THR}}}total", str(replies.count))
    if replies.post_to is not None:
        add(element, f"{{{WFW}}}comment", replies.post_to)
