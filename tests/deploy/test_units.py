"""The units for systemd: systemd takes them, and finds little that the service could do without."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pages import PROJECT

from aggregator import service

DEPLOY = PROJECT / "deploy"
UNITS = sorted(DEPLOY.glob("aggregator*.service"))

EXPOSURE = 15
"""Tenths of what systemd calls the exposure level, at most; a unit without any settings has 96."""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The units, with a program that is there."""
    folder = tmp_path_factory.mktemp("units")
    for each in (*UNITS, *DEPLOY.glob("*.timer")):
        text = each.read_text(encoding="utf-8").replace("/opt/aggregator/bin/aggregator", sys.executable)
        (folder / each.name).write_text(text, encoding="utf-8")
    return folder


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed: apt install systemd")
    return subprocess.run([program, *words], capture_output=True, text=True, check=False)


def test_systemd_takes_the_units(installed: Path) -> None:
    result = analyze("verify", "--man=no", *map(str, sorted(installed.iterdir())))
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_may_do_little_it_has_no_need_of(unit: Path, installed: Path) -> None:
    result = analyze("security", "--offline=true", f"--threshold={EXPOSURE}", str(installed / unit.name))
    if "offline" in result.stderr:
        pytest.skip("this systemd-analyze cannot look at files: it is older than 250")
    assert result.returncode == 0, result.stdout


def said(unit: Path) -> dict[str, str]:
    return dict(re.findall(r"^(\w+)=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE))


def test_the_service_has_the_time_and_the_files_it_asks_for() -> None:
    unit = said(DEPLOY / "aggregator.service")
    assert int(unit["TimeoutStopSec"]) >= service.DRAIN_SECONDS + 5
    assert int(unit["LimitNOFILE"]) >= service.OPEN_FILES
    assert (unit["Type"], unit["WatchdogSec"], unit["Restart"]) == ("notify", "2min", "on-failure")
    assert unit["RestartPreventExitStatus"].split() == ["2", "75"]
    assert unit["ExecReload"].endswith("-HUP $MAINPID")


def test_what_the_page_says_of_systemd_is_in_the_unit() -> None:
    page = (PROJECT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    shown = page.partition("[Service]\n")[2].partition("```")[0].split("\n")[:-1]
    assert len(shown) >= 4
    assert set(shown) <= set((DEPLOY / "aggregator.service").read_text(encoding="utf-8").splitlines())


def test_both_services_are_locked_up_alike() -> None:
    ours = ("Protect", "Private", "Restrict", "SystemCall", "Capability", "NoNew", "Lock", "Memory", "Proc", "State")
    first, second = ({k: v for k, v in said(unit).items() if k.startswith(ours)} for unit in UNITS)
    assert first == second
    assert len(first) > 20


def test_limits_that_the_workers_set_for_themselves_are_allowed() -> None:
    """``setrlimit`` is in systemd's @resources: without it, no document is read."""
    assert all("@resources" not in unit.read_text(encoding="utf-8") for unit in UNITS)
