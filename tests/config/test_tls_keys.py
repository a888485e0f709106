"""The keys of a source that say whom TLS trusts, and who it says we are."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from aggregator.config import Config, as_yaml, certificates, effective, load, redact
from aggregator.errors import ConfigError
from aggregator.model import ClientCertificate

SITE = "site: {title: P, url: 'https://p.example/', id: 'tag:p.example,2026:p'}\n"
CERTIFICATE = Path(__file__).parents[1] / "fetch" / "localhost.pem"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "certs").mkdir()
    shutil.copy(CERTIFICATE, tmp_path / "certs" / "ca.pem")  # it holds a private key too
    shutil.copy(CERTIFICATE, tmp_path / "certs" / "me.pem")
    command = ("openssl", "pkey", "-in", CERTIFICATE, "-aes256", "-passout", "pass:hunter2", "-out", "locked.key")
    subprocess.run(command, cwd=tmp_path / "certs", check=True, capture_output=True)
    (tmp_path / "certs" / "password").write_text("hunter2\n", encoding="utf-8")
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


def test_a_certificate_is_a_path_or_files_with_a_password(folder: Path) -> None:
    certs = folder / "certs"
    assert loaded(folder, "client_cert: certs/me.pem").sources[0].client_cert == ClientCertificate(
        cert=certs / "me.pem"
    )
    assert loaded(folder, "client_cert: null").sources[0].client_cert is None
    locked = ClientCertificate(cert=certs / "me.pem", key=certs / "locked.key", password="hunter2")
    start = "client_cert: {cert: certs/me.pem, key: certs/locked.key, "
    assert loaded(folder, start + 'password: "${PASS}"}', PASS="hunter2").sources[0].client_cert == locked
    assert loaded(folder, start + "password_file: certs/password}").sources[0].client_cert == locked


def test_the_password_of_a_key_is_shown_nowhere(folder: Path) -> None:
    config = loaded(folder, "client_cert: {cert: certs/me.pem, key: certs/locked.key, password: hunter2}")
    assert effective(config)["sources"][0]["client_cert"] == {
        "cert": str(folder / "certs" / "me.pem"),
        "key": str(folder / "certs" / "locked.key"),
        "password": "***",
    }
    assert "hunter2" not in repr(config.sources) + as_yaml(effective(config))
    assert redact("it is hunter2", config.secrets) == "it is ***"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("certs/none.pem", "4:18: cert: the file 'certs/none.pem' does not exist"),
        ("certs/password", "4:18: client_cert: no certificate with its private key, in PEM, in 'password'; name the"),
        ("{cert: certs/me.pem, key: certs/none.key}", "4:44: key: the file 'certs/none.key' does not exist"),
        ("{cert: certs/me.pem, key: certs/locked.key}", "4:18: client_cert: no certificate with its private key, in"),
        ("{cert: certs/me.pem, key: certs/locked.key, password: wrong-one}", "4:18: client_cert: no certificate with"),
        ("{key: certs/locked.key}", "4:18: cert is missing"),
        (
            "{cert: certs/me.pem, key: certs/locked.key, password: hunter2, password_file: certs/password}",
            "4:96: password_file and password are both given; keep one",
        ),
        ("{cert: certs/me.pem, pasword: wrong-one}", "4:39: unknown key 'pasword'; nearest: 'password'"),
        ("{cert: certs/me.pem, password: 12345678}", "4:49: password: must be a text, not a number"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_named_at_its_place(folder: Path, value: str, expected: str) -> None:
    line = only_mistake(folder, f"client_cert: {value}")
    assert line.startswith(expected)
    assert not [each for each in ("wrong-one", "hunter2", "12345678") if each in line]


def test_a_key_of_another_certificate_is_named(folder: Path) -> None:
    command = (
        "openssl",
        "genpkey",
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-out",
        "other.key",
    )
    subprocess.run(command, cwd=folder / "certs", check=True, capture_output=True)
    line = only_mistake(folder, "client_cert: {cert: certs/me.pem, key: certs/other.key}")
    assert line.startswith("4:18: client_cert: the private key is not that of the certificate")


@pytest.mark.parametrize("key", ["ca: certs/ca.pem", "client_cert: certs/me.pem"])
def test_a_file_that_many_sources_share_is_looked_at_once_at_each_reading(
    folder: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[object] = []
    for name in ("authorities", "check_identity"):
        look = getattr(certificates, name)
        monkeypatch.setattr(certificates, name, lambda *at, look=look: (looked.append(at), look(*at))[1])
    sources = "".join(f"  - {{url: 'https://a.example/{number}', {key}}}\n" for number in range(50))
    (folder / "config.yaml").write_text(f"site: {{title: T, url: 'http://t.example/'}}\nsources:\n{sources}")
    for times in (1, 2):
        load(folder / "config.yaml", {})
        assert len(looked) == times


def test_each_source_with_a_wrong_file_is_named(folder: Path) -> None:
    sources = "".join(f"  - {{url: 'https://a.example/{number}', ca: certs/password}}\n" for number in range(3))
    (folder / "config.yaml").write_text(f"site: {{title: T, url: 'http://t.example/'}}\nsources:\n{sources}")
    with pytest.raises(ConfigError) as caught:
        load(folder / "config.yaml", {})
    assert [each.split(":")[1] for each in caught.value.mistakes] == ["3", "4", "5"]
