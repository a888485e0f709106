"""Articles that tell of the same event. Pure.

:func:`signature` is what an article is told by, :func:`bands` the keys under which the store finds the few others that
may tell the same, :func:`match` whether two do, and :func:`decide` what follows for a new article. Why it is done so,
and how well it does: docs/decisions/0009-stories.md.
"""

from aggregator.stories.decide import decide, related
from aggregator.stories.match import WINDOW, Match, match
from aggregator.stories.signature import bands, signature, term_band

__all__ = ["WINDOW", "Match", "bands", "decide", "match", "related", "signature", "term_band"]
