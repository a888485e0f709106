"""Which articles tell of the same event, decided for what is new before it is published.

What an article is told by is worked out beside the event loop; the place of each is decided in the store's thread, one
after the other, so that of two that come at once the second finds the first.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

from aggregator.store import Signed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from aggregator.model import Article, Candidate, Placed, Signature
    from aggregator.store import Store
    from aggregator.wiring import App

AT_ONCE = 100
"""Articles whose places are decided in one transaction (0.3 s): polls write theirs in between."""
COMMON = 50
"""A term that so many articles of some days have is as common as can be; with ten it is so to 0.6."""


async def tell(app: App) -> None:
    """Decide where everything belongs that is new or says something else, if any output asks for stories."""
    now = app.now()
    wanted = any(each.stories != "off" for each in app.config.outputs)
    await app.db(app.store.stories.follow, now, wanted=wanted)
    while wanted and (articles := await app.db(app.store.stories.undecided, AT_ONCE, now)):
        signed = await app.reading.here(sign, articles)
        await app.db(app.store.stories.place, signed, placed, now)


def sign(articles: Sequence[Article]) -> list[Signed]:
    """What they are told by, and found by."""
    from aggregator.stories import bands, signature  # 20 ms of words and names, for those who want stories

    signatures = [(each, signature(each)) for each in articles]
    return [Signed(article, own, bands(own)) for article, own in signatures]


def placed(
    own: Signature,
    candidates: Sequence[Candidate],
    publishers: Mapping[str, Collection[str]],
    found: Mapping[int, int],
) -> Placed:
    """See :class:`aggregator.store.Decide`."""
    from aggregator.stories import decide, term_band

    counts = {term: found.get(term_band(term), 0) for term in (*own.title, *own.lead)} if candidates else {}
    common = {term: log(count) / log(COMMON) for term, count in counts.items() if count > 1}
    return decide(own, candidates, publishers, common)


def discover(store: Store, article: Article, limit: int = 5) -> tuple[Article, ...]:
    """Articles of the last two weeks that are most like this one, best first, whoever published them."""
    from aggregator.stories import related

    (signed,) = sign([article])
    keys = related(signed.signature, store.stories.nearby(signed), 2 * limit)
    found = [each for key in keys if (each := store.articles.find(key)) is not None]
    shown = [each for each in found if not (each.deleted_at or each.hidden_at or each.left_out or each.held)]
    return tuple(shown[:limit])
