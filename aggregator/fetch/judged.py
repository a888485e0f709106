"""What the last answer of a look comes to: the same for one that has just come and for one that was recorded (pure)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from aggregator.fetch import conditional, links, status
from aggregator.fetch.freshness import freshness
from aggregator.fetch.problem import Problem
from aggregator.model import Code, Document, Failed, Fetched, NotModified

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model import Exchange, Outcome, Source, SourceState


def judged(said: Exchange, state: SourceState | None, now: datetime) -> Fetched | NotModified:
    """What an answer comes to, where ``state`` is what may be compared with. Raises Problem where it is no document."""
    fields: dict[str, list[str]] = {}
    for name, value in said.headers:
        fields.setdefault(name, []).append(value)
    fresh = freshness(said.status, fields, now)
    given = conditional.given(fields)
    sent = conditional.to_send(state, said.url)
    if said.status == 304 and sent:
        return NotModified(
            validators=conditional.merged(sent, given),
            final_url=said.url,
            redirected=said.redirected,
            moved_to=said.moved_to,
            freshness=fresh,
            status=304,
            wire_bytes=said.wire_bytes,
            exchange=said,
        )
    if said.status != 200:
        raise status.refusal(said.status, fresh, fields)
    if not said.body.strip():
        raise Problem(Code.EMPTY, "200 with an empty body", status=200)
    digest = hashlib.sha256(said.body).digest()
    if state is not None and state.body_hash == digest and state.final_url == said.url:
        return NotModified(
            validators=given,
            final_url=said.url,
            redirected=said.redirected,
            moved_to=said.moved_to,
            freshness=fresh,
            status=200,
            wire_bytes=said.wire_bytes,
            reason="the same bytes as last time",
            exchange=said,
        )
    media_type = next(iter(fields.get("content-type", ())), None)
    return Fetched(
        documents=(Document(body=said.body, url=said.url, media_type=media_type),),
        validators=given,
        final_url=said.url,
        redirected=said.redirected,
        moved_to=said.moved_to,
        body_hash=digest,
        freshness=fresh,
        hubs=links.hubs(fields.get("link", ()), said.url),
        feeds=links.feeds(fields.get("link", ()), said.url),
        status=200,
        wire_bytes=said.wire_bytes,
        exchange=said,
    )


def again(said: Exchange, source: Source, state: SourceState, now: datetime) -> Outcome:
    """What a look would have come to at this answer, recorded earlier."""
    try:
        return judged(said, conditional.usable(source, state), now)
    except Problem as problem:
        return Failed(
            code=problem.code,
            detail=problem.detail,
            status=problem.status,
            final_url=said.url,
            freshness=problem.freshness,
            wire_bytes=said.wire_bytes,
        )
