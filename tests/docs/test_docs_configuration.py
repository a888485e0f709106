"""docs/configuration.md says what config.yaml may hold: every key, its default, and examples that load."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pages import PAGES, PROJECT, Block, blocks_of, rows

from aggregator.articles import compile_rule
from aggregator.config import Config, json_schema, load

PAGE = PROJECT / "docs" / "configuration.md"
SMALLEST = "site: {title: T, url: 'https://example.org/'}\nsources:\n  - url: https://example.org/feed.xml\n"


class Anything(Mapping[str, str]):
    """An environment in which every variable is set."""

    def __getitem__(self, name: str) -> str:
        return "value-of-" + name

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def loaded(folder: Path, text: str) -> Config:
    """The configuration, in a folder that has what it names."""
    (folder / "feeds" / "seeds").mkdir(parents=True, exist_ok=True)
    for secret in re.findall(r"file: ([\w./-]+)", text):
        (folder / secret).parent.mkdir(parents=True, exist_ok=True)
        (folder / secret).write_text("secret\n", encoding="utf-8")
    for certificate in re.findall(r"(?:ca|client_cert): ([\w./-]+\.pem)", text):
        (folder / certificate).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / "tests" / "fetch" / "localhost.pem", folder / certificate)
    for included in re.findall(r"include: ([\w./*-]+)", text):
        more = folder / included.replace("*", "more")
        more.parent.mkdir(parents=True, exist_ok=True)
        more.write_text("- https://included.example/feed\n", encoding="utf-8")
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path, Anything(), check_rule=compile_rule)


def completed(text: str) -> str:
    """A configuration of which some top-level keys are shown, with those it needs besides."""
    site, sources = SMALLEST.split("\n", 1)
    lacking = [part for key, part in (("site", site), ("sources", sources)) if not re.search(rf"^{key}:", text, re.M)]
    return "\n".join([text, *lacking])


EXAMPLES = [block for page in (*PAGES, PROJECT / "docs" / "rules.md") for block in blocks_of(page, "yaml")]


@pytest.mark.parametrize("block", EXAMPLES, ids=str)
def test_an_example_is_a_configuration(block: Block, tmp_path: Path) -> None:
    loaded(tmp_path, completed(block.text))


def test_the_readme_shows_a_whole_configuration_of_ten_lines(tmp_path: Path) -> None:
    [block] = blocks_of(PROJECT / "README.md", "yaml")
    assert len(block.text.splitlines()) <= 10
    loaded(tmp_path, block.text)


def test_the_first_example_of_the_page_is_whole(tmp_path: Path) -> None:
    loaded(tmp_path, blocks_of(PAGE, "yaml")[0].text)


_GROUP = "sources.group."


def in_schema() -> set[str]:
    """Every key as ``polling.floor``, from the JSON Schema."""
    schema = json_schema()

    def keys(node: dict[str, Any], path: tuple[str, ...], within: tuple[str, ...] = ()) -> Iterator[str]:
        if "$ref" in node:
            name = node["$ref"].rpartition("/")[2]
            if name in within:  # a group in a group
                return
            node, within = schema["$defs"][name], (*within, name)
        for inner in (*node.get("anyOf", ()), *([node["items"]] if "items" in node else ())):
            yield from keys(inner, path, within)
        for name, inner in node.get("properties", {}).items():
            yield ".".join((*path, name))
            yield from keys(inner, (*path, name), within)

    found = set(keys(schema, ()))
    below = {owner: {each[len(owner) :] for each in found if each.startswith(owner)} for owner in ("defaults.", _GROUP)}
    assert below[_GROUP] == below["defaults."], "a group has what defaults have"
    return {each for each in found if not each.startswith((_GROUP, "sources.sources."))}


def on_the_page() -> dict[str, str]:
    """Every key of the tables with the cell of its default. A heading in backticks names what the keys lie under."""
    found: dict[str, str] = {}
    for part in re.split(r"^##+ ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        heading, _, text = part.partition("\n")
        owners = re.findall(r"`([\w.]+)`", heading)
        found.update(dict.fromkeys(owners, ""))
        for key, default, _ in rows(text):
            found.update({".".join((*owner, key.strip("`"))): default for owner in ([each] for each in owners)})
            found.update({key.strip("`"): default} if not owners else {})
    return found


def test_every_key_is_on_the_page() -> None:
    assert sorted(in_schema() - on_the_page().keys()) == []


def test_every_key_on_the_page_exists() -> None:
    assert sorted(on_the_page().keys() - in_schema()) == []


def test_the_defaults_on_the_page_are_the_defaults(tmp_path: Path) -> None:
    """A configuration with every default written out is the same as one without."""
    tree: dict[str, dict[str, str]] = {"site": {}, "server": {}, "network": {}, "polling": {}, "defaults": {}}
    tree |= {"sources": {}, "outputs": {}, "": {}}
    for key, cell in on_the_page().items():
        owner, _, name = key.rpartition(".")
        value = "null" if cell == "none" else cell.strip("`") if re.fullmatch("`[^`]*`", cell) else None
        if value is not None and owner in tree and key != "sources.enabled":  # it stands beside disabled
            tree[owner][name] = value
    assert {each: len(tree[each]) for each in ("polling", "defaults", "server", "")} == {
        "polling": 9, "defaults": 20, "server": 3, "": 4,
    }  # fmt: skip

    def flow(values: dict[str, str], **more: str) -> str:
        return "{" + ", ".join(f"{name}: {value}" for name, value in (more | values).items()) + "}"

    lines = [
        f"site: {flow(tree['site'], title='T', url='https://example.org/')}",
        *(f"{name}: {flow(tree[name])}" for name in ("server", "network", "polling", "defaults")),
        *(f"{name}: {value}" for name, value in tree[""].items()),
        f"sources: [{flow(tree['sources'], url='https://example.org/feed.xml')}]",
        f"outputs: [{flow(tree['outputs'], id='main')}]",
    ]
    written, smallest = loaded(tmp_path, "\n".join(lines)), loaded(tmp_path, SMALLEST)
    assert replace(written, secrets=smallest.secrets) == smallest
