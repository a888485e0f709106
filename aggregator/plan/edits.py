"""Whether what changed in an article means anything, and what to do then.

Four things can come of an entry whose bytes are others than before:

* *untouched*: only what stands around the article changed (a counter, an advertisement, the spelling of an address).
  What is held stays, byte for byte.
* *refreshed*: it is to be shown as it is now (a link leads elsewhere, a tag, a picture, a typo), and means the same.
  Its ``updated`` stays.
* *updated*: it says something else. ``updated`` moves, a note tells what changed, and the version before is kept.
* *flipping*: it says again what it said before. The first time that is an edit as any other; the second time it is
  shown and its ``updated`` stays; after that it is untouched until it says something new. So a feed that comes in two
  versions from two servers moves nothing any more, and shows the version that came last as new (lemon24/reader#340).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from aggregator.articles import canonical, is_noise, lines_of, media, title_meaning
from aggregator.model import Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from aggregator.model import Article, Known, KnownArticle

SIGNIFICANT = 50
"""Letters that must come or go for an edit to count (Feedbin's rule); fewer are a typo..."""
SMALL_PART = 5
"""...unless they are more than this part of all letters: a fifth."""
FOLLOWED = 2
"""Flips up to which the text is followed; from then on the article stays as it is."""
REMEMBERED = 8
"""Versions whose fingerprints are remembered."""
NOTE = 200
"""Characters of a note."""
SHARED = 3
"""Articles of one document that must gain or lose the same line for it to be the site's and not theirs."""

_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]|[^\W\d]+")
"""Numbers, letters of scripts that put no space between words, words."""
_UNSPACED = 2
"""Letters that one of those letters stands for."""
_QUANTITY = re.compile(r"[$€£¥₹%]|\b(?:EUR|USD|GBP|CHF|JPY|percent)\b|(?<!\d)\d{1,2} ?[:–-] ?\d{1,2}(?!\d)")
"""A price, a part, a score: in a line of its own, it is more than a counter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What becomes of one held article: exactly one of ``untouched``, ``refreshed`` and ``updated`` is set."""

    untouched: tuple[str, bytes, int] | None = None
    refreshed: Article | None = None
    updated: Article | None = None
    version: Version | None = None
    """What it said before it was updated."""


def judge(
    article: Article,
    held: KnownArticle,
    before: Article | None,
    now: datetime,
    *,
    reread: bool = False,
    own: bool = False,
    furniture: frozenset[str] = frozenset(),
) -> Edit:
    """What becomes of ``held`` now that its source says ``article``.

    ``before`` is what it says now, whole; without it, every change of the fingerprint counts. Where what it said is
    forgotten (pruned, or lost with the database), the fingerprint is empty and no change counts.
    ``reread``: another version of the parser read it then, so differences are ours. ``own``: it is the operator's own
    file, whose every change he made. ``furniture`` are the lines that :func:`site_lines` found.
    """
    flips = held.flips
    made = as_held(article, held)
    if before is not None:
        made = replace(made, note=before.note, claimed_id=article.claimed_id or before.claimed_id)
    if reread or held.held is not None or not held.fingerprint:  # an edit nobody sees, or of what is forgotten
        return Edit(refreshed=made)
    if article.fingerprint == held.fingerprint:
        wanted = not held.raw_hash  # it is read again for something that was not kept of it
        same = not (own or wanted) and before is not None and _says_nothing_else(before, made)
        return (
            Edit(untouched=(held.key, article.raw_hash, flips)) if same else Edit(refreshed=_noting_link(made, before))
        )
    if article.fingerprint in held.past and not own:
        flips += 1
        if flips > FOLLOWED:
            return Edit(untouched=(held.key, article.raw_hash, flips))
    made = replace(_remembering(made, held), flips=flips)
    note = "its text changed" if before is None else what_changed(before, article, furniture)
    if note is None or flips == FOLLOWED > held.flips:
        return Edit(refreshed=_noting_link(made, before))
    if flips == held.flips:
        made = replace(made, flips=0)
    made = replace(made, updated=moved(article.updated, held, now), note=note[:NOTE])
    return Edit(updated=made, version=None if before is None else _version(before, note[:NOTE], now))


def _says_nothing_else(before: Article, made: Article) -> bool:
    return made.published == before.published and is_noise(before, made)


def _remembering(made: Article, held: KnownArticle) -> Article:
    """With what it said before among its past, where it says something else now."""
    if made.fingerprint == held.fingerprint or len(held.fingerprint) != len(made.fingerprint):
        return made
    past = (each for each in (*held.past, held.fingerprint) if each != made.fingerprint)
    return replace(made, past=tuple(dict.fromkeys(past))[-REMEMBERED:])


def _noting_link(made: Article, before: Article | None) -> Article:
    moved_page = before is not None and _page(before) != _page(made)
    return replace(made, note="link changed") if moved_page else made


def _page(article: Article) -> str | None:
    return None if article.url is None else canonical(article.url)


def _version(before: Article, note: str, now: datetime) -> Version:
    return Version(
        key=before.key,
        at=now,
        note=note,
        title=before.title,
        updated=before.updated,
        summary=before.summary,
        content_html=before.content_html,
    )


def as_held(article: Article, held: KnownArticle) -> Article:
    """The new text under the old identity and dates; one that is given a date only now is as new as it was."""
    dated_late = held.published is None and article.published is not None
    return replace(
        article,
        key=held.key,
        id=held.id,
        first_seen=held.first_seen,
        sort_at=held.sort_at,
        slug=held.slug or article.slug,
        published=held.published or article.published,
        updated=held.updated or (held.first_seen if dated_late else None),
        duplicate_of=held.duplicate_of,
        held=held.held,
        past=held.past,
        flips=held.flips,
    )


def moved(claimed: datetime | None, held: KnownArticle, now: datetime) -> datetime:
    """When a changed article was updated: as it claims, where that is later than before and not in the future."""
    before = held.updated or held.published or held.first_seen
    return claimed if claimed is not None and before < claimed <= now else max(now, held.updated or now)


# ---- what changed


def what_changed(before: Article, after: Article, furniture: frozenset[str] = frozenset()) -> str | None:
    """What an edit changed, in a line; ``None`` where it is too little to count.

    It counts where the title is another, a recording came or went, so many letters came or went (``SIGNIFICANT``, or
    a fifth of a short text), or a number in its prose is another. A number in a line of its own with at most two words
    is a counter in a language we do not know.
    """
    was, now = lines_of(before.content_html or ""), lines_of(after.content_html or "")
    found = [
        *_title_change(before, after, was, now),
        *_media_change(before, after),
        *_text_change(was, now, furniture),
    ]
    if found and _page(before) != _page(after):
        found.append("link changed")
    return ", ".join(found) or None


def _title_change(before: Article, after: Article, was: Sequence[str], now: Sequence[str]) -> Iterable[str]:
    if title_meaning(before.title) != title_meaning(after.title) and not (
        _is_beginning(before.title, was) and _is_beginning(after.title, now)
    ):
        yield f'title changed from "{before.title[:100]}"'


def _is_beginning(title: str, lines: Sequence[str]) -> bool:
    """Whether it has no title of its own, but the first words of its text for one."""
    start = title.rstrip("….").strip()
    return bool(start) and " ".join(lines[:20]).startswith(start)


def _media_change(before: Article, after: Article) -> Iterable[str]:
    was, now = set(media(before.enclosures)), set(media(after.enclosures))
    if was != now:
        yield "a recording added" if was < now else "a recording removed" if now < was else "another recording"


def _text_change(was: Sequence[str], now: Sequence[str], furniture: frozenset[str]) -> Iterable[str]:
    gone, come = _only_in(was, now, furniture), _only_in(now, was, furniture)
    if not gone and not come:
        return
    lost, gained = _tokens(gone), _tokens(come)
    lost, gained = lost - gained, gained - lost
    letters = max(_letters(lost, gained), _letters(gained, lost))
    enough = letters >= SIGNIFICANT or letters * SMALL_PART > sum(map(_weight, _TOKEN.findall(" ".join(was))))
    numbers = _counts(gone, lost, len(was)) or _counts(come, gained, len(now))
    if not enough and not numbers:
        return
    if not gone or not come:
        lines = come or gone
        counted = "a paragraph" if len(lines) == 1 else f"{len(lines)} paragraphs"
        yield f"{counted} {'added' if come else 'removed'}"
    words = sum(gained.values()) - sum(lost.values())
    if words:
        yield f"{words:+} word{'' if abs(words) == 1 else 's'}"
    elif numbers and not enough:
        yield "a number changed"
    elif gained:
        changed = sum(gained.values())
        yield f"{changed} word{'' if changed == 1 else 's'} changed"


def _only_in(these: Sequence[str], those: Sequence[str], furniture: frozenset[str]) -> list[str]:
    return list((Counter(each for each in these if each not in furniture) - Counter(those)).elements())


def _tokens(lines: Iterable[str]) -> Counter[str]:
    return Counter(token.casefold() for line in lines for token in _TOKEN.findall(line))


def _weight(word: str) -> int:
    return _UNSPACED if len(word) == 1 and word >= "\u0e00" else len(word)


_SPELLINGS = 12
"""Words that are looked through for other spellings of the same."""


def _letters(these: Counter[str], those: Counter[str]) -> int:
    """Letters in words that are only here; of a word that is spelled a little differently there, those that differ."""
    words = list(these.elements())
    others = list(those.elements())
    if len(words) > _SPELLINGS or len(others) > _SPELLINGS:
        return sum(map(_weight, words))
    return sum(min((_differing(word, other) for other in others), default=_weight(word)) for word in words)


def _differing(word: str, other: str) -> int:
    if word[0].isdigit() or len(word) > SIGNIFICANT or len(other) > SIGNIFICANT:
        return _weight(word)
    alike = SequenceMatcher(None, word, other, autojunk=False)
    return len(word) - sum(each.size for each in alike.get_matching_blocks()) if alike.ratio() >= 0.6 else _weight(word)


def _counts(lines: Sequence[str], changed: Counter[str], of: int) -> bool:
    """Whether a number changed where it means something: in a sentence, as a price or a score, or where it is all."""
    for line in lines:
        tokens = [token.casefold() for token in _TOKEN.findall(line)]
        if any(token[0].isdigit() and token in changed for token in tokens):
            words = sum(not token[0].isdigit() for token in tokens)
            if of == 1 or words > 2 or _QUANTITY.search(line):
                return True
    return False


def site_lines(made: Mapping[str, Article], known: Known) -> frozenset[str]:
    """Lines that several articles of one document gained or lost at once: the site's footer, and no edit of any.

    ``made`` are the articles of the document that came in other bytes, by the keys of their entries.
    """
    counted: Counter[str] = Counter()
    for key, after in made.items():
        held = known.articles.get(key)
        before = known.before.get(held.key) if held is not None else None
        if held is None or before is None or held.fingerprint == after.fingerprint:
            continue
        was, now = set(lines_of(before.content_html or "")), set(lines_of(after.content_html or ""))
        counted.update(was ^ now)
    return frozenset(line for line, count in counted.items() if count >= SHARED)
