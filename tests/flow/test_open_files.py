"""How many files and sockets the service may have open."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import resource
from aggregator.service import allow_open_files
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
allow_open_files()
print(resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "allowed"),
    [(256, 1_000, (1_000, 1_000)), (256, 10_000, (8_192, 10_000)), (9_000, 10_000, (9_000, 10_000))],
)
def test_the_service_takes_as_many_as_it_needs_and_may_have(soft: int, hard: int, allowed: tuple[int, int]) -> None:
    script = SCRIPT.format(soft=soft, hard=hard)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    if "ValueError" in run.stderr:
        pytest.skip(f"fewer than {hard} files may be open here (ulimit -Hn)")
    assert run.stdout.strip() == str(allowed), run.stderr
