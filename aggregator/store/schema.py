"""The tables, once for both backends. Change them together with a new file in ``migrations/versions``.

Who owns what: ``sources`` and ``hosts.gap_ms`` follow the configuration; ``source_state`` is what a poll leaves
behind, and the queue (:mod:`aggregator.store.claims`); ``articles`` is kept for ever, ``article_bodies`` is the part
that is only read to publish, and is pruned in the end (:mod:`aggregator.store.retention`).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import (
    JSON,
    TIMESTAMP,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.types import TypeEngine

T = TypeVar("T")

REVISION = "0026"
"""The newest migration; a test compares it with ``migrations/versions``."""

VERSION_TABLE = "aggregator_version"
"""Where the revision stands. Not Alembic's default name, so that a PostgreSQL database can be shared."""

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""When a host without sources is next due."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(value: datetime) -> int:
    """Microseconds since 1970, exact: floats lose microseconds, and entries without a date are one apart."""
    return (value - EPOCH) // _MICROSECOND


def from_micros(value: int) -> datetime:
    """The aware UTC datetime of so many microseconds since 1970."""
    return EPOCH + timedelta(microseconds=value)


def in_parts(values: Sequence[T], size: int = 5_000) -> Iterator[Sequence[T]]:
    """In slices short enough for ``IN``: SQLite takes 32,766 values in a statement."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC datetime to the microsecond: ``timestamptz`` on PostgreSQL, an integer on SQLite."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column's type in this database."""
        return TIMESTAMP(timezone=True) if dialect.name == "postgresql" else BigInteger()

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Python to database."""
        return value if value is None or dialect.name == "postgresql" else to_micros(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Database to Python."""
        if value is None:
            return None
        return value.astimezone(UTC) if dialect.name == "postgresql" else from_micros(value)


class Key(TypeDecorator[str]):
    """An article's key: 32 hex digits, kept as 16 bytes, which both databases sort alike whatever their collation."""

    impl = LargeBinary(16)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Python to database."""
        return None if value is None else bytes.fromhex(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """Database to Python."""
        return None if value is None else value.hex()


class latest(FunctionElement[datetime]):
    """The latest of several times: ``greatest`` on PostgreSQL, scalar ``max`` on SQLite. No argument may be NULL."""

    type = UtcTime()
    inherit_cache = True


@compiles(latest)
def _greatest(element: latest, compiler: SQLCompiler, **kw: Any) -> str:
    return f"greatest({compiler.process(element.clauses, **kw)})"


@compiles(latest, "sqlite")
def _max(element: latest, compiler: SQLCompiler, **kw: Any) -> str:
    return f"max({compiler.process(element.clauses, **kw)})"


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

sources = Table(
    "sources",
    metadata,
    Column("source", String, primary_key=True),
    Column("on_remove", String, nullable=False),
    Column("removed_at", UtcTime),
)

source_state = Table(
    "source_state",
    metadata,
    Column("source", String, ForeignKey(sources.c.source), primary_key=True),
    # The queue. run_at is when the source is due, or when the lease on it ends: takeover needs no reaper.
    Column("host", String, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("run_at", UtcTime, nullable=False),
    Column("lease_token", BigInteger, nullable=False),
    Column("lease_expires", UtcTime),
    # SourceState, field by field.
    Column("next_poll_at", UtcTime, nullable=False),
    Column("next_reason", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("final_url", Text),
    Column("body_hash", LargeBinary),
    Column("parser_version", Integer, nullable=False),
    Column("code", String),
    Column("detail", Text),
    Column("status", Integer),
    Column("since", UtcTime),
    Column("failures", Integer, nullable=False),
    Column("last_poll", UtcTime),
    Column("last_success", UtcTime),
    Column("last_new", UtcTime),
    Column("requests", BigInteger, nullable=False),
    Column("not_modified", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("moved_to", Text),
    Column("moved_since", UtcTime),
    Column("moved_polls", Integer, nullable=False, server_default=text("0")),
    Column("status_since", UtcTime),
    Column("status_polls", Integer, nullable=False, server_default=text("0")),
    Column("refresh_at", UtcTime),
    Column("quarantine", Text),
    Column("quarantined_at", UtcTime),
    Column("upstream", LargeBinary, nullable=False, server_default=""),  # keys, 16 bytes each
    Column("habit", JSON, nullable=False, server_default="[]"),
    Column("posted", LargeBinary, nullable=False, server_default=""),  # days as ordinals, 3 bytes each
    Column("identity", String),
    Column("late", Boolean, nullable=False, server_default=text("FALSE")),
    Column("info", JSON, nullable=False),
    Column("road", String),
    Column("warnings", JSON, nullable=False),
    postgresql_with={"fillfactor": "70"},
)
Index(
    "ix_source_state_queue",
    source_state.c.host,
    source_state.c.run_at,
    sqlite_where=text("enabled = 1"),
    postgresql_where=text("enabled"),
)

hosts = Table(
    "hosts",
    metadata,
    Column("host", String, primary_key=True),
    Column("gap_ms", BigInteger, nullable=False),
    Column("free_at", UtcTime, nullable=False),  # the last start plus the gap
    Column("blocked_until", UtcTime, nullable=False),  # Retry-After holds for the whole host
    Column("next_at", UtcTime, nullable=False),  # the latest of both and its first source's run_at
)
Index("ix_hosts_next_at", hosts.c.next_at)

host_ledger = Table(
    "host_ledger",
    metadata,
    # HostLedger, field by field. Whoever was asked has a row: hosts that only redirects lead to are not in the queue.
    Column("host", String, primary_key=True),
    Column("since", UtcTime, nullable=False),
    Column("last", UtcTime, nullable=False),
    Column("requests", BigInteger, nullable=False),
    Column("redirects", BigInteger, nullable=False),
    Column("unconditional", BigInteger, nullable=False),
    Column("not_modified", BigInteger, nullable=False),
    Column("rate_limited", BigInteger, nullable=False),
    Column("early_polls", BigInteger, nullable=False),
    Column("ignored_waits", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("wait_from", UtcTime, nullable=False),  # when it last said Retry-After; what was under way ignores nothing
    Column("wait_until", UtcTime, nullable=False),
    postgresql_with={"fillfactor": "70"},
)

articles = Table(
    "articles",
    metadata,
    Column("key", Key, primary_key=True),
    Column("id", Text, nullable=False),
    Column("id_hash", LargeBinary(16), nullable=False),  # an id may be longer than an index entry of PostgreSQL
    Column("source", String, ForeignKey(sources.c.source), nullable=False),
    Column("raw_hash", LargeBinary, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("page_hash", BigInteger),
    Column("text_hash", BigInteger),
    Column("claim_hash", LargeBinary(16)),  # of the id its source gave it, where it is published under another
    Column("title", Text, nullable=False),
    Column("url", Text),
    Column("slug", String),  # of a local article: the end of the address of its page here
    Column("published", UtcTime),
    Column("updated", UtcTime),
    Column("first_seen", UtcTime, nullable=False),
    Column("sort_at", UtcTime, nullable=False),
    Column("not_before", UtcTime),
    Column("duplicate_of", Key),
    Column("left_out", Text),
    Column("held", Text),
    Column("past", LargeBinary),  # fingerprints, 16 bytes each
    Column("flips", Integer, nullable=False, server_default=text("0")),
    Column("hidden_at", UtcTime),
    Column("pinned_at", UtcTime),
    Column("deleted_by", String),
    Column("pruned_at", UtcTime),  # its text is gone; what it is known by stays
    Column("deleted_at", UtcTime),  # withdrawn; the row stays, so that key and id are never given out again
)
# Ascending: both databases read them backwards. Never page by an identity: they commit out of order.
Index(
    "ix_articles_newest",
    articles.c.sort_at,
    articles.c.key,
    sqlite_where=text("pruned_at IS NULL"),
    postgresql_where=text("pruned_at IS NULL"),
)
Index(
    "ix_articles_source",
    articles.c.source,
    articles.c.sort_at,
    articles.c.key,
    sqlite_where=text("pruned_at IS NULL"),
    postgresql_where=text("pruned_at IS NULL"),
)
Index(
    "ix_articles_slug",
    articles.c.sort_at,
    articles.c.key,
    sqlite_where=text("slug IS NOT NULL"),
    postgresql_where=text("slug IS NOT NULL"),
)
Index("uq_articles_id", articles.c.id_hash, unique=True)
Index("ix_articles_page", articles.c.page_hash)
Index(
    "ix_articles_text",
    articles.c.source,
    articles.c.text_hash,
    sqlite_where=text("text_hash IS NOT NULL"),
    postgresql_where=text("text_hash IS NOT NULL"),
)
Index(
    "ix_articles_claim",
    articles.c.claim_hash,
    sqlite_where=text("claim_hash IS NOT NULL"),
    postgresql_where=text("claim_hash IS NOT NULL"),
)
Index(
    "ix_articles_duplicate_of",
    articles.c.duplicate_of,
    sqlite_where=text("duplicate_of IS NOT NULL"),
    postgresql_where=text("duplicate_of IS NOT NULL"),
)
Index(
    "ix_articles_conflict",
    articles.c.source,
    sqlite_where=text("claim_hash IS NOT NULL AND duplicate_of IS NULL"),
    postgresql_where=text("claim_hash IS NOT NULL AND duplicate_of IS NULL"),
)
Index(
    "ix_articles_pinned_at",
    articles.c.pinned_at,
    sqlite_where=text("pinned_at IS NOT NULL"),
    postgresql_where=text("pinned_at IS NOT NULL"),
)
Index(
    "ix_articles_deleted_at",
    articles.c.deleted_at,
    sqlite_where=text("deleted_at IS NOT NULL"),
    postgresql_where=text("deleted_at IS NOT NULL"),
)
Index(
    "ix_articles_not_before",
    articles.c.not_before,
    sqlite_where=text("not_before IS NOT NULL"),
    postgresql_where=text("not_before IS NOT NULL"),
)
Index(
    "ix_articles_held",
    articles.c.source,
    sqlite_where=text("held IS NOT NULL"),
    postgresql_where=text("held IS NOT NULL"),
)
Index(
    "ix_articles_folded",
    articles.c.sort_at,
    articles.c.key,
    sqlite_where=text("held = 'folded'"),
    postgresql_where=text("held = 'folded'"),
)

article_bodies = Table(
    "article_bodies",
    metadata,
    Column("key", Key, ForeignKey(articles.c.key), primary_key=True),
    Column("summary", Text),
    Column("content_html", Text),
    Column("facts", JSON, nullable=False),  # see codec.py
)

versions = Table(
    "versions",
    metadata,
    Column("key", Key, ForeignKey(articles.c.key), primary_key=True),
    Column("at", UtcTime, primary_key=True),  # when this one was replaced by the next
    Column("note", Text, nullable=False),  # what the next one changed
    Column("title", Text, nullable=False),
    Column("updated", UtcTime),
    Column("summary", Text),
    Column("content_html", Text),
)

full_texts = Table(
    "full_texts",
    metadata,
    # What the pages of articles say, see full_texts.py.
    Column("key", Key, ForeignKey(articles.c.key), primary_key=True),
    Column("source", String, nullable=False),
    Column("url", Text, nullable=False),
    Column("due", UtcTime),  # when it is asked for; NULL: when its article is edited
    Column("waits", UtcTime),  # the article's not_before, where it waits for this
    Column("tries", Integer, nullable=False),
    Column("read_at", UtcTime),
    Column("final_url", Text),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("body_hash", LargeBinary),
    Column("recipe", String, nullable=False),  # how the text was found on it
    Column("why", Text),  # there is no text
    Column("content_html", Text),
    Column("facts", JSON, nullable=False),  # see codec.py
)
Index(
    "ix_full_texts_due",
    full_texts.c.due,
    sqlite_where=text("due IS NOT NULL"),
    postgresql_where=text("due IS NOT NULL"),
)
Index("ix_full_texts_source", full_texts.c.source)
Index("ix_full_texts_url", full_texts.c.url, postgresql_using="hash")  # a tree of PostgreSQL takes 2,700 bytes at most

page_hosts = Table(
    "page_hosts",
    metadata,
    # Hosts that are asked for pages, see page_hosts.py.
    Column("host", String, primary_key=True),
    Column("free_at", UtcTime, nullable=False),
    Column("blocked_until", UtcTime, nullable=False),
    Column("robots", LargeBinary),  # its robots.txt, compressed
    Column("robots_until", UtcTime, nullable=False),  # how long that holds; 1970: unknown
)

recordings = Table(
    "recordings",
    metadata,
    # The last answers of each source, see recordings.py.
    Column("n", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("source", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("size", Integer, nullable=False),  # bytes of head and body
    Column("head", JSON, nullable=False),
    Column("body", LargeBinary, nullable=False),  # compressed
)
Index("ix_recordings_source", recordings.c.source, recordings.c.n)
Index("ix_recordings_size", recordings.c.n, recordings.c.size)

rewritings = Table(
    "rewritings",
    metadata,
    # What is shown of articles in place of what their sources said, see rewritings.py.
    Column("key", Key, ForeignKey(articles.c.key), primary_key=True),
    Column("said", JSON(none_as_null=True)),  # see codec.py; NULL: it is shown as its source said it
    Column("content_html", Text),
    Column("markup", Text),  # what its content was cleaned from
    Column("base", Text),  # what the references in that are relative to
    Column("url_hash", LargeBinary(16)),  # of the address, where that is otherwise
)
Index("ix_rewritings_url_hash", rewritings.c.url_hash)

rule_counts = Table(
    "rule_counts",
    metadata,
    # How often each rule in force hit, see rule_hits.py.
    Column("owner", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("hash", LargeBinary(16), primary_key=True),  # of the text
    Column("text", Text, nullable=False),
    Column("matched", BigInteger, nullable=False),
    Column("last", UtcTime),
    Column("since", UtcTime, nullable=False),
)

vanished = Table(
    "vanished",
    metadata,
    Column("key", Key, ForeignKey(articles.c.key), primary_key=True),
    Column("since", UtcTime, nullable=False),
    Column("due", UtcTime, nullable=False),  # when its page is asked for
    Column("missing_at", UtcTime),  # when that was first found to be gone
)
Index("ix_vanished_due", vanished.c.due)

aliases = Table(
    "aliases",
    metadata,
    Column("alias", Key, primary_key=True),
    Column("key", Key, ForeignKey(articles.c.key), nullable=False),
)

story_queue = Table(
    "story_queue",
    metadata,
    Column("key", Key, primary_key=True),  # of an article whose place is to be decided
)

story_signatures = Table(
    "story_signatures",
    metadata,
    Column("key", Key, primary_key=True),
    Column("at", UtcTime, nullable=False),  # the article's sort_at
    Column("placed", UtcTime, nullable=False),  # when it was decided where it belongs
    Column("bands", LargeBinary, nullable=False),  # its keys in story_bands, 8 bytes each
    Column("facts", JSON, nullable=False),  # see stories.py
)
Index("ix_story_signatures_at", story_signatures.c.at)

story_bands = Table(
    "story_bands",
    metadata,
    Column("band", BigInteger, primary_key=True),
    Column("at", UtcTime, primary_key=True),
    Column("key", Key, primary_key=True),
    sqlite_with_rowid=False,  # its primary key is all of it
)

story_members = Table(
    "story_members",
    metadata,
    Column("key", Key, primary_key=True),
    Column("story", String, nullable=False),
    Column("publisher", Text, nullable=False),
    Column("joined", UtcTime, nullable=False),
    Column("why", Text),  # the evidence; none for its first
)
Index("ix_story_members_story", story_members.c.story)

output_entries = Table(
    "output_entries",
    metadata,
    # What each configured output has ever taken, see members.py.
    Column("output", String, primary_key=True),
    Column("key", Key, primary_key=True),
    Column("sort_at", UtcTime, nullable=False),  # the article's
    Column("archive", Integer),  # the archive document it is in; NULL for none yet
    Column("taken", Boolean, nullable=False),  # false only of what is in an archive, or in a digest
    Column("since", UtcTime),  # where its entries are digests: when it took the article, and could be read
    sqlite_with_rowid=False,
)
Index(
    "ix_output_entries_newest",
    output_entries.c.output,
    output_entries.c.sort_at,
    output_entries.c.key,
    sqlite_where=text("taken = 1"),
    postgresql_where=text("taken"),
)
Index(
    "ix_output_entries_open",
    output_entries.c.output,
    output_entries.c.sort_at,
    output_entries.c.key,
    sqlite_where=text("archive IS NULL"),
    postgresql_where=text("archive IS NULL"),
)

Index(
    "ix_output_entries_since",
    output_entries.c.output,
    output_entries.c.since,
    output_entries.c.key,
    sqlite_where=text("since IS NOT NULL"),
    postgresql_where=text("since IS NOT NULL"),
)

output_queue = Table(
    "output_queue",
    metadata,
    # What is to be decided for all outputs: triggers write here, see migrations/versions/r0014_members.py.
    Column("n", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("key", Key, nullable=False),
    Column("edited", Boolean, nullable=False),  # so that readers have to see it again
)

output_later = Table(
    "output_later",
    metadata,
    Column("key", Key, primary_key=True),
    Column("at", UtcTime, nullable=False),  # when some output's rule says something else of it, as of its age
)
Index("ix_output_later_at", output_later.c.at)

archive_documents = Table(
    "archive_documents",
    metadata,
    # ArchiveDocument, field by field.
    Column("output", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("entries", Integer, nullable=False),
)

archive_entries = Table(
    "archive_entries",
    metadata,
    Column("output", String, primary_key=True),
    Column("id_hash", LargeBinary(16), primary_key=True),  # of the entry; it may be no article's
    Column("number", Integer, primary_key=True),  # of the document that holds it
    Column("updated", UtcTime, nullable=False),  # as it says there
    sqlite_with_rowid=False,
)
Index("ix_archive_entries_number", archive_entries.c.output, archive_entries.c.number)

archive_queue = Table(
    "archive_queue",
    metadata,
    # What was taken back or comes again: triggers write here, see migrations/versions/r0018_archives.py.
    Column("n", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("key", Key),
    Column("source", String),
)

editions = Table(
    "editions",
    metadata,
    Column("path", String, primary_key=True),  # of a published document
    Column("versions", LargeBinary, nullable=False),  # see aggregator/model/editions.py
    Column("parts", LargeBinary, nullable=False),
)

article_terms = Table(
    "article_terms",
    metadata,
    # What articles with a text are found by besides their source, see terms.py.
    Column("term", Text, primary_key=True),
    Column("sort_at", UtcTime, primary_key=True),
    Column("key", Key, primary_key=True),
    sqlite_with_rowid=False,  # its primary key is all of it
)

unsaved = Table(
    "unsaved",
    metadata,
    # What the memory file does not say yet, in no order: triggers write here, see migrations/versions/r0008_kept.py.
    Column("n", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("key", Key),  # of an article, or an alias
    Column("source", String),
)

health_changes = Table(
    "health_changes",
    metadata,
    # HealthChange, see health_changes.py. Numbers are never given out again: receivers of alerts know theirs.
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("kind", String, nullable=False),
    Column("subject", Text, nullable=False),
    Column("was", String, nullable=False),
    Column("became", String, nullable=False),
    Column("about", String, nullable=False),
    Column("alert", String),
    Column("facts", JSON, nullable=False),
    sqlite_autoincrement=True,
)

health_standings = Table(
    "health_standings",
    metadata,
    # What is not well, or was not lately.
    Column("kind", String, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("facts", JSON, nullable=False),
)

alert_receivers = Table(
    "alert_receivers",
    metadata,
    # Reached, field by field.
    Column("receiver", String, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("told_at", UtcTime),
    Column("failures", Integer, nullable=False),
    Column("failing_since", UtcTime),
    Column("next_try", UtcTime),
    Column("problem", Text),
    Column("published", LargeBinary),
)

hub_intents = Table(
    "hub_intents",
    metadata,
    # Callbacks that are to be asked or told, see subscriptions.py. Intent, field by field.
    Column("key", Key, primary_key=True),
    Column("mode", String, nullable=False),
    Column("topic", Text, nullable=False),
    Column("callback", Text, nullable=False),
    Column("host", String, nullable=False),
    Column("lease", Integer, nullable=False),  # seconds
    Column("secret", LargeBinary),
    Column("version", Key, nullable=False),
    Column("at", UtcTime, nullable=False),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("key", Key, primary_key=True),  # of topic and callback
    Column("topic", Text, nullable=False),
    Column("callback", Text, nullable=False),
    Column("host", String, nullable=False),
    Column("secret", LargeBinary),
    Column("until", UtcTime, nullable=False),  # the end of its lease
    Column("delivered", Key, nullable=False),  # the version that the subscriber has
    Column("failed", Key),  # the one that could not be delivered
    Column("failures", Integer, nullable=False),  # one after the other
    Column("next_try", UtcTime, nullable=False),
)
Index("ix_subscriptions_topic", subscriptions.c.topic)

poll_log = Table(
    "poll_log",
    metadata,
    Column("n", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("source", String, nullable=False),
    Column("code", String),
    Column("detail", Text),
    Column("status", Integer),
    Column("new", Integer, nullable=False),
    Column("updated", Integer, nullable=False),
    Column("withdrawn", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("ms", Integer),
    Column("decoded", BigInteger),
    Column("final_url", Text),
)
Index("ix_poll_log_at", poll_log.c.at)
Index("ix_poll_log_source", poll_log.c.source, poll_log.c.at)

feed_lists = Table(
    "feed_lists",
    metadata,
    Column("source", String, primary_key=True),
    Column("location", Text, nullable=False),
    Column("members", Text, nullable=False),  # JSON: address, title and tags of each
    Column("held", Text),  # the same, while it waits for the operator
    Column("version", Integer, nullable=False),  # of the members
)

settings = Table(
    "settings",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
