"""The proof that a delivery comes from whom the subscriber told its secret (WebSub 7.1)."""

from __future__ import annotations

import hmac

ALGORITHM = "sha256"
"""WebSub 8.3: SHA-256 at least. A request has no way to choose another, and SHA-1 is what that section warns of."""


def signature(secret: str, body: bytes) -> str:
    """The value of ``X-Hub-Signature``."""
    return f"{ALGORITHM}={hmac.new(secret.encode(), body, ALGORITHM).hexdigest()}"
