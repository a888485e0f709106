"""TLS on a source's own terms: whom it trusts and who it says we are.

One context for each distinct set of terms, made once.
"""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.fetch.problem import Problem
from aggregator.model import Code

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aggregator.model import ClientCertificate


def alpn(*, http2: bool) -> list[str]:
    """Gives the protocols to offer a server (RFC 7301), the preferred one first."""
    return ["h2", "http/1.1"] if http2 else ["http/1.1"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the configuration says of TLS with one origin; nothing of it: the usual."""

    ca: Path | None = None
    client_cert: ClientCertificate | None = None
    http2: bool = False
    """Whether HTTP/2 is offered."""


class Contexts:
    """The contexts in use. Files are read once: a changed file counts from the next load of the configuration."""

    def __init__(self, usual: ssl.SSLContext) -> None:
        self._usual = usual
        self._made = {Terms(): usual}

    def on(self, terms: Terms) -> ssl.SSLContext:
        """Gives the context for these terms. Raises Problem ``tls`` where a file can no longer be used."""
        if terms not in self._made:
            self._made[terms] = self._new(terms)
        return self._made[terms]

    def _new(self, terms: Terms) -> ssl.SSLContext:
        with _usable("ca"):
            usual = None if terms.ca else b"".join(self._usual.get_ca_certs(binary_form=True))
            context = ssl.create_default_context(cafile=terms.ca, cadata=usual)
        if terms.client_cert is not None:
            password = terms.client_cert.password or ""
            with _usable("client_cert"):
                # Without a password of ours OpenSSL would ask for one at the terminal, and wait.
                context.load_cert_chain(terms.client_cert.cert, terms.client_cert.key, password=lambda: password)
        context.set_alpn_protocols(alpn(http2=terms.http2))
        return context


@contextmanager
def _usable(key: str) -> Iterator[None]:
    try:
        yield
    except ssl.SSLError as error:
        raise Problem(Code.TLS, f"the source's {key} cannot be used: {error.reason or 'not in PEM'}") from error
    except OSError as error:
        raise Problem(Code.TLS, f"the source's {key} cannot be used: {error.strerror}") from error
