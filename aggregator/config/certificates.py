"""Files of certificates: whether TLS can use them. Each raises ValueError with the advice."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from aggregator.config.paths import absolute
from aggregator.config.units import shown

if TYPE_CHECKING:
    from pathlib import Path


def existing(text: str, base: Path) -> Path:
    """The file ``text`` names; a pipe would wait for its writer for ever, so it must be a regular one."""
    path = absolute(text, base)
    try:
        if path.is_file():
            return path
        problem = "is not a regular file" if path.exists() else "does not exist"
    except OSError as error:
        problem = f"cannot be looked at ({error.strerror})"
    raise ValueError(f"the file {shown(text)} {problem}; create it, or correct its path (relative to this file)")


def authorities(text: str, base: Path) -> Path:
    """The file of trusted certificates ``text`` names."""
    path = existing(text, base)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        raise ValueError(
            f"the file {shown(text)} holds no certificate TLS can read; give certificates in PEM, each between "
            "-----BEGIN CERTIFICATE----- and -----END CERTIFICATE-----"
        ) from None
    except OSError as error:
        raise ValueError(f"the file {shown(text)} cannot be read ({error.strerror}); check its permissions") from None
    return path


def check_identity(cert: Path, key: Path | None, password: str | None) -> None:
    """Whether these files show who we are: a certificate, and its private key in a file of its own or in the same."""
    try:
        # Without a password of ours OpenSSL would ask for one at the terminal, and wait.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(cert, key, password=lambda: password or "")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise ValueError(
                "the private key is not that of the certificate; give the two that belong together"
            ) from None
        files = " and ".join(shown(each.name) for each in (cert, key) if each is not None)
        raise ValueError(
            f"no certificate with its private key, in PEM, in {files}; "
            "name the key's own file with key, and give an encrypted key its password"
        ) from None
    except OSError as error:
        raise ValueError(f"a file cannot be read ({error.strerror}); check the permissions of cert and key") from None
