"""Why a receiver was not told."""

from __future__ import annotations


class NotTold(Exception):
    """A message did not arrive, as far as is known; the text says why, in words for the operator."""


class PartlyTold(NotTold):
    """Some of those it was for have it: it is not sent again, for they would get it again each time."""
