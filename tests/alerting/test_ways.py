"""Each way by which a receiver is told, to a real server or a real program."""

from __future__ import annotations

import asyncio
import base64
import email
import email.policy
import hashlib
import hmac
import json
import os
import signal
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from told import Listener
from waiting import until

from aggregator.alerting import command, mail, ntfy, webhook
from aggregator.alerting.message import Message
from aggregator.alerting.problem import NotTold
from aggregator.fetch import Fetcher
from aggregator.model import Allowed, Command, Email, Ntfy, Polling, Webhook

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LOCALHOST = Path(__file__).resolve().parents[1] / "fetch" / "localhost.pem"

ALERT = {"alert": "raised", "kind": "source", "subject": "a", "word": "failing"}


def message(**fields: Any) -> Message:
    given: dict[str, Any] = {
        "id": "0123456789abcdef",
        "kind": "alerts",
        "subject": "Planet: a has been failing",
        "text": "a has been failing\n  aggregator status a\n",
        "facts": {
            "type": "alerts",
            "alerts": [{"alert": "raised", "kind": "source", "subject": "a", "word": "failing"}],
        },
        "bad": True,
    }
    return Message(**(given | fields))


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    made = Fetcher(polling=Polling(), allow=(Allowed(network="127.0.0.1/32"),), agent="aggregator/test")
    yield made
    await made.aclose()


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as running:
        yield running


# ---- webhook


async def test_a_webhook_is_sent_json_and_says_what_came_back(fetcher: Fetcher, listener: Listener) -> None:
    said = await webhook.send(Webhook(url=listener.url), message(), fetcher.call_back, NOW)
    assert said == "200 thank you"
    [posted] = listener.posted
    assert posted.headers["content-type"] == "application/json"
    assert posted.headers["webhook-id"] == "0123456789abcdef"
    assert posted.json == {"id": "0123456789abcdef", **message().facts}
    assert "webhook-signature" not in posted.headers


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")),
        ("0123456789abcdef", b"0123456789abcdef"),
        ("whsec_no-base64!", b"whsec_no-base64!"),
    ],
)
async def test_a_signature_holds_for_this_body_this_id_and_this_time(
    fetcher: Fetcher, listener: Listener, secret: str, key: bytes
) -> None:
    await webhook.send(Webhook(url=listener.url, secret=secret), message(), fetcher.call_back, NOW)
    [posted] = listener.posted
    assert posted.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    signed = f"0123456789abcdef.{int(NOW.timestamp())}.".encode() + posted.body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert posted.headers["webhook-signature"] == f"v1,{expected}"


def test_the_signature_is_that_of_the_example_of_standard_webhooks() -> None:
    body = b'{"test": 2432232314}'
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    made = webhook.signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_webhook_that_refuses_or_is_not_there_is_not_told(fetcher: Fetcher, listener: Listener) -> None:
    listener.statuses = [500, 302]
    for said in ("500", "302"):
        with pytest.raises(NotTold, match=said):
            await webhook.send(Webhook(url=listener.url), message(), fetcher.call_back, NOW)
    with pytest.raises(NotTold, match="no connection"):
        await webhook.send(Webhook(url="http://127.0.0.1:9/hook"), message(), fetcher.call_back, NOW)


async def test_a_private_address_is_refused_and_said_how_to_permit_it(listener: Listener) -> None:
    strict = Fetcher(polling=Polling(), agent="aggregator/test")
    try:
        with pytest.raises(NotTold, match=r"network\.allow can permit it"):
            await webhook.send(Webhook(url=listener.url), message(), strict.call_back, NOW)
    finally:
        await strict.aclose()
    assert listener.posted == []


async def test_who_answers_at_length_is_told_all_the_same(fetcher: Fetcher, listener: Listener) -> None:
    listener.answer = b"x" * 1_000_000
    assert await webhook.send(Webhook(url=listener.url), message(), fetcher.call_back, NOW) == "200, at length"


# ---- ntfy


async def test_a_topic_gets_title_priority_tags_and_text(fetcher: Fetcher, listener: Listener) -> None:
    way = Ntfy(url=listener.url, token="tk_secret", priority=5)
    await ntfy.send(way, message(), fetcher.call_back, NOW)
    await ntfy.send(way, message(bad=False), fetcher.call_back, NOW)
    bad, over = listener.posted
    assert bad.body.decode() == message().text
    assert (bad.headers["title"], bad.headers["priority"], bad.headers["tags"]) == (message().subject, "5", "warning")
    assert bad.headers["authorization"] == "Bearer tk_secret"
    assert (over.headers["priority"], over.headers["tags"]) == ("3", "white_check_mark")


async def test_a_title_of_any_characters_is_a_header_and_a_long_text_is_cut(
    fetcher: Fetcher, listener: Listener
) -> None:
    said = message(subject="Planet Ünïcode:\nx 💥", text="ä" * 10_000)
    await ntfy.send(Ntfy(url=listener.url), said, fetcher.call_back, NOW)
    [posted] = listener.posted
    assert str(make_header(decode_header(posted.headers["title"]))) == "Planet Ünïcode: x 💥"
    assert posted.body.decode().endswith("ä…")
    assert len(posted.body) <= 4096
    assert "authorization" not in posted.headers


# ---- command


def program(folder: Path, text: str) -> Path:
    path = folder / "tell.sh"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def is_dead(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] == "Z"
    except FileNotFoundError:
        return True


async def test_a_command_gets_facts_and_variables_and_no_shell(tmp_path: Path) -> None:
    program(
        tmp_path, 'cat > facts.json; echo "$1 $AGGREGATOR_WORD $AGGREGATOR_NAME $AGGREGATOR_COUNT" > said.txt; echo ok'
    )
    way = Command(argv=("./tell.sh", "$(touch hacked); *"), folder=tmp_path)
    assert await command.send(way, message()) == "ended with 0: ok"
    assert json.loads((tmp_path / "facts.json").read_text()) == {"id": message().id, **message().facts}
    assert (tmp_path / "said.txt").read_text() == "$(touch hacked); * failing a 1\n"
    assert not (tmp_path / "hacked").exists()


async def test_a_command_that_fails_or_is_not_there_is_named_with_what_it_said(tmp_path: Path) -> None:
    program(tmp_path, "echo 'no such room' >&2; exit 3")
    with pytest.raises(NotTold, match=r"\./tell\.sh ended with 3: no such room"):
        await command.send(Command(argv=("./tell.sh",), folder=tmp_path), message())
    with pytest.raises(NotTold, match=f"No such file or directory; commands run in {tmp_path}"):
        await command.send(Command(argv=("./missing",), folder=tmp_path), message())


async def test_a_command_that_takes_too_long_is_killed_with_its_children(tmp_path: Path) -> None:
    program(tmp_path, "sleep 300 & echo $! > child; wait")
    way = Command(argv=("./tell.sh",), folder=tmp_path, timeout=timedelta(seconds=1))
    with pytest.raises(NotTold, match="did not end within 1 s, and was killed"):
        await command.send(way, message())
    child = int((tmp_path / "child").read_text())
    until(lambda: is_dead(child))


async def test_a_command_that_leaves_something_running_has_ended_all_the_same(tmp_path: Path) -> None:
    program(tmp_path, "setsid sleep 20 & echo $! > child; echo told")
    way = Command(argv=("./tell.sh",), folder=tmp_path, timeout=timedelta(seconds=1))
    try:
        assert await command.send(way, message()) == "ended with 0: told"
    finally:
        child = int((tmp_path / "child").read_text())
        os.kill(child, signal.SIGKILL)
        await asyncio.to_thread(until, lambda: is_dead(child))
        await asyncio.sleep(0)  # for the loop to see that the output has ended


async def test_a_command_need_not_read_and_may_print_without_end(tmp_path: Path) -> None:
    program(tmp_path, "head -c 3000000 /dev/zero | tr '\\0' 'x'; exit 0")
    big = message(facts={"type": "alerts", "alerts": [], "filler": "y" * 1_000_000})
    said = await command.send(Command(argv=("./tell.sh",), folder=tmp_path), big)
    assert said.startswith("ended with 0: xxx")
    assert len(said) < 600


async def test_a_variable_holds_no_nul_and_is_not_endless(tmp_path: Path) -> None:
    program(tmp_path, 'printf "%s" "$AGGREGATOR_TEXT" | wc -c')
    said = await command.send(Command(argv=("./tell.sh",), folder=tmp_path), message(text="a\0" * 10_000))
    assert said == "ended with 0: 8000"


# ---- mail


class Mails:
    """A mail server that keeps what it takes."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.refuse: str | None = None

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuse is not None:
            return self.refuse
        parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, parsed, session.ssl is not None))
        return "250 kept"


@pytest.fixture
def mails() -> Mails:
    return Mails()


@asynccontextmanager
async def served(mails: Mails, **more: Any) -> AsyncIterator[int]:
    """A mail server on a free port, which is given."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(mails, loop=loop, **more), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def by(port: int, **fields: Any) -> Email:
    given: dict[str, Any] = {
        "host": "127.0.0.1", "port": port, "security": "none", "sender": "planet@p.example",
        "to": ("me@p.example", "you@p.example"),
    }  # fmt: skip
    return Email(**(given | fields))


async def test_a_mail_is_one_mail_with_an_id_that_stays(mails: Mails) -> None:
    async with served(mails) as port:
        said = await mail.send(by(port), message(subject="Planet:\nBcc: x@evil.example ü"), NOW)
    assert said == "kept"
    [(sender, to, parsed, _)] = mails.taken
    assert (sender, to) == ("planet@p.example", ["me@p.example", "you@p.example"])
    assert parsed["Subject"] == "Planet: Bcc: x@evil.example ü"
    assert parsed["Bcc"] is None
    assert parsed["Message-ID"] == "<0123456789abcdef@p.example>"
    assert parsed["Date"].datetime == NOW
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed.get_content().replace("\r\n", "\n") == message().text


async def test_a_mail_goes_encrypted_to_who_it_is_for_and_with_the_right_password(mails: Mails) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(LOCALHOST)

    def allowed(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"me", b"right"), handled=False)

    async with served(mails, tls_context=context, authenticator=allowed, require_starttls=True) as port:
        way = by(port, host="localhost", security="starttls", user="me", password="right", ca=LOCALHOST)
        await mail.send(way, message(), NOW)
        with pytest.raises(NotTold, match="535"):
            await mail.send(replace(way, password="wrong"), message(), NOW)
        with pytest.raises(NotTold, match="certificate verify failed"):
            await mail.send(replace(way, ca=None), message(), NOW)
        with pytest.raises(NotTold, match="530"):
            await mail.send(by(port), message(), NOW)
    [(_, _, _, encrypted)] = mails.taken
    assert encrypted


async def test_a_mail_server_that_refuses_or_is_not_there_is_named(mails: Mails) -> None:
    mails.refuse = "552 mailbox full"
    async with served(mails) as port:
        with pytest.raises(NotTold, match=f"127.0.0.1:{port}: 552 mailbox full"):
            await mail.send(by(port), message(), NOW)
    with pytest.raises(NotTold, match=f"127.0.0.1:{port}: no connection .Connection refused."):
        await mail.send(by(port), message(), NOW)
