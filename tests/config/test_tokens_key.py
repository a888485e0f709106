"""Who may read an output: named secrets, kept like the secrets they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.config import Config, as_yaml, effective, load, redact
from aggregator.errors import ConfigError

PHONE, FILE = "from-environment-16", "from-a-file-0123456"


def loaded(folder: Path, output: str, more: str = "sources: []") -> Config:
    (folder / "laptop").write_text(f"{FILE}\n", encoding="utf-8")
    path = folder / "config.yaml"
    site = "site: {title: P, url: 'https://p.example/', id: 'tag:p.example,2026:p'}"
    path.write_text(f"{site}\noutputs:\n  - id: mine\n    {output}\n{more}\n", encoding="utf-8")
    return load(path, {"PHONE": PHONE})


def mistakes(folder: Path, output: str, more: str = "sources: []") -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, output, more)
    return "\n".join(line.removeprefix(f"{folder / 'config.yaml'}:") for line in caught.value.mistakes)


TOKENS = 'tokens: {phone: "${PHONE}", laptop: {file: laptop}, Ann: written-in-the-file}'


def test_tokens_come_from_the_environment_a_file_or_the_text(tmp_path: Path) -> None:
    config = loaded(tmp_path, TOKENS)
    (output,) = config.outputs
    assert output.private
    assert output.tokens == (("phone", PHONE), ("laptop", FILE), ("Ann", "written-in-the-file"))
    assert (config.private, config.folder_of(output)) == (tmp_path / "feeds" / "private",) * 2


def test_no_token_is_shown(tmp_path: Path) -> None:
    config = loaded(tmp_path, TOKENS)
    assert effective(config)["outputs"][0]["tokens"] == {"phone": "***", "laptop": "***", "Ann": "***"}
    shown = as_yaml(effective(config)) + repr(config) + repr(config.outputs)
    for secret in (PHONE, FILE, "written-in-the-file"):
        assert secret not in shown
        assert redact(f"/mine.atom?token={secret}", config.secrets) == "/mine.atom?token=***"


def test_without_the_key_everybody_may_read_it(tmp_path: Path) -> None:
    config = loaded(tmp_path, "title: All")
    assert not config.outputs[0].private
    assert config.folder_of(config.outputs[0]) == config.public
    assert "tokens" not in effective(config)["outputs"][0]


@pytest.mark.parametrize("nobody", ["tokens: {}", "tokens:", "tokens: null"])
def test_who_takes_the_last_token_away_does_not_make_it_public(tmp_path: Path, nobody: str) -> None:
    (output,) = loaded(tmp_path, nobody).outputs
    assert (output.private, output.tokens) == (True, ())


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        ("{phone: fifteen-letters}", "4:21: phone: a token has 16 to 256 characters, this one has 15"),
        ("{phone: ''}", "this one has 0"),
        ("{phone: 'with a space in it'}", "letters, digits and -._~+/= only"),
        ("{phone: 'with&ampersand-16'}", "letters, digits and -._~+/= only"),
        ("{phone: 1234567890123456}", "must be a text, not a number"),
        ("{phone: null}", "must be a text"),
        ("{phone: {path: laptop}}", "must be a text or {file: PATH}"),
        ("{phone: {file: missing}}", "does not exist"),
        ("{phone: secret-secret-secret, laptop: secret-secret-secret}", "two names have the same token"),
        ("secret-secret-secret", "4:13: "),
        ("[secret-secret-secret]", "4:13: "),
    ],
)
def test_a_wrong_token_is_a_mistake_that_does_not_repeat_it(tmp_path: Path, tokens: str, words: str) -> None:
    said = mistakes(tmp_path, f"tokens: {tokens}")
    assert words in said
    assert "\n" not in said
    assert "secret-secret" not in said
    assert "fifteen" not in said


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("sources: []\npublic: feeds", "'private' and 'public' lie inside one another"),
        ("sources: []\nprivate: feeds/public/private", "'private' and 'public' lie inside one another"),
        ("sources: []\nprivate: feeds/public", "'private' and 'public' lie inside one another"),
        ("sources: [{folder: .}]\npublic: ../public", "the folder and 'private' lie inside one another"),
    ],
)
def test_private_documents_lie_where_nobody_else_reads(tmp_path: Path, more: str, words: str) -> None:
    assert words in mistakes(tmp_path, TOKENS, more)


def test_without_private_outputs_their_folder_may_lie_anywhere(tmp_path: Path) -> None:
    assert loaded(tmp_path, "title: All", "sources: []\npublic: feeds").public == tmp_path / "feeds"
