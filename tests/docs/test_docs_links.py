"""Every link and every path on the pages leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pages import PROJECT, blocks_of

ALL = [PROJECT / "README.md", PROJECT / "feeds" / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
PROSE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, made as forges make them."""
    headings = re.findall(r"^#+ (.*)$", PROSE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", ALL, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_link_leads_to_a_file_and_a_heading_that_exist(page: Path) -> None:
    prose = PROSE.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        found = (page.parent / name).resolve() if name else page
        assert found.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(found), f"{page.name}: {target}"


def test_every_page_is_in_the_list_of_questions() -> None:
    listed = (PROJECT / "docs" / "README.md").read_text(encoding="utf-8")
    for page in (PROJECT / "docs").glob("*.md"):
        assert page.name == "README.md" or f"({page.name})" in listed, page.name


def test_every_path_in_architecture_exists() -> None:
    page = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
    paths = re.findall(r"`([\w.]+/[\w./]*|[\w]+\.(?:py|md|yaml))`", PROSE.sub("", page))
    assert len(paths) > 20
    missing = [each for each in paths if not (PROJECT / each).exists()]
    assert not missing


def test_the_drawn_house_is_the_package() -> None:
    [house] = [each.text for each in blocks_of(PROJECT / "docs" / "architecture.md", "")]
    drawn = set(re.findall(r"^  ([\w.]+/?) ", house, re.MULTILINE))
    package = PROJECT / "aggregator"
    modules = {each.name for each in package.glob("*.py") if not each.name.startswith("__")}
    folders = {f"{each.parent.name}/" for each in package.glob("*/__init__.py")}
    assert drawn == modules | folders
