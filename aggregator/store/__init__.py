"""The memory: one :class:`Store` over SQLite and PostgreSQL.

``store.py`` is the face. Behind it: ``claims`` (whose turn it is), ``sync`` (configuration to tables), ``articles``
(what is known), ``held`` (what waits for the operator), ``operated`` (what he does to single articles), ``withdrawn``
(what was taken back), ``stories`` (which articles tell the same), ``members`` (what each output has), ``archives``
(what is in which archive document), ``trace`` (all of one article), ``subscriptions`` (who is told of it), ``log``
(polls worth a line), ``ledger`` (what hosts were asked), ``check`` (is it sound), each a few functions on an open
transaction; ``opening``, ``lock``, ``database`` and ``migrations`` (how one gets there); ``schema`` and ``codec``
(values to rows); ``dump`` and ``restoring`` (all of it as text, and back).
"""

from aggregator.store.archives import NO_ARCHIVE, Open, TakenBack, Written
from aggregator.store.copying import copy, readdress
from aggregator.store.dump import Dump
from aggregator.store.log import PollRecord
from aggregator.store.looking import Looked, look
from aggregator.store.members import Undecided
from aggregator.store.operated import Hand
from aggregator.store.recordings import MOST_BYTES as MOST_RECORDED
from aggregator.store.recordings import Packed, packed
from aggregator.store.restoring import Replacing
from aggregator.store.store import Store
from aggregator.store.stories import Decide, Signed
from aggregator.store.subscriptions import Subscriptions
from aggregator.store.sync import SyncResult
from aggregator.store.trace import Trace
from aggregator.store.trial import on_trial

__all__ = [
    "MOST_RECORDED",
    "NO_ARCHIVE",
    "Decide",
    "Dump",
    "Hand",
    "Looked",
    "Open",
    "Packed",
    "PollRecord",
    "Replacing",
    "Signed",
    "Store",
    "Subscriptions",
    "SyncResult",
    "TakenBack",
    "Trace",
    "Undecided",
    "Written",
    "copy",
    "look",
    "on_trial",
    "packed",
    "readdress",
]
