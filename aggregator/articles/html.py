"""What can only be mended in a parsed tree: videos in frames, lazy images, reader counters. A door to selectolax.

What comes out of here is not safe yet: :mod:`aggregator.articles.clean` comes after it, always.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, urlsplit

from selectolax.lexbor import LexborHTMLParser, create_tag

from aggregator.articles.characters import decoded
from aggregator.articles.urls import is_tracker, srcset, web

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selectolax.lexbor import LexborNode

_MAY_NEED_MENDING = re.compile(r"<(?=[imns])(?:img|image|source|iframe|noscript|math)(?=[\s/>])[^<>]*>?", re.IGNORECASE)
_PICTURE = re.compile(r'<(?:img|source)(?:\s+[a-z-]+="[^"<>]*")*\s*/?>', re.IGNORECASE)
"""A picture spelled so plainly that no parser is needed to read its tag."""
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"', re.IGNORECASE)
_LAZY_SRC = ("data-src", "data-lazy-src", "data-original", "data-lazy")
_LAZY_SRCSET = ("data-srcset", "data-lazy-srcset")
LAZY = frozenset((*_LAZY_SRC, *_LAZY_SRCSET))
_AT_MOST_ONE = re.compile(r"\s*0*[01](?:\.0*)?\s*(?:px)?\s*", re.IGNORECASE)
_UNSEEN = re.compile(r"display\s*:\s*none|(?:width|height)\s*:\s*[01](?:px)?\s*(?:;|!|\Z)", re.IGNORECASE)
_VIDEO_ID = re.compile(r"[A-Za-z0-9_-]{3,64}")


def mended(html: str, base: str | None) -> str:
    """The HTML with its pictures and videos where a plain reader sees them; as it was where they are fine.

    * a frame of a known video site becomes a link to the video, with its still picture where the address is known;
    * ``data-src`` and its like become ``src``, and the ``<noscript>`` copy of the picture goes;
    * pictures of one pixel, hidden ones, those from reader counters and those without an address go, and the links
      that held nothing else;
    * a formula in MathML becomes the text its author gave for it.
    """
    if all(_is_fine(tag, base) for tag in _MAY_NEED_MENDING.findall(html)):
        return html
    tree = LexborHTMLParser(html, is_fragment=True)
    for frame in tree.css("iframe"):
        _replace_frame(frame, base)
    within: set[int] = set()
    for formula in tree.css("math"):
        if formula.mem_id not in within:  # else it went with the one around it; each for itself took 4.8 s per MB
            within.update(each.mem_id for each in formula.css("math"))
            formula.replace_with(formula.attributes.get("alttext") or _written(formula) or formula.text())
    promoted = [_promote(image) for image in tree.css("img, source")]
    any_lazy = any(promoted)
    for hidden in tree.css("noscript"):
        if any_lazy and hidden.css_first("img") is not None:
            hidden.decompose()
        else:
            hidden.unwrap()
    for image in tree.css("img, source"):
        if not _shows(image.attributes, base):
            _remove(image)
    return tree.html or ""


def _is_fine(tag: str, base: str | None) -> bool:
    """Whether the tag is a picture's, and nothing is to be done about it."""
    if _PICTURE.fullmatch(tag) is None:
        return False
    attributes = {name.lower(): decoded(value) for name, value in reversed(_ATTRIBUTE.findall(tag))}
    return is_fine_picture(attributes, base)


def is_fine_picture(attributes: Mapping[str, str | None], base: str | None) -> bool:
    """Whether a picture with these attributes is to stay as it is: it shows something, and at once."""
    return LAZY.isdisjoint(attributes) and _shows(attributes, base)


def _promote(image: LexborNode) -> bool:
    """Give a lazily loaded picture its address; whether it was one."""
    attributes = image.attributes
    found = False
    for names, target in ((_LAZY_SRC, "src"), (_LAZY_SRCSET, "srcset")):
        address = next((value for name in names if (value := attributes.get(name))), None)
        if address is not None and not address.strip().lower().startswith(("data:", "{", "[")):
            image.attrs[target] = address
            found = True
    return found


def _shows(attributes: Mapping[str, str | None], base: str | None) -> bool:
    """Whether there is something to see in a picture with these attributes."""
    src = web(attributes.get("src"), base)
    if src is None:
        return srcset(attributes.get("srcset") or "", base) is not None
    sizes = [size for name in ("width", "height") if (size := attributes.get(name)) is not None]
    if sizes and all(_AT_MOST_ONE.fullmatch(size) for size in sizes):
        return False
    return not is_tracker(src) and _UNSEEN.search(attributes.get("style") or "") is None


def _remove(image: LexborNode) -> None:
    """Take the picture out, and the link around it if that held nothing else."""
    parent = image.parent
    image.decompose()
    if parent is not None and parent.tag == "a" and parent.child is None:
        parent.decompose()


def _written(formula: LexborNode) -> str | None:
    """The TeX a formula carries beside its markup."""
    note = formula.css_first('annotation[encoding="application/x-tex"]')
    return note.text() if note is not None else None


def _replace_frame(frame: LexborNode, base: str | None) -> None:
    video = video_of(frame.attributes, base)
    if video is None:
        frame.decompose()
        return
    link = create_tag("a")
    link.attrs["href"] = video.page
    if video.still is None:
        link.inner_html = ""
        link.insert_child(video.title)
    else:
        image = create_tag("img")
        image.attrs["src"] = video.still
        image.attrs["alt"] = video.title
        link.insert_child(image)
    frame.replace_with(link)


class Video(NamedTuple):
    """A video as a plain reader can show it."""

    title: str
    page: str
    still: str | None
    """The address of a picture of it, where that is known."""


def video_of(attributes: Mapping[str, str | None], base: str | None) -> Video | None:
    """The video that a frame with these attributes shows; ``None`` for frames that show something else."""
    address = next((found for name in ("src", *_LAZY_SRC) if (found := web(attributes.get(name), base))), None)
    video = _video(address) if address is not None else None
    return Video(attributes.get("title") or "Video", *video) if video is not None else None


def _video(url: str) -> tuple[str, str | None] | None:
    """The page of the video a frame shows, and its still picture; ``None`` for frames that show something else."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    *_, last = parts.path.rstrip("/").split("/")
    if host in ("youtube.com", "youtube-nocookie.com", "m.youtube.com") and parts.path.startswith("/embed/"):
        playlist = parse_qs(parts.query).get("list", [""])[0]
        if last == "videoseries" and _VIDEO_ID.fullmatch(playlist):
            return f"https://www.youtube.com/playlist?list={playlist}", None
        if last != "videoseries" and _VIDEO_ID.fullmatch(last):
            return f"https://www.youtube.com/watch?v={last}", f"https://i.ytimg.com/vi/{last}/hqdefault.jpg"
    elif host == "player.vimeo.com" and last.isascii() and last.isdigit():
        return f"https://vimeo.com/{last}", None
    elif host == "dailymotion.com" and parts.path.startswith("/embed/video/") and _VIDEO_ID.fullmatch(last):
        return f"https://www.dailymotion.com/video/{last}", f"https://www.dailymotion.com/thumbnail/video/{last}"
    elif "/videos/embed/" in parts.path and _VIDEO_ID.fullmatch(last):  # PeerTube, on any host
        return f"{parts.scheme}://{parts.netloc}/w/{last}", None
    return None
