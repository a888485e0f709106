"""WebSub (W3C Recommendation, 23 January 2018): what a hub decides. Pure.

::

    requests     what a subscriber asks for, or why not
    callbacks    a callback with parameters appended; what tells two subscriptions apart
    signature    the proof that a delivery is ours
    retries      when to try again, and when not any more
    limits       how often somebody may ask for something

What a hub does is in :mod:`aggregator.hub.hub`, what it remembers in :mod:`aggregator.store.subscriptions`.
"""

from aggregator.websub.callbacks import key_of, plain, with_parameters
from aggregator.websub.limits import Limit
from aggregator.websub.requests import MOST_BYTES, Refusal, Request, read
from aggregator.websub.retries import LIMIT, PAUSE, next_try
from aggregator.websub.signature import signature

__all__ = [
    "LIMIT", "MOST_BYTES", "PAUSE", "Limit", "Refusal", "Request", "key_of", "next_try", "plain", "read", "signature",
    "with_parameters",
]  # fmt: skip
