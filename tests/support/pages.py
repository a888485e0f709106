"""The pages of the documentation, as data.

How a fenced block is treated follows from its language, so that nothing in a page is there for the tests alone:

* ``sh``: each line that begins with ``aggregator`` is run; the first word of every other line is in ``ELSEWHERE``;
* ``json``: the shape of what the last command above it printed, if that was run with ``--json``;
* ``yaml``: a configuration, or top-level keys of one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
OURS = (
    "README.md", "adding.md", "architecture.md", "backup.md", "commands.md", "configuration.md", "doctor.md",
    "installing.md", "opml.md", "polling.md", "running.md", "static-site.md", "status.md", "subscribing.md",
)  # fmt: skip
PAGES = tuple(PROJECT / "README.md" if name == "README.md" else PROJECT / "docs" / name for name in OURS)

ELSEWHERE = frozenset({"python3", ".venv/bin/pytest", ".venv/bin/mypy", ".venv/bin/ruff", ".venv/bin/lint-imports",
                       "systemctl", "journalctl", "sqlite3", "cp", "rm", "pipx", "install", "docker", "mkdir",
                       "openssl", "rsync", "/opt/aggregator/bin/pip", "/opt/aggregator/bin/aggregator"})  # fmt: skip
"""Commands of the machine, not of this program: shown, not run."""


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks_of(page: Path, *languages: str) -> list[Block]:
    """The blocks of a page in these languages, in their order."""
    text = page.read_text(encoding="utf-8")
    found = re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [
        Block(page.name, text.count("\n", 0, each.start()) + 1, each[1], each[2])
        for each in found
        if each[1] in languages
    ]


def section(page: Path, title: str) -> str:
    """What stands under a heading, up to the next heading."""
    parts = re.split(rf"^#+ {re.escape(title)}$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(parts) == 2, f"{page.name} has no single heading {title!r}"
    return re.split(r"^#+ ", parts[1], maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    """The cells of every row of a Markdown table, headings left out."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return [row for place, row in enumerate(cells) if not _is_heading(cells, place)]


def _is_heading(cells: list[list[str]], place: int) -> bool:
    def rule(row: list[str]) -> bool:
        return all(set(cell) == {"-"} for cell in row)

    return rule(cells[place]) or (place + 1 < len(cells) and rule(cells[place + 1]))
