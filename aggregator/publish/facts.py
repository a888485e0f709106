"""The facts beside the words of an article, in the form they are published in. Pure; nothing is invented."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aggregator.model import Credit, Episode, Link, Reference, Replies
from aggregator.publish import valid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aggregator.model import Article, Chapter, Enclosure


def facts_of(article: Article) -> dict[str, Any]:
    """Those facts, as keyword arguments of its PublishedEntry."""
    return {
        "media": _media(article.enclosures),
        "episode": _episode(article.episode) if article.episode is not None else None,
        "places": article.places,
        "in_reply_to": tuple(found for each in article.in_reply_to if (found := _reference(each)) is not None),
        "replies": _replies(article.replies) if article.replies is not None else None,
    }


def _media(claimed: Iterable[Enclosure]) -> tuple[Enclosure, ...]:
    """Each file once; one that is another rendition of a file that is not there stands for itself."""
    found = {
        url: replace(
            each,
            url=url,
            type=valid.media_type(each.type),
            length=valid.length(each.length),
            duration=valid.length(each.duration),
        )
        for each in claimed
        if (url := valid.web_address(each.url)) is not None
    }
    return tuple(
        each if each.rendition_of in found and each.rendition_of != each.url else replace(each, rendition_of=None)
        for each in found.values()
    )


def _episode(claimed: Episode) -> Episode | None:
    transcripts = (_file(each) for each in claimed.transcripts)
    found = replace(
        claimed,
        transcripts=tuple(each for each in transcripts if each is not None),
        chapters=_file(claimed.chapters) if claimed.chapters is not None else None,
        marks=tuple(map(_mark, claimed.marks)),
        credits=tuple(map(_credit, claimed.credits)),
    )
    return found if found != Episode() else None


def _file(claimed: Link) -> Link | None:
    href = valid.web_address(claimed.href)
    if href is None:
        return None
    return replace(
        claimed, href=href, type=valid.media_type(claimed.type), hreflang=valid.language_tag(claimed.hreflang)
    )


def _mark(claimed: Chapter) -> Chapter:
    return replace(claimed, url=valid.web_address(claimed.url), image=valid.web_address(claimed.image))


def _credit(claimed: Credit) -> Credit:
    return replace(claimed, url=valid.web_address(claimed.url), image=valid.web_address(claimed.image))


def _reference(claimed: Reference) -> Reference | None:
    """RFC 4685 section 3 wants the id of what is answered, and an IRI as that."""
    ref = valid.iri(claimed.ref)
    if ref is None:
        return None
    return Reference(
        ref=ref,
        href=valid.web_address(claimed.href),
        type=valid.media_type(claimed.type),
        source=valid.web_address(claimed.source),
    )


def _replies(claimed: Replies) -> Replies | None:
    found = replace(
        claimed,
        count=valid.length(claimed.count),
        feed=valid.web_address(claimed.feed),
        post_to=valid.web_address(claimed.post_to),
    )
    return found if found != Replies() else None
