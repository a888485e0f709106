"""What an entry says of the other articles of its story. Pure."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.model import Link
from aggregator.publish import valid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from aggregator.model import Article, Member, Story

CALM = timedelta(hours=1)
"""An entry does not change more often than this because of who else covers it."""


def covered(article: Article, story: Story, name_of: Callable[[Article], str], *, joined: bool) -> Article:
    """The article with a ``related`` link to each of the others, titled ``Source: headline``.

    Where the story is one entry (``joined``), its content ends in a line that names them, and it is updated when
    another one comes: it is that entry that readers have.
    """
    others = [
        (each.article, address)
        for each in story.members
        if each.shown and each.article.key != article.key and (address := valid.web_address(each.article.url))
    ]
    links = tuple(
        Link(rel="related", href=address, title=f"{name_of(each)}: {each.title}", hreflang=each.language)
        for each, address in others
    )
    article = replace(article, links=(*article.links, *links))
    if not joined:
        return article
    moved = _moved(article, story.members)
    if moved is not None:
        article = replace(article, updated=max(article.updated or article.sort_at, moved))
    if not others:
        return article
    names = ", ".join(
        f'<a href="{html.escape(address)}">{html.escape(name_of(each), quote=False)}</a>' for each, address in others
    )
    text = article.content_html or f"<p>{html.escape(article.summary or article.title, quote=False)}</p>"
    return replace(article, content_html=f"{text}<p>Also covered by: {names}</p>")


def _moved(article: Article, members: Iterable[Member]) -> datetime | None:
    """When the last of the others came that is at least an hour after the one before; of those that came since the
    article could be read, gone ones included, for what was said once stays said."""
    own = next((each.joined for each in members if each.article.key == article.key), None)
    came = sorted(
        each.joined
        for each in members
        if own is not None and each.joined > own and (each.shown or each.article.deleted_at is not None)
    )
    last: datetime | None = None
    for each in came:
        if last is None or each - last >= CALM:
            last = each
    return last
