"""How credentials are written."""

from __future__ import annotations

import base64


def basic(user: str, password: str) -> str:
    """Gives the credentials of basic authentication (RFC 7617) as a header carries them."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
