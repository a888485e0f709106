"""``init``, ``manual`` and completion: what a new user has before anything else."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from aggregator.articles import compile_rule
from aggregator.cli import app
from aggregator.cli.manual import commands, page
from aggregator.config import load
from aggregator.errors import ConfigError, UsageError

RUNNER = CliRunner()


def run(*words: str) -> str:
    result = RUNNER.invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_first_configuration_is_one_whatever_the_title(tmp_path: Path) -> None:
    said = run(
        "init", str(tmp_path / "new"), "--title", 'A "planet": #1 – 日本', "--url", "https://planet.example.org/"
    )
    config = load(tmp_path / "new" / "config.yaml", {}, check_rule=compile_rule)
    assert (config.site.title, config.site.url) == ('A "planet": #1 – 日本', "https://planet.example.org/")
    assert [each.folder for each in config.sources] == [tmp_path / "new" / "feeds" / "seeds"]
    assert "start it with: cd" in said
    assert (tmp_path / "new" / "feeds" / "seeds" / "welcome.md").read_text().startswith("---\n")


def test_every_commented_setting_of_it_is_one(tmp_path: Path) -> None:
    run("init", str(tmp_path))
    path = tmp_path / "config.yaml"
    head, *lines = path.read_text().split("\n\n", 1)
    bare = [line.replace("# ", "", 1) if line.lstrip().startswith("# ") and ": " in line else line
            for line in lines[0].splitlines() if "A feed: its address" not in line]  # fmt: skip
    bare = [line for line in bare if "`aggregator add" not in line]
    path.write_text("\n".join([head, *(each.replace("# - https", "- https") for each in bare)]))
    config = load(path, {}, check_rule=compile_rule)
    assert (len(config.sources), len(config.outputs), config.site.author) == (3, 2, "Your name    "[:9])


def test_what_is_there_is_not_changed(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("mine")
    with pytest.raises(UsageError, match="is there already; nothing was changed"):
        run("init", str(tmp_path))
    assert [each.name for each in tmp_path.iterdir()] == ["config.yaml"]
    (tmp_path / "config.yaml").unlink()
    (tmp_path / "feeds" / "seeds").mkdir(parents=True)
    run("init", str(tmp_path), "--json")
    assert list((tmp_path / "feeds" / "seeds").iterdir()) == []


def test_a_wrong_address_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="scheme"):
        run("init", str(tmp_path / "new"), "--url", "nonsense")
    assert not (tmp_path / "new").exists()


# ---- the manual


def test_the_manual_has_every_command_with_its_options() -> None:
    text = run("manual")
    group = typer.main.get_command(app)
    found = dict(commands(group))
    assert {"run", "backup", "export site", "config show"} <= found.keys()
    for name, command in found.items():
        _, _, after = text.partition(f".SS aggregator {name}")
        section, _, _ = after.partition("\n.S")
        for option in (name for each in command.params for name in each.opts if name.startswith("--")):
            assert rf"\fB{option.replace('-', chr(92) + '-')}\fR" in section, (name, option)
    assert text == "".join(f"{each}\n" for each in page(group)), "the same wherever it is printed"


@pytest.mark.parametrize(
    "program", [("groff", "-man", "-Tutf8", "-ww", "-z"), ("mandoc", "-T", "lint", "-W", "warning")]
)
def test_the_manual_is_without_fault(program: tuple[str, ...], tmp_path: Path) -> None:
    if shutil.which(program[0]) is None:
        pytest.skip(f"{program[0]} is not installed: apt install {program[0]}")
    path = tmp_path / "aggregator.1"
    path.write_text(run("manual"), encoding="utf-8")
    result = subprocess.run([*program, str(path)], capture_output=True, text=True, check=False)
    faults = [line for line in (result.stdout + result.stderr).splitlines() if "missing date" not in line]
    assert faults == []


# ---- completion


def completing(**environ: str) -> str:
    return RUNNER.invoke(app, [], env=environ, prog_name="aggregator").output


@pytest.mark.parametrize(
    ("shell", "mark"),
    [("bash", "complete -o default -F"), ("zsh", "#compdef aggregator"), ("fish", "complete --command")],
)
def test_a_shell_gets_its_script(shell: str, mark: str) -> None:
    script = completing(_AGGREGATOR_COMPLETE=f"source_{shell}")
    assert mark in script
    if shutil.which(shell) is not None and shell != "fish":
        assert subprocess.run([shell, "-n"], input=script, text=True, check=False).returncode == 0


def test_commands_are_completed() -> None:
    words = {"COMP_WORDS": "aggregator export si", "COMP_CWORD": "2"}
    assert completing(_AGGREGATOR_COMPLETE="complete_bash", **words).split() == ["site"]
