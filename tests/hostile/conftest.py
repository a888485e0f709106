"""Where the tables are found, and a record of every connection the process tries to make."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from connections import recorded

sys.path.append(str(Path(__file__).parent))


@pytest.fixture
def connects() -> Iterator[list[Any]]:
    """Every address a socket of this process was told to connect to."""
    with recorded() as made:
        yield made
