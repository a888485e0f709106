"""``alerts``: who is told, by which way, and what is a mistake."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.config import Config, effective, load
from aggregator.errors import ConfigError
from aggregator.model import USUAL, Command, Email, Ntfy, Webhook


def loaded(folder: Path, *receivers: str) -> Config:
    path = folder / "config.yaml"
    listed = "".join(f"  - {{{each}}}\n" for each in receivers)
    path.write_text(f"site: {{title: P, url: 'https://p.example/'}}\nsources: []\nalerts:\n{listed}")
    return load(path, {"HOOK": "whsec_c2VjcmV0c2VjcmV0", "TOKEN": "tk_0123456789abcdef"})


def test_each_way_has_a_short_form(tmp_path: Path) -> None:
    config = loaded(
        tmp_path,
        "id: hook, webhook: 'https://hooks.example/T0/abc'",
        "id: run, command: [./tell.sh, loud, '']",
        "id: mail, email: {host: smtp.example, from: a@p.example, to: me@p.example}",
        "id: phone, ntfy: 'https://ntfy.example/topic'",
    )
    hook, run, mail, phone = config.alerts
    assert hook.by == Webhook(url="https://hooks.example/T0/abc")
    assert run.by == Command(argv=("./tell.sh", "loud", ""), folder=tmp_path)
    assert mail.by == Email(
        host="smtp.example", port=587, security="starttls", sender="a@p.example", to=("me@p.example",)
    )
    assert phone.by == Ntfy(url="https://ntfy.example/topic")
    assert {(each.on, each.every, each.sources, each.tags) for each in config.alerts} == {
        (USUAL, timedelta(hours=1), (), ())
    }


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_port_of_a_mail_server_follows_from_its_security(tmp_path: Path, security: str, port: int) -> None:
    email = f"email: {{host: smtp.example, security: {security}, from: a@p.example, to: [b@p.example]}}"
    [receiver] = loaded(tmp_path, f"id: mail, {email}").alerts
    assert isinstance(receiver.by, Email)
    assert receiver.by.port == port


def test_no_secret_is_shown(tmp_path: Path) -> None:
    (tmp_path / "pass").write_text("mail-password\n")
    config = loaded(
        tmp_path,
        "id: hook, webhook: {url: 'https://hooks.example/T0/abc?key=1', secret: '${HOOK}'}",
        "id: mail, email: {host: s.example, from: a@p.example, to: [b@p.example], user: u, password_file: pass}",
        "id: phone, ntfy: {url: 'https://ntfy.example/topic', token: '${TOKEN}'}, on: [failing], tags: [news]",
    )
    shown = str(effective(config)["alerts"]) + repr(config.alerts)
    for secret in ("T0/abc", "c2VjcmV0", "mail-password", "example/topic", "0123456789abcdef"):
        assert secret not in shown
    assert {
        "whsec_c2VjcmV0c2VjcmV0",
        "mail-password",
        "tk_0123456789abcdef",
        "hooks.example/T0/abc?key=1",
    } <= config.secrets
    hook, mail, phone = effective(config)["alerts"]
    assert hook == {"id": "hook", "webhook": {"url": "https://hooks.example/***", "secret": "***"}, "every": "1h"}
    assert mail["email"]["password"] == "***"
    assert phone["on"] == ["failing"]


def test_a_key_from_the_environment_in_the_words_of_a_command_is_not_shown(tmp_path: Path) -> None:
    config = loaded(tmp_path, "id: run, command: [./tell.sh, '--key=${TOKEN}', loud]")
    assert config.alerts[0].by == Command(argv=("./tell.sh", "--key=tk_0123456789abcdef", "loud"), folder=tmp_path)
    assert effective(config)["alerts"][0]["command"]["run"] == ["./tell.sh", "--key=***", "loud"]


@pytest.mark.parametrize(
    ("receiver", "said"),
    [
        ("id: a", "needs one of webhook, command, email, ntfy"),
        ("id: a, webhook: 'https://h.example/', ntfy: 'https://n.example/t'", "webhook"),
        ("id: a, webhook: 'https://me@h.example/'", "no user"),
        ("id: a, webhook: 'mailto:me@h.example'", "mailto: is not supported"),
        ("id: a, webhook: {url: 'https://h.example/', secret: short}", "16 to 256 characters"),
        ("id: a, command: []", "must not be an empty list"),
        ("id: a, command: 'rm -rf /'", "must be a mapping"),
        ("id: a, command: [5]", "must be a text"),
        ("id: a, ntfy: 'https://n.example/t', on: [fails]", "nearest: 'failing'"),
        ("id: a, ntfy: 'https://n.example/t', on: []", "must not be an empty list"),
        ("id: a, ntfy: 'https://n.example/t', every: 0s", "every"),
        ("id: a, ntfy: {url: 'https://n.example/t', priority: 6}", "priority"),
        ("id: a, email: {host: 'smtp:25', from: a@b.example, to: [c@d.example]}", "name of a mail server"),
        ("id: a, email: {host: s.example, from: 'Me <a@b.example>', to: [c@d.example]}", "no mail address"),
        ("id: a, email: {host: s.example, from: a@b.example, to: []}", "must not be an empty list"),
        ("id: a, email: {host: s.example, from: a@b.example, to: [c@d.example], password: p}", "without a user"),
        (
            "id: a, email: {host: s.example, security: none, user: u, password: p, from: a@b.example, to: c@d.example}",
            "in the open",
        ),
        ("id: A b, ntfy: 'https://n.example/t'", "id"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, receiver: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        loaded(tmp_path, receiver)
    assert said in str(error.value)


def test_two_receivers_of_one_name_are_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="already used"):
        loaded(tmp_path, "id: a, ntfy: 'https://n.example/t'", "id: a, command: [x]")
