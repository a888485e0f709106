"""What an answer's status means: 200 is a document, everything else is not (pure)."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from aggregator.fetch.problem import Problem
from aggregator.model import Code

if TYPE_CHECKING:
    from aggregator.model import Freshness

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})
SAME_METHOD = frozenset({307, 308})
"""Redirects that repeat a POST (RFC 9110 section 15.4)."""


def refusal(status: int, freshness: Freshness) -> Problem:
    """Gives how an answer that is no document ends the look; ``freshness`` carries its Retry-After.

    204, 206, 226, 304 to an unconditional request, a redirect that leads nowhere, LinkedIn's 999: unexpected. 410 is a
    client error here; when it means gone is a policy over several polls.
    """
    said = describe(status)
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
