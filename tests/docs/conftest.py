"""A place to run what the pages say."""

from __future__ import annotations

import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

import pytest
from pages import PROJECT


@dataclass(frozen=True)
class Scratch:
    """A folder as a new user has it, without the sources that need the internet."""

    folder: Path
    port: int


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    folder = tmp_path_factory.mktemp("planet")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    shutil.copytree(PROJECT / "feeds" / "seeds", folder / "feeds" / "seeds")
    text = (PROJECT / "config.yaml").read_text(encoding="utf-8").replace("8080", str(port))
    before, _, after = text.partition("\nsources:\n")
    outputs = after[after.index("\noutputs:\n") :]
    (folder / "config.yaml").write_text(f"{before}\nsources:\n  - feeds/seeds\n{outputs}", encoding="utf-8")
    return Scratch(folder, port)
