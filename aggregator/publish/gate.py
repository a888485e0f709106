"""The last look at a document before it replaces the one that is published. Pure.

An entry is read back once, when it is rendered (:func:`check_entry`). A document is its frame with such entries in it,
so a publish reads back the frame and compares the bytes of the rest (:func:`check_composed`): what does not change is
not read again. :func:`check` reads a whole document of which nothing is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.errors import PublishError
from aggregator.publish.profile import MARK, PROFILES, Unsound, require, violation, well_formed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aggregator.model import PublishedEntry, PublishedFeed, Rendered
    from aggregator.publish.formats import Frame

MAX_BYTES = 5_000_000
"""Of a subscription document: the W3C validator's ValidatorLimit; SimplePie gives up on 21 MB."""

OTHERS = {"opml.xml": "opml", "sitemap.xml": "sitemap", "news.xml": "sitemap"}
"""Documents that belong to no output, and the grammars of these."""


def check_entry(name: str, piece: bytes, entry: PublishedEntry) -> None:
    """Read an entry back that was rendered in this format; silent if it is sound wherever it stands.

    Raises Unsound, a ValueError, with the rule that it breaks.
    """
    profile = PROFILES[name]
    try:
        _, found = profile.read(profile.before + piece + profile.between + profile.mark + profile.after)
        require([profile.id_of(each) for each in found] == [entry.id, MARK], "it is not one entry under its id")
        profile.check_entry(found[0], entry)
    except Unsound as error:
        raise Unsound(f"as {name}, {error}") from error


def check_composed(rendered: Rendered, feed: PublishedFeed, frame: Frame, pieces: Sequence[bytes]) -> None:
    """Check a document of ``feed`` that is made of entries known to be sound, in their order; silent if it is sound.

    Raises PublishError where it is too large or holds anything else, or where its frame is not sound.
    """
    _check_size(rendered)
    _check_ids(rendered, feed)
    name = _format(rendered)
    profile = PROFILES[name]
    try:
        head, marks = profile.read(frame.filled([profile.mark, profile.mark]))
        require([profile.id_of(each) for each in marks] == [MARK, MARK], "entries do not stand where they should")
        profile.check_head(head, feed)
    except (ValueError, KeyError) as error:
        raise _refused(rendered, str(error)) from error
    if len(pieces) != len(feed.entries):
        raise _refused(rendered, f"it holds {len(pieces)} entries where {len(feed.entries)} were to be written")
    at = 0
    for part in _parts(frame, pieces):
        if not rendered.body.startswith(part, at):
            raise _refused(rendered, f"its bytes from {at:,} on are not what was rendered")
        at += len(part)
    if at != len(rendered.body):
        raise _refused(rendered, f"something follows its end at {at:,} bytes")


def check(rendered: Rendered, feed: PublishedFeed) -> None:
    """Read a document of ``feed`` back, all of it; silent if it is sound.

    Raises PublishError where it is too large, not well-formed, breaks a rule, or does not hold exactly the entries of
    the feed, each once and in order.
    """
    _check_size(rendered)
    _check_ids(rendered, feed)
    profile = PROFILES[_format(rendered)]
    try:
        head, found = profile.read(rendered.body)
        names = [profile.id_of(each) for each in found]
        _check_order(rendered, names, [entry.id for entry in feed.entries])
        profile.check_head(head, feed)
    except (ValueError, KeyError) as error:
        raise _refused(rendered, str(error)) from error
    for each, entry in zip(found, feed.entries, strict=True):
        try:
            profile.check_entry(each, entry)
        except ValueError as error:
            raise _refused(rendered, f"entry {entry.id!r}: {error}") from error


def check_other(rendered: Rendered) -> None:
    """Read a document back that belongs to no output; silent if it is sound, and of one without a grammar.

    Raises PublishError.
    """
    name = OTHERS.get(rendered.path)
    if name is None:
        return
    try:
        wrong = violation(name, well_formed(rendered.body))
    except ValueError as error:
        raise _refused(rendered, str(error)) from error
    if wrong is not None:
        raise _refused(rendered, f"it breaks {name}.rng: {wrong}")


def _parts(frame: Frame, pieces: Sequence[bytes]) -> Iterator[bytes]:
    yield frame.before
    for place, piece in enumerate(pieces):
        if place:
            yield frame.between
        yield piece
    yield frame.after


def _format(rendered: Rendered) -> str:
    return rendered.path.rpartition(".")[2]


def _check_size(rendered: Rendered) -> None:
    if len(rendered.body) > MAX_BYTES:
        raise _refused(
            rendered, f"it has {len(rendered.body):,} bytes, more than {MAX_BYTES:,}; lower the output's limit"
        )


def _check_ids(rendered: Rendered, feed: PublishedFeed) -> None:
    if len({entry.id for entry in feed.entries}) != len(feed.entries):
        raise _refused(rendered, "two of its entries have the same id")


def _check_order(rendered: Rendered, found: list[str | None], expected: list[str]) -> None:
    if found != expected:
        missing = next((each for each in expected if each not in found), None)
        raise _refused(
            rendered,
            f"it holds {len(found)} entries where {len(expected)} were to be written"
            + (f"; the first that is missing is {missing}" if missing is not None else ", or not in their order"),
        )


def _refused(rendered: Rendered, reason: str) -> PublishError:
    return PublishError(f"{rendered.path} was not published, the last good one stays: {reason}")
