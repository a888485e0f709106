"""The values that travel through the program. Standard library only.

Three words for three lives, and no type serves two::

    ParsedFeed, ParsedEntry          what they said: everything optional, as claimed
    Article                          what we hold: keyed, dated, cleaned
    PublishedFeed, PublishedEntry    what we say

One poll, as values::

    Source, SourceState -> Fetched | NotModified | Failed -> ParsedFeed -> Article... -> PollPlan

All are frozen, slotted and keyword-only. Datetimes are aware UTC or the constructor refuses. Collections are
tuples. Unknown is ``None``, never ``""``.
"""

from __future__ import annotations

from aggregator.model.configured import (
    Allowed,
    Automatic,
    ClientCertificate,
    Duplicates,
    Future,
    Group,
    Identity,
    OnRemove,
    Output,
    Polling,
    Proxy,
    Site,
    Source,
    WebSub,
)
from aggregator.model.editions import Editions, version_of
from aggregator.model.fetched import (
    Answer,
    Asked,
    Code,
    Document,
    Failed,
    Fetched,
    Freshness,
    NotModified,
    Outcome,
    Picture,
    Validators,
)
from aggregator.model.held import (
    ABSENT,
    ABSORBED,
    DENIED,
    DROPPED,
    EARLIER,
    FLOOD,
    FOLDED,
    OPERATOR,
    PUBLISHER,
    Article,
    Known,
    KnownArticle,
    Retention,
    Version,
    Waiting,
)
from aggregator.model.kept import Kept, KeptAlias, KeptSource
from aggregator.model.listed import FeedList, Listed
from aggregator.model.parsed import ParsedEntry, ParsedFeed
from aggregator.model.published import ArchiveDocument, PublishedEntry, PublishedFeed, Rendered
from aggregator.model.shared import (
    Category,
    Chapter,
    Credit,
    Enclosure,
    Episode,
    FeedInfo,
    Link,
    Person,
    Place,
    Rating,
    Reference,
    Replies,
    Text,
    Tombstone,
    Wishes,
)
from aggregator.model.state import HELD, Claim, HostLedger, PollPlan, SourceState, Vanished
from aggregator.model.stories import Candidate, Member, Placed, Signature, Story
from aggregator.model.websub import Delivered, Intent, Subscribed, Subscription

__all__ = (
    "ABSENT",
    "ABSORBED",
    "DENIED",
    "DROPPED",
    "EARLIER",
    "FLOOD",
    "FOLDED",
    "HELD",
    "OPERATOR",
    "PUBLISHER",
    "Allowed",
    "Answer",
    "ArchiveDocument",
    "Article",
    "Asked",
    "Automatic",
    "Candidate",
    "Category",
    "Chapter",
    "Claim",
    "ClientCertificate",
    "Code",
    "Credit",
    "Delivered",
    "Document",
    "Duplicates",
    "Editions",
    "Enclosure",
    "Episode",
    "Failed",
    "FeedInfo",
    "FeedList",
    "Fetched",
    "Freshness",
    "Future",
    "Group",
    "HostLedger",
    "Identity",
    "Intent",
    "Kept",
    "KeptAlias",
    "KeptSource",
    "Known",
    "KnownArticle",
    "Link",
    "Listed",
    "Member",
    "NotModified",
    "OnRemove",
    "Outcome",
    "Output",
    "ParsedEntry",
    "ParsedFeed",
    "Person",
    "Picture",
    "Place",
    "Placed",
    "PollPlan",
    "Polling",
    "Proxy",
    "PublishedEntry",
    "PublishedFeed",
    "Rating",
    "Reference",
    "Rendered",
    "Replies",
    "Retention",
    "Signature",
    "Site",
    "Source",
    "SourceState",
    "Story",
    "Subscribed",
    "Subscription",
    "Text",
    "Tombstone",
    "Validators",
    "Vanished",
    "Version",
    "Waiting",
    "WebSub",
    "Wishes",
    "version_of",
)
