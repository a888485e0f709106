"""Every link and every path on the pages leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pages import PROJECT, blocks_of, rows, section

from aggregator import pipeline

ALL = [PROJECT / "README.md", PROJECT / "feeds" / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
FENCED = re.compile(r"^(```+|~~~+).*?^\1`*$", re.DOTALL | re.MULTILINE)
INLINE_CODE = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")


def prose(page: Path) -> str:
    """What a reader reads of a page: without fenced blocks."""
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def links(text: str) -> list[str]:
    """Where the links and pictures in this prose lead. One in inline code is an example."""
    return re.findall(r"\]\(([^)\s]+)\)", INLINE_CODE.sub("code", text))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, made as forges make them."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", ALL, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_link_leads_to_a_file_and_a_heading_that_exist(page: Path) -> None:
    for target in links(prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        found = (page.parent / name).resolve() if name else page
        assert found.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(found), f"{page.name}: {target}"


def test_what_is_shown_as_code_is_no_link(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```markdown\n![A](a.png)\n```\n`![B](b.png)` and ``[`C`](c.md)``, [`d`](d.md), ![E](e.png)\n")
    assert links(prose(page)) == ["d.md", "e.png"]


def test_every_page_is_in_the_list_of_questions() -> None:
    listed = (PROJECT / "docs" / "README.md").read_text(encoding="utf-8")
    for page in (PROJECT / "docs").glob("*.md"):
        assert page.name == "README.md" or f"({page.name})" in listed, page.name


def test_every_path_in_architecture_exists() -> None:
    page = prose(PROJECT / "docs" / "architecture.md")
    paths = re.findall(r"`([\w.]+/[\w./]*|[\w]+\.(?:py|md|yaml))`", page)
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


def test_the_drawn_rooms_are_the_packages_inside_the_stages() -> None:
    [house] = [each.text for each in blocks_of(PROJECT / "docs" / "architecture.md", "")]
    drawn = re.findall(r"^    ([\w.]+/) ", house, re.MULTILINE)
    assert sorted(drawn) == sorted(f"{each.parent.name}/" for each in (PROJECT / "aggregator").glob("*/*/__init__.py"))


def test_the_steps_are_those_of_the_pipeline() -> None:
    drawn = [line for line in (pipeline.__doc__ or "").splitlines() if line.startswith("    ")]
    steps = [each.strip().replace("_", " ") for line in drawn for each in line.split("|")]
    page = section(PROJECT / "docs" / "architecture.md", "One poll, one publish")
    assert [row[0] for row in rows(page)] == steps
