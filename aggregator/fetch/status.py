"""What an answer's status means: 200 is a document, everything else is not (pure)."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING

from aggregator.fetch.problem import Problem
from aggregator.model import Code

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aggregator.model import Freshness

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})
REFUSALS = frozenset({401, 403, 405, 429, 503})
"""With these, what stands before a site turns away whom it takes for a machine."""
SAME_METHOD = frozenset({307, 308})
"""Redirects that repeat a POST (RFC 9110 section 15.4)."""


_WALLS = (
    ("cf-mitigated", "", "Cloudflare's bot check"),
    ("x-datadome", "", "DataDome's bot check"),
    ("x-amzn-waf-action", "", "AWS's bot check"),
    ("x-vercel-mitigated", "", "Vercel's bot check"),
    ("x-sucuri-block", "", "Sucuri's firewall"),
    ("server", "ddos-guard", "DDoS-Guard"),
    ("server", "akamaighost", "Akamai"),
    ("server", "cloudflare", "Cloudflare"),
)
"""Header fields, what they begin with, and who answers so in a site's place. The first ones only where it refuses."""


def wall(fields: Mapping[str, Sequence[str]]) -> str | None:
    """Whose bot check, firewall or network refused, in words; ``None`` where the answer does not tell (feature row
    B15: do not say "not a feed" of Cloudflare)."""
    return next(
        (
            who
            for name, start, who in _WALLS
            if any(value.strip().lower().startswith(start) for value in fields.get(name, ()))
        ),
        None,
    )


def refusal(status: int, freshness: Freshness, fields: Mapping[str, Sequence[str]] = MappingProxyType({})) -> Problem:
    """Gives how an answer that is no document ends the look; ``freshness`` carries its Retry-After, ``fields`` who it
    is that refuses.

    204, 206, 226, 304 to an unconditional request, a redirect that leads nowhere, LinkedIn's 999: unexpected. 410 is a
    client error here; when it means gone is a policy over several polls.
    """
    said = describe(status)
    if status in REFUSALS and (who := wall(fields)) is not None:
        said += f" from {who}"
    if freshness.retry_after is not None:
        said += f", Retry-After {freshness.retry_after // timedelta(seconds=1)} s"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        code = Code.RATE_LIMITED
    elif 400 <= status < 500:
        code = Code.HTTP_4XX
    elif 500 <= status < 600:
        code = Code.HTTP_5XX
    else:
        code = Code.UNEXPECTED_STATUS
    return Problem(code, said, status=status, freshness=freshness)


def describe(status: int) -> str:
    """Gives the status with its registered phrase; the one an answer carries is a stranger's text."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} (no registered status)"
