"""What the pages of articles say, for sources with ``full_text``: which are to be asked for, and what came of it.

An article stays as its feed says it (``article_bodies``), so that edits are told by the feed alone; the text of its
page stands beside it (``full_texts``) and is shown in place of the feed's. A row is also the queue: ``due`` is when
its page is to be asked for, whatever becomes of this process.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, delete, func, insert, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

from aggregator.model import FullTextCounts, PageStory, Validators, WantedPage
from aggregator.store import page_hosts
from aggregator.store.articles import HAS_TEXT, SAID
from aggregator.store.changes import count_change
from aggregator.store.codec import decode_article, decode_text, encode_text
from aggregator.store.ledger import count_asked
from aggregator.store.schema import articles, full_texts, in_parts, output_queue, sources

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from aggregator.model import Article, Asked, PageText, PollPlan, ReadPage
    from aggregator.store.database import Database

AGAIN = timedelta(minutes=10)
"""When a page is asked for again of which nothing was heard, because the program was killed."""
MOST_WAITING = 200
"""Pages of one source that wait to be asked for; of more, the oldest articles keep the text of their feed."""

_OF = full_texts.c


def _upsert(dialect_insert: Any) -> Any:
    """A page that was read already is read again: its article was edited, or moved to another page."""
    row = dialect_insert(full_texts)
    asked = {name: row.excluded[name] for name in ("url", "due", "waits", "tries")}
    return row.on_conflict_do_update(index_elements=["key"], set_=asked)


_NOTE = {"sqlite": _upsert(sqlite.insert), "postgresql": _upsert(postgresql.insert)}
_STANDS = articles.c.deleted_at.is_(None), HAS_TEXT, sources.c.removed_at.is_(None)
_NEXT = (
    select(func.min(_OF.due))
    .select_from(full_texts)
    .join(articles, articles.c.key == _OF.key)
    .join(sources, sources.c.source == articles.c.source)
    .where(_OF.due.is_not(None), *_STANDS)
)
_DUE = (
    SAID.add_columns(
        _OF.url.label("page"),
        _OF.tries,
        _OF.etag,
        _OF.last_modified,
        _OF.final_url,
        _OF.body_hash,
        _OF.recipe,
        _OF.content_html.is_not(None).label("has_text"),
    )
    .join(full_texts, _OF.key == articles.c.key)
    .join(sources, sources.c.source == articles.c.source)
    .where(_OF.due <= bindparam("now", type_=_OF.due.type), *_STANDS)
    .order_by(_OF.due, articles.c.sort_at.desc(), articles.c.key)
    .limit(bindparam("most"))
)
_WAITING = select(_OF.key).where(_OF.source == bindparam("of"), _OF.due.is_not(None)).order_by(_OF.due.desc(), _OF.key)
_LET_OUT = (
    update(articles)
    .where(articles.c.key == bindparam("at"), articles.c.not_before == bindparam("waited"))
    .values(not_before=None)
)


class FullTexts:
    """What is known of the pages of articles. Each method is one transaction, and may raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, now: datetime, limit: int) -> tuple[WantedPage, ...]:
        """Pages to be asked for, the longest due first, and of those the newest articles."""
        with self._database.reading() as db:
            return tuple(map(_wanted, db.execute(_DUE, {"now": now, "most": limit})))

    def next_due(self) -> datetime | None:
        """When the next page is due; ``None`` where none is to be asked for."""
        with self._database.reading() as db:
            soonest: datetime | None = db.scalar(_NEXT)
            return soonest

    def elsewhere(self, page: WantedPage, recipe: str, since: datetime) -> tuple[str, PageText] | None:
        """The text of the same page as an article of some source has it, read since then, by the same ``recipe``."""
        with self._database.reading() as db:
            row = db.execute(
                select(full_texts)
                .where(_OF.url == page.url, _OF.recipe == recipe, _OF.read_at >= since, _OF.content_html.is_not(None))
                .where(_OF.key != page.article.key)
                .limit(1)
            ).first()
        if row is None or (text := decode_text(row.content_html, row.facts)) is None:
            return None
        return row.source, text

    def take(
        self, page: WantedPage, host: str, gap: timedelta, busy: timedelta, now: datetime, queue: Collection[str] = ()
    ) -> bool:
        """Whether the page may be asked for now. Else the ``queue``, by key the pages that are due on its host, is due
        when that may be asked again: it would stand before the pages of all other hosts."""
        with self._database.writing() as db:
            if not _take(db, host, gap, busy, now, queue):
                return False
            db.execute(update(full_texts).where(_OF.key == page.article.key).values(due=now + AGAIN))
            return True

    def take_host(self, host: str, gap: timedelta, busy: timedelta, now: datetime, queue: Collection[str] = ()) -> bool:
        """Whether something else may be asked of the host now, as its robots.txt; if not, as with :meth:`take`."""
        with self._database.writing() as db:
            return _take(db, host, gap, busy, now, queue)

    def leave(self, host: str, gap: timedelta, page_gap: timedelta, wait: datetime | None, now: datetime) -> None:
        """See :func:`aggregator.store.page_hosts.leave`."""
        with self._database.writing() as db:
            page_hosts.leave(db, host, gap, page_gap, wait, now)

    def rules(self, host: str) -> tuple[str | None, datetime] | None:
        """What the robots.txt of a host said (``None``: nothing), and until when that holds; ``None``: unknown."""
        with self._database.reading() as db:
            return page_hosts.rules(db, host)

    def keep_rules(self, host: str, said: str | None, until: datetime, now: datetime) -> None:
        """Remembers what a robots.txt said."""
        with self._database.writing() as db:
            page_hosts.keep_rules(db, host, said, until, now)

    def count(self, asked: Sequence[Asked], wait: datetime | None) -> None:
        """Writes what else was asked of hosts into their ledger; the last of it told to leave the host alone."""
        with self._database.writing() as db:
            count_asked(db, asked, wait)

    def told(self, read: ReadPage, recipe: str, left_out: str | None, now: datetime, *, let_out: bool = True) -> None:
        """Writes down what came of a page. Its article waits no longer, unless something else is to be done with it
        before it is ``let_out``; ``left_out`` is what its source's rules say of it now."""
        of = _OF.key == read.key
        with self._database.writing() as db:
            count_asked(db, read.asked, read.host_wait)
            row = db.execute(select(_OF.waits, _OF.content_html).where(of)).first()
            if row is None:
                return
            known: dict[str, Any] = {"due": read.again, "tries": read.tries, "why": read.why}
            if read.text is not None or not read.keeps:
                known |= encode_text(read.text) | {"recipe": recipe}
            if read.body_hash is not None:
                known |= {
                    "read_at": now,
                    "final_url": read.final_url,
                    "body_hash": read.body_hash,
                    "etag": read.validators.etag,
                    "last_modified": read.validators.last_modified,
                }
            db.execute(update(full_texts).where(of).values(known))
            changed = "content_html" in known and known["content_html"] != row.content_html
            if changed:
                db.execute(update(articles).where(articles.c.key == read.key).values(left_out=left_out))
                db.execute(insert(output_queue).values(key=read.key, edited=False))
            released = let_out and _let_out(db, of)
            if changed or released:
                count_change(db)

    def let_out(self, key: str | None = None) -> None:
        """This article, or none at all, waits for its page any longer; what is due is asked for all the same."""
        with self._database.writing() as db:
            if _let_out(db, _OF.key == key if key is not None else true()):
                count_change(db)

    def follow(self, wanted: Collection[str]) -> None:
        """Forgets the pages of sources that do not have ``full_text`` any more: their articles are as the feed says."""
        with self._database.writing() as db:
            others = set(db.scalars(select(_OF.source).distinct())) - set(wanted)
            for source in sorted(others):
                _let_out(db, _OF.source == source)
                keys = db.scalars(select(_OF.key).where(_OF.source == source)).all()
                db.execute(insert(output_queue), [{"key": key, "edited": False} for key in keys])
                db.execute(delete(full_texts).where(_OF.source == source))
            if others:
                count_change(db)

    def counts(self) -> Mapping[str, FullTextCounts]:
        """By source, how its pages stand."""
        asked = and_(_OF.due.is_not(None), _OF.content_html.is_(None))
        rows = select(
            _OF.source,
            func.sum(case((asked, 1), else_=0)).label("waiting"),
            func.count(_OF.content_html).label("texts"),
            func.sum(case((or_(_OF.content_html.is_not(None), _OF.due.is_not(None)), 0), else_=1)).label("without"),
        ).group_by(_OF.source)
        with self._database.reading() as db:
            return {
                row.source: FullTextCounts(waiting=row.waiting, texts=row.texts, without=row.without)
                for row in db.execute(rows)
            }

    def story_of(self, key: str) -> PageStory | None:
        """What is known of the page of an article; ``None`` where it was never to be asked for."""
        with self._database.reading() as db:
            row = db.execute(select(_OF.read_at, _OF.due, _OF.why).where(_OF.key == key)).first()
        return None if row is None else PageStory(read_at=row.read_at, due=row.due, why=row.why)


def note(db: Connection, plan: PollPlan, now: datetime) -> None:
    """That the pages of these articles are due. Those of more than a source may have waiting are not asked for."""
    waits = dict(plan.pages)
    rows = [
        _row(each, each.url, waits[each.key], now)
        for each in (*plan.new, *plan.updated)
        if each.key in waits and each.url is not None
    ]
    if not rows:
        return
    db.execute(_NOTE[db.dialect.name], rows)
    beyond = db.scalars(_WAITING.offset(MOST_WAITING), {"of": plan.source}).all()
    if beyond:
        _give_up(db, beyond)


def forget(db: Connection, keys: Collection[str]) -> None:
    """The texts of these articles are pruned."""
    for part in in_parts(sorted(keys)):
        db.execute(delete(full_texts).where(_OF.key.in_(part)))


def _take(db: Connection, host: str, gap: timedelta, busy: timedelta, now: datetime, queue: Collection[str]) -> bool:
    free = page_hosts.take(db, host, gap, busy, now)
    if free is not None:
        for part in in_parts(sorted(queue)):
            db.execute(update(full_texts).where(_OF.key.in_(part), _OF.due < free).values(due=free))
    return free is None


def _give_up(db: Connection, keys: Sequence[str]) -> None:
    beyond = _OF.key.in_(keys)
    _let_out(db, beyond)
    db.execute(update(full_texts).where(beyond).values(due=None, why="too many pages of its source were waiting"))


def _let_out(db: Connection, those: ColumnElement[bool]) -> bool:
    """No article of these pages waits any longer; whether any did."""
    rows = db.execute(select(_OF.key, _OF.waits).where(those, _OF.waits.is_not(None))).all()
    if rows:
        db.execute(_LET_OUT, [{"at": row.key, "waited": row.waits} for row in rows])
        db.execute(update(full_texts).where(those, _OF.waits.is_not(None)).values(waits=None))
    return bool(rows)


def _row(article: Article, url: str, waits: datetime | None, now: datetime) -> dict[str, Any]:
    return {
        "key": article.key,
        "source": article.source,
        "url": url,
        "due": now,
        "waits": waits,
        "tries": 0,
        "recipe": "",
        "facts": {},
    }


def _wanted(row: Any) -> WantedPage:
    return WantedPage(
        article=decode_article(row),
        url=row.page,
        tries=row.tries,
        validators=Validators(etag=row.etag, last_modified=row.last_modified),
        final_url=row.final_url,
        body_hash=row.body_hash,
        recipe=row.recipe if row.has_text else None,
    )
