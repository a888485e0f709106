"""What every test may ask for."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def _log_of_its_own() -> Iterator[None]:
    """A command that a test ran in this process logs to a stream that is closed by the time of the next test."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real material: ``corpus/``, ``seeds/``, ``traces/``, ``atom.rng``; skips where it is absent.

    ``AGGREGATOR_CORPUS`` names it, or the ``corpus`` folder inside it; without the variable it is looked for
    beside the project as ``../shared``.
    """
    named = Path(os.environ.get("AGGREGATOR_CORPUS") or PROJECT.parent / "shared").resolve()
    for folder in (named, named.parent):
        if (folder / "corpus" / "feeds" / "index.json").is_file():
            return folder
    pytest.skip(f"no corpus at {named}: set AGGREGATOR_CORPUS to the folder that holds feeds/index.json")


@pytest.fixture(scope="session")
def corpus(shared: Path) -> list[dict[str, str]]:
    """The real feeds: one ``{"file", "url", "path"}`` each."""
    folder = shared / "corpus" / "feeds"
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    return [{"file": each["file"], "url": each["url"], "path": str(folder / each["file"])} for each in index]
