"""The keys of a source that say whom TLS trusts."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from aggregator.config import Config, as_yaml, effective, load
from aggregator.errors import ConfigError

SITE = "site: {title: P, url: 'https://p.example/', id: 'tag:p.example,2026:p'}\n"
CERTIFICATE = Path(__file__).parents[1] / "fetch" / "localhost.pem"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "certs").mkdir()
    shutil.copy(CERTIFICATE, tmp_path / "certs" / "ca.pem")
    return tmp_path


def loaded(folder: Path, source: str, **environ: str) -> Config:
    path = folder / "config.yaml"
    path.write_text(f"{SITE}sources:\n  - url: https://example.org/feed\n    {source}\n", encoding="utf-8")
    return load(path, environ)


def only_mistake(folder: Path, source: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, source)
    (line,) = caught.value.mistakes
    return line.removeprefix(f"{folder / 'config.yaml'}:")


def test_a_file_of_authorities_is_found_from_the_configuration(folder: Path) -> None:
    config = loaded(folder, "ca: certs/ca.pem")
    assert config.sources[0].ca == folder / "certs" / "ca.pem"
    assert loaded(folder, "ca: null").sources[0].ca is None
    assert effective(config)["sources"][0]["ca"] == str(folder / "certs" / "ca.pem")
    (folder / "config.yaml").write_text(as_yaml(effective(config)), encoding="utf-8")
    assert load(folder / "config.yaml", {}) == config


def test_a_pipe_of_authorities_is_refused_instead_of_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert only_mistake(folder, "ca: pipe").startswith("4:9: ca: the file 'pipe' is not a regular file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_authorities_without_permission_are_named(folder: Path) -> None:
    (folder / "certs" / "ca.pem").chmod(0)
    assert "cannot be read (Permission denied)" in only_mistake(folder, "ca: certs/ca.pem")
