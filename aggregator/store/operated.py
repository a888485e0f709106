"""The operator's hand on single articles: retract, hide, pin, and each of them undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import bindparam, case, func, or_, select, update

from aggregator.model import FOLDED, OPERATOR, PUBLISHER
from aggregator.store.articles import WHOLE
from aggregator.store.codec import decode_article
from aggregator.store.schema import articles, source_state

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from aggregator.model import Article

Hand = Literal["retract", "hide", "pin"]

_OF = articles.c
_WHEN = bindparam("when", type_=_OF.deleted_at.type)
_TAKEN_BACK = _OF.deleted_by.in_((OPERATOR, PUBLISHER))  # what is merely absent comes back by being there again
_DO: dict[tuple[Hand, bool], tuple[ColumnElement[bool], dict[str, Any]]] = {
    ("retract", False): (
        or_(_OF.deleted_by.is_(None), _OF.deleted_by != OPERATOR),
        {
            "deleted_by": OPERATOR,
            "deleted_at": func.coalesce(_OF.deleted_at, _WHEN),
            "hidden_at": None,
            "pinned_at": None,
        },
    ),
    ("retract", True): (_TAKEN_BACK, {"deleted_by": None, "deleted_at": None}),
    ("hide", False): (_OF.hidden_at.is_(None), {"hidden_at": _WHEN}),
    ("hide", True): (_OF.hidden_at.is_not(None), {"hidden_at": None}),
    ("pin", False): (
        _OF.pinned_at.is_(None),
        {"pinned_at": _WHEN, "held": case((_OF.held == FOLDED, None), else_=_OF.held)},
    ),
    ("pin", True): (_OF.pinned_at.is_not(None), {"pinned_at": None}),
}


def operate(db: Connection, hand: Hand, keys: Collection[str], now: datetime, *, undo: bool) -> frozenset[str]:
    """See :meth:`aggregator.store.faces.articles.Articles.operate`."""
    where, values = _DO[hand, undo]
    done = update(articles).where(_OF.key.in_(sorted(keys)), where).values(values).returning(_OF.key)
    keys = frozenset(db.scalars(done, {"when": now}))
    if undo:
        _read_again(db, keys)
    return keys


def _read_again(db: Connection, keys: Collection[str]) -> None:
    """Has the sources of articles whose texts are gone read whole at their next look, though they say nothing new:
    what is taken back has no text any more after the database was lost."""
    textless = select(_OF.source).where(_OF.key.in_(sorted(keys)), _OF.pruned_at.is_not(None))
    unread = {"etag": None, "last_modified": None, "body_hash": None}
    db.execute(update(source_state).where(source_state.c.source.in_(textless)).values(unread))


def at_page(db: Connection, page_hash: int, limit: int) -> tuple[Article, ...]:
    """See :meth:`aggregator.store.faces.articles.Articles.at_page`."""
    newest = (_OF.sort_at.desc(), _OF.key.desc())
    return tuple(
        map(decode_article, db.execute(WHOLE.where(_OF.page_hash == page_hash).order_by(*newest).limit(limit)))
    )
