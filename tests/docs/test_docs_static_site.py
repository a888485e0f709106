"""The workflow for GitHub Pages is one, and what it runs works without a network."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from pages import PROJECT, blocks_of

PAGE = PROJECT / "docs" / "static-site.md"


def workflow() -> dict[str, Any]:
    (block,) = blocks_of(PAGE, "yml")
    found: dict[str, Any] = yaml.safe_load(block.text)
    return found


def steps() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = workflow()["jobs"]["publish"]["steps"]
    return found


def test_the_workflow_says_when_it_runs_and_what_it_may() -> None:
    said = workflow()
    when = said[True]  # YAML 1.1 reads the key ``on`` so
    assert re.fullmatch(r"\d+ \* \* \* \*", when["schedule"][0]["cron"])
    assert said["permissions"] == {"contents": "read", "pages": "write", "id-token": "write"}
    assert all(("run" in each) is not ("uses" in each) for each in steps())
    assert all(re.fullmatch(r"actions/[\w/-]+@v\d+", each["uses"]) for each in steps() if "uses" in each)


def test_the_cache_has_what_must_not_be_lost_and_what_is_uploaded_is_the_site() -> None:
    uses = {each["uses"].partition("@")[0]: each for each in steps() if "uses" in each}
    kept = {name: uses[f"actions/cache/{name}"]["with"] for name in ("restore", "save")}
    assert kept["restore"]["path"].split() == kept["save"]["path"].split() == ["var", "feeds/public"]
    assert kept["save"]["key"] == kept["restore"]["key"]
    assert kept["save"]["key"].startswith(kept["restore"]["restore-keys"])
    assert uses["actions/cache/save"]["if"] == "always()", "what a failed run has stored is stored"
    assert uses["actions/upload-pages-artifact"]["with"]["path"] == "site"


def test_what_it_runs_gives_a_site_without_a_network(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(
        "site: {title: T, url: 'https://name.github.io/repository/'}\nsources: [feeds/seeds]\nwebsub: {hub: false}\n"
    )
    shutil.copytree(PROJECT / "feeds" / "seeds", tmp_path / "feeds" / "seeds")
    run = [each["run"] for each in steps() if "run" in each]
    assert run[0] == "pip install aggregator"
    code = (
        "import shlex, sys\nfrom aggregator.cli import app\n"
        "for line in sys.argv[1:]:\n app(shlex.split(line)[1:], standalone_mode=False)"
    )
    assert {shlex.split(line)[0] for line in run[1:]} == {"aggregator"}
    command = [sys.executable, "-c", code, *run[1:]]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    site = tmp_path / "site"
    assert (site / ".nojekyll").exists()
    assert b"https://name.github.io/repository/feed.atom" in (site / "feed.atom").read_bytes()
    assert b'href="/repository/style.css"' in (site / "tags" / "index.html").read_bytes()
