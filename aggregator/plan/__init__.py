"""What to write down about one poll. Pure: decided here, obeyed by the store.

``plan`` is given what the source said (the outcome, its entries, the articles made of the new and changed ones) and
what was known before, and gives back one ``PollPlan``. The rules that subscribers feel are all here:

* an article's ``id``, ``first_seen`` and ``sort_at`` are decided at first sight and never again;
* its ``published`` is the first date that was accepted;
* ``updated`` moves only when the meaning changed, and never backwards; what changed besides (a link target, a tag, a
  picture) is taken all the same, under the old date;
* only a source whose documents are complete (a folder) and could all be read withdraws an article by no longer naming
  it, and a file that was renamed is the same article;
* an id that another source's article already holds is not taken from it (RFC 4287 8.4);
* what is new in a feed that has nothing in common with what it was is held until the operator releases it.
"""

from __future__ import annotations

from aggregator.plan.poll import plan

__all__ = ("plan",)
