"""The files for containers, as far as they can be looked at without an engine: none is needed here."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import subprocess
from fnmatch import fnmatch
from itertools import chain
from pathlib import Path

import yaml
from pages import PROJECT

from aggregator.articles import compile_rule
from aggregator.config import load

CONTAINERFILE = (PROJECT / "Containerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((PROJECT / "compose.yaml").read_text(encoding="utf-8"))
ENTRY = PROJECT / "deploy" / "container" / "aggregator"


def instructions() -> list[tuple[str, str]]:
    joined = re.sub(r"\\\n\s*", "", CONTAINERFILE)
    lines = (line.strip() for line in joined.splitlines())
    return [tuple(line.split(" ", 1)) for line in lines if line and not line.startswith("#")]  # type: ignore[misc]


def ignored(path: str) -> bool:
    """As .dockerignore has it: the last line that fits decides, and one fits all that is below it."""
    answer = False
    for line in (PROJECT / ".dockerignore").read_text(encoding="utf-8").split():
        pattern = line.removeprefix("!")
        parts = path.split("/")
        heads = ["/".join(parts[:number]) for number in range(1, len(parts) + 1)]
        if any(fnmatch(each, pattern.removeprefix("**/")) or fnmatch(each, pattern) for each in (*heads, parts[-1])):
            answer = not line.startswith("!")
    return answer


def test_everything_that_is_copied_is_there_and_not_ignored() -> None:
    copied = [words.split()[:-1] for name, words in instructions() if name == "COPY" and "--from" not in words]
    for path in chain.from_iterable(copied):
        assert (PROJECT / path).exists(), path
        assert not ignored(path), path
    assert not ignored("aggregator/publish/templates/page.html")
    for path in ("config.yaml", ".git/config", "var/aggregator.db", "secrets/db_password", "tests/conftest.py"):
        assert ignored(path), path


def test_it_does_not_run_as_root_and_what_is_installed_is_pinned() -> None:
    assert [words for name, words in instructions() if name == "USER"] == ["10001:10001"]
    (install,) = [words for name, words in instructions() if name == "RUN" and "pip install" in words]
    assert "-c constraints.txt" in install
    assert "'.[postgres]'" in install
    assert {"HEALTHCHECK", "VOLUME", "LABEL", "ENTRYPOINT", "CMD"} <= {name for name, _ in instructions()}
    images = [words.split()[0] for name, words in instructions() if name == "FROM"]
    assert len(set(images)) == 1
    assert not any("/" in each for each in images), "an image's name, and no host"


def test_the_parts_wait_for_each_other_and_keep_secrets_in_files() -> None:
    planet, database = COMPOSE["services"]["planet"], COMPOSE["services"]["db"]
    assert planet["depends_on"] == {"db": {"condition": "service_healthy"}}
    assert database["healthcheck"]["test"]
    assert planet["read_only"] is True
    assert planet["cap_drop"] == ["ALL"]
    assert planet["secrets"] == database["secrets"] == list(COMPOSE["secrets"])
    assert "password" not in str({**planet["environment"], "AGGREGATOR_STORE": ""}).lower()
    assert database["environment"]["POSTGRES_PASSWORD_FILE"].startswith("/run/secrets/")
    assert planet["ports"] == ["127.0.0.1:8080:8080"]
    for service in (planet, database):
        for volume in service["volumes"]:
            assert volume.partition(":")[0] in COMPOSE["volumes"]


def test_the_first_start_writes_a_configuration_and_later_ones_keep_it(tmp_path: Path) -> None:
    """The entry script, with the program as a script that says how it was called."""
    calls, data = tmp_path / "calls", tmp_path / "data"
    program, secret = tmp_path / "program", tmp_path / "db_password"
    secret.write_text("geheim\n")
    program.write_text(
        f'#!/bin/sh\necho "$AGGREGATOR_DB_PASSWORD $@" >> {calls}\n'
        f'[ "$1" = init ] && mkdir -p {data} && touch {data}/config.yaml\nexit 0\n'
    )
    entry = tmp_path / "entry"
    text = ENTRY.read_text(encoding="utf-8").replace("/opt/aggregator/bin/aggregator", str(program))
    entry.write_text(text.replace("/run/secrets/db_password", str(secret)))
    for each in (program, entry):
        each.chmod(0o755)
    store = COMPOSE["services"]["planet"]["environment"]["AGGREGATOR_STORE"].replace("$$", "$")
    environ = {"PATH": os.environ["PATH"], "AGGREGATOR_CONFIG": f"{data}/config.yaml", "AGGREGATOR_STORE": store}
    for words in (["status"], ["run"], ["run"]):
        subprocess.run([entry, *words], env=environ, check=True)
    first, init, *others = calls.read_text().splitlines()
    assert (first, others) == ("geheim status", ["geheim run", "geheim run"])
    assert shlex.split(init)[:3] == ["geheim", "init", str(data)]
    assert store in init
    assert os.stat(ENTRY).st_mode & stat.S_IXUSR
    assert shutil.which("sh")


def test_what_the_first_start_writes_is_a_configuration_for_the_database(tmp_path: Path) -> None:
    from aggregator.starting import first_configuration, start

    store = COMPOSE["services"]["planet"]["environment"]["AGGREGATOR_STORE"].replace("$$", "$")
    text = first_configuration(title="T", url="http://127.0.0.1:8080/", host="0.0.0.0", store=store)
    start(tmp_path, text)
    config = load(tmp_path / "config.yaml", {"AGGREGATOR_DB_PASSWORD": "0a1b"}, check_rule=compile_rule)
    assert config.store == "postgresql://aggregator:0a1b@db/aggregator"
    assert "0a1b" in config.secrets
    assert config.server.host == "0.0.0.0"
