"""Every wrong configuration in ``wrong/`` gives exactly the lines beside it.

After changing a message on purpose, write the new lines with ``AGGREGATOR_WRITE_SNAPSHOTS=1`` and read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aggregator.config import load
from aggregator.errors import ConfigError

WRONG = Path(__file__).parent / "wrong"
NAMES = sorted(each.stem for each in WRONG.glob("*.yaml"))
ENVIRON = {"PORT": "8080", "FALSE": "false", "CRLF": "value\r\nX-Evil: 1"}
SECRETS = ("hunter2", "X-Evil", "12345678", "abcdef")


def check_rule(text: str) -> None:
    """A rule language of one rule: ``??`` is wrong."""
    if "??" in text:
        raise ValueError(f'expected a value at offset {text.index("??")}; write such as tag = "cars"')


def check_selector(text: str) -> None:
    """Selectors of which two points are wrong."""
    if ".." in text:
        raise ValueError("is no CSS selector; write such as 'article .text'")


def mistakes(name: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(Path(name), ENVIRON, check_rule, check_selector)
    return "".join(f"{each}\n" for each in caught.value.mistakes)


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_configuration_gives_the_lines_beside_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(WRONG)
    found = mistakes(f"{name}.yaml")
    expected = WRONG / f"{name}.txt"
    if os.environ.get("AGGREGATOR_WRITE_SNAPSHOTS"):
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")


def test_each_file_but_one_holds_one_mistake_and_that_one_eight() -> None:
    counts = {name: len((WRONG / f"{name}.txt").read_text(encoding="utf-8").splitlines()) for name in NAMES}
    assert counts.pop("eight-mistakes") == 8
    assert {name for name, count in counts.items() if count != 1} == set()
    assert len(counts) >= 40


@pytest.mark.parametrize("name", NAMES)
def test_no_line_repeats_a_password_or_header_value(name: str) -> None:
    text = (WRONG / f"{name}.txt").read_text(encoding="utf-8")
    assert not [secret for secret in SECRETS if secret in text]


def write(folder: Path, data: bytes | str) -> Path:
    path = folder / "config.yaml"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def only_mistake(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    (line,) = caught.value.mistakes
    return line.removeprefix(f"{path}:")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("site: {title: Ä}".encode("utf-16"), "1:1: is UTF-16; save it as UTF-8"),
        ("site: {title: A}".encode("utf-16-be"), "1:1: is UTF-16; save it as UTF-8"),
        (b"site:\n  title: \xe9t\xe9\n", "2:10: is not UTF-8 text; save it as UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "1:1: is not UTF-8 text; save it as UTF-8"),
        (b"site:\n  title: a\x00b\n", "2:11: a control character, which YAML does not allow; remove it"),
        (b"#" * (16 * 1024 * 1024 + 1), "1:1: is larger than 16 MiB; a configuration is text of at most 16 MiB"),
        (b"#" * (32 * 1024 * 1024), "1:1: is larger than 16 MiB; a configuration is text of at most 16 MiB"),
    ],
    ids=["utf-16", "utf-16-without-mark", "latin-1", "binary", "nul", "over 16 MiB", "32 MiB"],
)
def test_bytes_that_are_no_configuration_give_one_line(tmp_path: Path, data: bytes, expected: str) -> None:
    assert only_mistake(write(tmp_path, data)) == expected


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{" * 100_000, "? " * 100_000])
def test_nesting_ends_at_a_limit_and_not_in_a_traceback(tmp_path: Path, text: str) -> None:
    assert "nested deeper than 32 levels" in only_mistake(write(tmp_path, text))


def test_half_a_million_values_are_too_many(tmp_path: Path) -> None:
    assert "more than 500,000 values" in only_mistake(write(tmp_path, f"[{'a,' * 500_001}]"))


def test_a_missing_file_and_a_directory_are_named(tmp_path: Path) -> None:
    assert only_mistake(tmp_path / "none.yaml").startswith("1:1: there is no such file")
    assert only_mistake(tmp_path).startswith("1:1: is a directory")


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "config.yaml")
    assert only_mistake(tmp_path / "config.yaml").startswith("1:1: is not a regular file")


def test_a_secret_in_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "token")
    line = only_mistake(
        write(
            tmp_path,
            "site: {title: P, url: 'https://p.example/'}\n"
            "sources: [{url: 'https://a.example/', auth: {bearer_file: token}}]\n",
        )
    )
    assert "the secret file 'token' is not a regular file" in line


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "site: {}\n")
    path.chmod(0)
    assert "cannot be read (Permission denied)" in only_mistake(path)


def test_what_a_variable_holds_is_named_and_not_shown_when_it_does_not_fit(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "site: {title: P, url: 'https://p.example/', id: '${KEY}'}\n"
        "sources: [{url: 'https://a.example/', id: '${KEY}', interval: '${KEY}', on_remove: '${KEY}'}]\n",
    )
    with pytest.raises(ConfigError) as caught:
        load(path, {"KEY": "TopSecret1 " + "x" * 70})
    assert len(caught.value.mistakes) == 4
    assert all("${KEY}" in line and "opsecret" not in line.lower() for line in caught.value.mistakes)


def test_mistakes_of_every_kind_are_reported_in_one_go_and_in_file_order(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "site: {title: P, url: 'ftp://p.example/'}\n"  # a value
        "server: {port: 1}\nserver: {port: 2}\n"  # the document
        "public: '${NOT_SET}'\n"  # the environment
        "sources:\n  - {url: 'https://a.example/', folder: nowhere, intervall: 1h}\n"  # relation, disk, unknown key
        "  - {url: 'https://a.example/#again', keep: '??'}\n",  # the file as a whole, a rule
    )
    with pytest.raises(ConfigError) as caught:
        load(path, {}, check_rule)
    places = [line.removeprefix(f"{path}:").partition(": ")[0] for line in caught.value.mistakes]
    assert places == ["1:23", "3:1", "4:9", "6:41", "6:41", "6:50", "7:11", "7:45"]
