"""Run by the crash tests: makes recorders, processes that record polls as fast as they can until they are killed.

For each line on standard input one child is forked (imports are paid once) and its process id is printed as soon as
its store is open, then ``recorded`` after each poll. Poll ``n`` of a source brings FEW new articles and the validator
``n``, all in one plan.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from aggregator.model import Article, Code, PollPlan, Source, Validators
from aggregator.store import Store

FEW = 7
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def article(source: str, poll: int, number: int) -> Article:
    name = f"{source}/{poll}/{number}"
    digest = sha256(name.encode()).digest()
    return Article(
        key=digest.hex()[:32],
        id=f"tag:example.org,2026:{name}",
        source=source,
        raw_hash=digest,
        fingerprint=digest,
        title=name,
        content_html=f"<p>{name}</p>" * 200,
        first_seen=NOW,
        sort_at=NOW,
    )


def record_for_ever(url: str) -> None:
    store = Store.open(url)
    sources = [Source(id=name, url=f"https://{name}.example/") for name in ("a", "b", "c")]
    store.sync(sources, NOW, lambda source: NOW, lambda host: timedelta(0))
    print(os.getpid(), flush=True)
    now = NOW
    while True:
        now += timedelta(hours=1)
        for claim in store.queue.claim(now, 3, timedelta(minutes=1)):
            poll = int(claim.state.validators.etag or 0) + 1
            new = tuple(article(claim.source, poll, number) for number in range(FEW))
            gone = (article(claim.source, poll - 1, 0).key,) if poll > 1 else ()
            state = replace(
                claim.state,
                validators=Validators(etag=str(poll)),
                requests=poll,
                code=Code.OK,
                next_poll_at=now + timedelta(minutes=1),
            )
            store.polls.record(PollPlan(source=claim.source, state=state, new=new, withdrawn=gone), claim, now)
            print("recorded", flush=True)


if __name__ == "__main__":
    for _ in sys.stdin:
        if (child := os.fork()) == 0:
            record_for_ever(sys.argv[1])
        os.waitpid(child, 0)
