"""How far a request has come over its hops, what it cost, and how it ends where it cannot go on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from aggregator.fetch.limits import Meter, seconds
from aggregator.fetch.problem import Problem, one_line
from aggregator.model import Asked, Code, Exchange, Failed

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence
    from datetime import datetime

    from aggregator.fetch.address import Address

T = TypeVar("T")

UNTOLD = frozenset({"set-cookie", "set-cookie2", "authorization", "proxy-authenticate", "www-authenticate"})
"""Header fields of answers that are written down nowhere."""


@dataclass(slots=True)
class Leg:
    """One request on the way; ``began`` is the event loop's clock, ``received`` what the meter showed."""

    host: str
    began: float
    received: int
    conditional: bool
    status: int | None = None


@dataclass(slots=True)
class Trail:
    """How far one look has come: for the words of a failure, and for the account of what was asked of whom."""

    at: Address | None = None
    hops: list[str] = field(default_factory=list)
    redirected: bool = False
    permanent: bool = True
    meter: Meter = field(default_factory=Meter)
    legs: list[Leg] = field(default_factory=list)
    head: tuple[int, Mapping[str, Sequence[str]]] | None = None
    """Status and header fields of the last answer of the chain, once it is there."""

    def ask(self, host: str, *, conditional: bool) -> Leg:
        """Begins the next request."""
        clock = asyncio.get_running_loop().time()
        leg = Leg(host=host, began=clock, received=self.meter.received, conditional=conditional)
        self.legs.append(leg)
        return leg

    def asked(self, now: datetime) -> tuple[Asked, ...]:
        """Every request that was sent, for a look that began at ``now`` and is over. One for which there was no
        connection bothered nobody, and is always the last."""
        clock = asyncio.get_running_loop().time()
        over = Leg(host="", began=clock, received=self.meter.received, conditional=False)
        return tuple(
            Asked(
                host=leg.host,
                at=now + timedelta(seconds=leg.began - self.legs[0].began),
                took=timedelta(seconds=end.began - leg.began),
                conditional=leg.conditional,
                status=leg.status,
                wire_bytes=end.received - leg.received,
            )
            for leg, end in zip(self.legs[: self.meter.sent], [*self.legs[1:], over], strict=False)
        )

    def said(self, body: bytes) -> Exchange:
        """The last answer, of which a head has come."""
        assert self.head is not None  # noqa: S101 - see above
        status, fields = self.head
        return Exchange(
            status=status,
            url=self.hops[-1],
            headers=tuple((name, each) for name, values in fields.items() if name not in UNTOLD for each in values),
            body=body,
            redirected=self.redirected,
            moved_to=self.moved_to,
            wire_bytes=self.meter.received,
        )

    @property
    def moved_to(self) -> str | None:
        """Where it ended, if there were redirects and each was permanent."""
        return self.hops[-1] if self.redirected and self.permanent else None


async def ended(work: Coroutine[object, object, T], wait: timedelta, trail: Trail) -> T | Failed:
    """Does the work within ``wait``. Gives what it gives, or how it failed: a stranger cannot make it raise."""
    try:
        try:
            async with asyncio.timeout(wait.total_seconds()) as clock:
                return await work
        except TimeoutError as error:
            if not clock.expired():
                raise
            if trail.meter.received:
                raise Problem(Code.TOO_SLOW, f"{trail.meter.received:,} bytes in {seconds(wait)}") from error
            raise Problem(Code.TIMEOUT, f"no answer within {seconds(wait)}") from error
    except Problem as problem:
        return Failed(
            code=problem.code,
            detail=one_line(f"after a redirect: {problem.detail}") if trail.redirected else problem.detail,
            status=problem.status,
            final_url=None if trail.at is None else str(trail.at),
            freshness=problem.freshness,
            wire_bytes=trail.meter.received,
        )
