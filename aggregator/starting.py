"""A first configuration, and a first article, for who has neither."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING

from aggregator.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

SEEDS = "feeds/seeds"
"""The folder of one's own articles."""

DATA = files("aggregator") / "data"


def first_configuration(*, title: str, url: str, host: str, store: str) -> str:
    """The text of a ``config.yaml``, with comments."""
    text = (DATA / "config.yaml").read_text(encoding="utf-8")
    for name, value in (("title", title), ("url", url), ("host", host), ("store", store)):
        text = text.replace(f"@{name}@", json.dumps(value, ensure_ascii=False))  # JSON is YAML, whatever is in it
    return text


def start(folder: Path, text: str) -> tuple[Path, ...]:
    """Write ``config.yaml`` and, where there is no such folder, ``feeds/seeds/welcome.md``; gives the files.

    Raises UsageError where there is a configuration already, OSError.
    """
    config, seeds = folder / "config.yaml", folder / SEEDS
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with config.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{config} is there already; nothing was changed") from None
    if seeds.exists():
        return (config,)
    seeds.mkdir(parents=True)
    welcome = seeds / "welcome.md"
    welcome.write_bytes((DATA / "welcome.md").read_bytes())
    return config, welcome
