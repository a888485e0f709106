"""What every test may ask for."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real material (``AGGREGATOR_CORPUS``, else ``../shared``); skips where it is absent."""
    folder = Path(os.environ.get("AGGREGATOR_CORPUS") or PROJECT.parent / "shared")
    if not (folder / "corpus" / "feeds" / "index.json").is_file():
        pytest.skip(f"no corpus at {folder}: set AGGREGATOR_CORPUS to the folder that holds corpus/feeds/index.json")
    return folder


@pytest.fixture(scope="session")
def corpus(shared: Path) -> list[dict[str, str]]:
    """The real feeds: one ``{"file", "url", "path"}`` each."""
    folder = shared / "corpus" / "feeds"
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    return [{"file": each["file"], "url": each["url"], "path": str(folder / each["file"])} for each in index]
