"""What each step of a poll and of a publish did with an article: for each a function that gives sentences. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.model import ABSENT, FOLDED
from aggregator.operate.facts import TAKEN_BACK
from aggregator.operate.shapes import rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aggregator.model import Article
    from aggregator.operate.facts import Facts, InOutput

    Tell = Callable[[Facts, Article], Iterator[str]]


def _found(facts: Facts, article: Article) -> Iterator[str]:
    title = f'"{article.title}"' if article.title else "its title is not kept"
    yield f"{title}, of {article.source}, known by its {facts.found_by}"
    if article.url is not None:
        yield article.url
    if facts.others:
        named = ", ".join(f"{each.id} of {each.source}" for each in facts.others)
        yield f"{len(facts.others)} more at this address: {named}"


def _fetched(facts: Facts, article: Article) -> Iterator[str]:
    where = f" at {facts.source.location}" if facts.source is not None else ""
    yield f"first seen {rfc3339(article.first_seen)}{where}"
    state = facts.state
    if state is None or state.last_success is None:
        return
    if facts.source is None or facts.source.folder is None:
        still = "is" if article.key in state.upstream else "is not"
        yield f"it {still} in the last document that was read, of {rfc3339(state.last_success)}"
    if state.code is not None and state.failures:
        yield f"the last look, {rfc3339(state.last_poll)}, failed: {state.detail or state.code}"


def _read(facts: Facts, article: Article) -> Iterator[str]:
    if facts.source is not None and facts.source.folder is not None:
        yield "a local article"
    elif facts.state is not None and facts.state.road is not None:
        form = f" as {facts.state.info.format}" if facts.state.info.format else ""
        yield f"its source is read{form}, by {facts.state.road}"
    yield from article.warnings


def _key(facts: Facts, article: Article) -> Iterator[str]:
    configured = facts.source.identity if facts.source is not None else "auto"
    learnt = facts.state.told_by if facts.state is not None else None
    if facts.source is not None and facts.source.folder is not None:
        by = "by their ids, else their paths"
    elif configured != "auto":
        by = f"by their {configured}, as configured"
    elif learnt is not None:
        by = f"by their {learnt}, as learnt: their ids do not hold still"
    else:
        by = "by their ids, else their links, else their words"
    yield f"{article.key}; entries of this source are told apart {by}"
    if facts.aliases:
        yield f"it came under other names too: {', '.join(facts.aliases)}"


def _id(facts: Facts, article: Article) -> Iterator[str]:
    if article.claimed_id is not None:
        yield f"{article.id}, made here: {article.claimed_id}, which its source gave it, is another article's"
    elif facts.minted:
        yield f"{article.id}, made here: its source gives it none that is a valid id and its own"
    else:
        yield f"{article.id}, its source's own"


def _date(facts: Facts, article: Article) -> Iterator[str]:
    said = article.published
    if said is None:
        yield f"its source gives no date; it stands where it was first seen, {rfc3339(article.sort_at)}"
    elif timedelta(0) <= said - article.sort_at < timedelta(seconds=1):  # a microsecond for each place in its document
        yield f"{rfc3339(said)}, as its source says"
    elif article.sort_at < said:
        yield f"{rfc3339(said)}, as its source says; that was to come, so it stands at {rfc3339(article.sort_at)}"
    else:
        yield f"{rfc3339(said)}, as its source says; found late, it stands at {rfc3339(article.sort_at)}"
    if article.not_before is not None:
        yield f"not to be shown before {rfc3339(article.not_before)}"


def _page(facts: Facts, article: Article) -> Iterator[str]:
    page = facts.page
    if page is None:
        return
    if article.full_text:
        read = f"read {rfc3339(page.read_at)}" if page.read_at else "as another source's article has it"
        yield f"its text is that of its page, {read}"
    if page.why is not None:
        stays = "" if article.full_text else ", so its text is that of the feed"
        yield f"{page.why}{stays}"
    if page.due is not None:
        yield f"its page is asked for {'at' if page.due > facts.now else 'since'} {rfc3339(page.due)}"


def _rewrite(facts: Facts, article: Article) -> Iterator[str]:
    for text, changes in facts.rewrites:
        yield f"{text}: {'changed it' if changes else 'changed nothing'}"
    said = article.original
    if said is None:
        return
    if said.title != article.title:
        yield f'title: "{said.title}" became "{article.title}"'
    if said.url != article.url:
        yield f"url: {said.url} became {article.url}"
    if said.language != article.language:
        yield f"language: {said.language or 'none'} became {article.language or 'none'}"
    for name, before, now in (
        ("tags", [each.term for each in said.tags], [each.term for each in article.tags]),
        ("authors", [each.name or "" for each in said.authors], [each.name or "" for each in article.authors]),
    ):
        if before != now:
            yield f"{name}: {', '.join(before) or 'none'} became {', '.join(now) or 'none'}"
    if said.summary != article.summary:
        yield f"summary: {_begins(said.summary)} became {_begins(article.summary)}"
    if said.content_html != article.content_html:
        yield f"content: {said.words:,} words became {article.words:,}, {_differing(said.content_html, article)}"


def _begins(text: str | None) -> str:
    return "nothing" if not text else f'"{text}"' if len(text) <= BEGINNING else f'"{text[:BEGINNING].rstrip()}..."'


def _differing(said: str | None, article: Article) -> str:
    """Where its content begins to be otherwise, before and after."""
    before, now = said or "", article.content_html or ""
    at = next((place for place, (one, other) in enumerate(zip(before, now, strict=False)) if one != other), 0)
    start = max(0, before.rfind("<", 0, at + 1))
    return f"where {_begins(before[start:])} was, there is {_begins(now[start:])}"


BEGINNING = 80
"""Characters of a text that are shown."""


def _rules(facts: Facts, article: Article) -> Iterator[str]:
    for each in facts.rules:
        yield f"{each.name} '{each.text}' {'matches' if each.matches else 'does not match'}"
    if article.left_out is not None:
        yield article.left_out


def _copies(facts: Facts, article: Article) -> Iterator[str]:
    if facts.original is not None:
        original = facts.original
        yield f'the same as "{original.title}" of {original.source}, {original.id}'
    elif article.duplicate_of is not None:
        yield f"the same as the article {article.duplicate_of}"
    if facts.through:
        yield f"also in {', '.join(facts.through)}"


def _held(facts: Facts, article: Article) -> Iterator[str]:
    if article.held == FOLDED:
        told = f'; "{facts.told_in}" lists it' if facts.told_in is not None else ""
        yield f"beyond the limit_per_day of {article.sort_at.date().isoformat()}{told}"
    elif article.held is not None:
        yield article.held


def _edits(facts: Facts, article: Article) -> Iterator[str]:
    for each in reversed(facts.versions):
        yield f"{rfc3339(each.at)}: {each.note}"
    if article.updated is not None:
        yield f"updated {rfc3339(article.updated)}"
    if article.flips:
        yield f"went back {article.flips} times to what it had said before"


def _hand(_facts: Facts, article: Article) -> Iterator[str]:
    if article.pinned_at is not None:
        yield f"pinned by the operator, {rfc3339(article.pinned_at)}"
    if article.hidden_at is not None:
        yield f"hidden by the operator, {rfc3339(article.hidden_at)}"
    if article.deleted_at is not None:
        yield f"{TAKEN_BACK[article.deleted_by or ABSENT]}, {rfc3339(article.deleted_at)}"


def _story(facts: Facts, article: Article) -> Iterator[str]:
    for each in facts.story.members if facts.story is not None else ():
        if each.article.key != article.key:
            yield f'told with "{each.article.title}" of {each.article.source}{f": {each.why}" if each.why else ""}'


def _texts(facts: Facts, _article: Article) -> Iterator[str]:
    if facts.pruned_at is not None:
        yield f"pruned {rfc3339(facts.pruned_at)}; what it is known by is kept"


def _lists(facts: Facts, article: Article) -> Iterator[str]:
    yield f"made here, of what {article.source} said beyond its limit_per_day:"
    for each in facts.lists:
        yield f"{each.title}: {each.url or each.id}"


def _outputs(facts: Facts, _article: Article) -> Iterator[str]:
    for each in facts.outputs:
        yield f"{each.id}: {in_output(each, visible=facts.visible)}"


def in_output(output: InOutput, *, visible: bool) -> str:
    """Its place there, or why it has none."""
    if output.place is not None:
        return f"entry {output.place} of {output.entries}"
    if output.digest is not None and visible:
        period, is_over = output.digest
        return f"listed in the entry of {period}" if is_over else f"it will be listed in the entry of {period}"
    if not output.taken:
        return f"no: its query '{output.query}' is not true of it"
    if not visible:
        return "no"
    if output.entries >= output.limit and output.oldest is not None:
        return f"no: it has the newest {output.limit}, back to {rfc3339(output.oldest)}"
    if output.per_source is not None:
        return f"no: it has the newest {output.per_source} of each source"
    return "no"


STEPS: tuple[tuple[str, Tell], ...] = (
    ("article", _found),
    ("fetched", _fetched),
    ("read", _read),
    ("key", _key),
    ("id", _id),
    ("date", _date),
    ("page", _page),
    ("rewrite", _rewrite),
    ("rules", _rules),
    ("copies", _copies),
    ("held", _held),
    ("edits", _edits),
    ("hand", _hand),
    ("texts", _texts),
    ("story", _story),
    ("output", _outputs),
)
"""In the order in which they happen."""

OF_A_DAY: tuple[tuple[str, Tell], ...] = (("article", _found), ("folded", _lists), ("output", _outputs))
"""Those of an entry that lists others."""
