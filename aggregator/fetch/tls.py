"""TLS on a source's own terms: whom it trusts. One context for each distinct set of terms, made once."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.fetch.problem import Problem
from aggregator.model import Code

if TYPE_CHECKING:
    from pathlib import Path

ALPN = ["http/1.1"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the configuration says of TLS with one origin; nothing of it: the usual."""

    ca: Path | None = None


class Contexts:
    """The contexts in use. Files are read once: a changed file counts from the next load of the configuration."""

    def __init__(self, usual: ssl.SSLContext) -> None:
        self._made = {Terms(): usual}

    def on(self, terms: Terms) -> ssl.SSLContext:
        """Gives the context for these terms. Raises Problem ``tls`` where a file can no longer be used."""
        if terms not in self._made:
            try:
                self._made[terms] = _made(terms)
            except OSError as error:  # ssl.SSLError is one
                reason = error.strerror or "not in PEM"
                raise Problem(Code.TLS, f"the source's ca cannot be used: {reason}") from error
        return self._made[terms]


def _made(terms: Terms) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=terms.ca)
    context.set_alpn_protocols(ALPN)
    return context
