"""What to write down about one poll. Pure: decided here, obeyed by the store.

``plan`` is given what the source said (the outcome, its entries, the articles made of the new and changed ones) and
what was known before, and gives back one ``PollPlan``. The rules that subscribers feel are all here:

* an entry whose id is new is the old article where its page, title, date or words say so, and no other's do;
* an article's ``id``, ``first_seen`` and ``sort_at`` are decided at first sight and never again;
* its ``published`` is the first date that was accepted;
* ``updated`` moves only when the meaning changed, and never backwards; what changed besides (a link target, a tag, a
  picture) is taken all the same, under the old date;
* only a source whose documents are complete (a folder) and could all be read withdraws an article by no longer naming
  it, and a file that was renamed is the same article;
* what the source says it deleted is withdrawn, and does not come back by being there; what the operator retracted
  never does;
* an id belongs to the source whose host it names, else to whoever used it first (RFC 4287 8.4);
* of an article that several sources have one is shown, and a copy waits for its original;
* what is new in a feed that has nothing in common with what it was is held until the operator releases it.
"""

from __future__ import annotations

from aggregator.plan.copies import Others
from aggregator.plan.evidence import is_doubtful
from aggregator.plan.pages import with_pages
from aggregator.plan.poll import plan
from aggregator.plan.retractions import keys_of, standing

__all__ = ("Others", "is_doubtful", "keys_of", "plan", "standing", "with_pages")
