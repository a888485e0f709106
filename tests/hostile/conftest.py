"""Where the tables are found, certificates for a run, and a record of every connection the process tries to make."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from connections import recorded

sys.path.append(str(Path(__file__).parent))

from hostile_certificates import make


@pytest.fixture
def connects() -> Iterator[list[Any]]:
    """Every address a socket of this process was told to connect to."""
    with recorded() as made:
        yield made


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the certificates that the servers show, and of ``good.pem``, which is trusted."""
    folder = tmp_path_factory.mktemp("certificates")
    make(folder)
    return folder
