"""Why a receiver was not told."""

from __future__ import annotations


class NotTold(Exception):
    """A message did not arrive, as far as is known; the text says why, in words for the operator."""
