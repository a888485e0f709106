"""A source's own authorities and client certificate: what they change, and for whom."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from aggregator.fetch.tls import Contexts, Terms
from aggregator.model import ClientCertificate, Code, Fetched


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def issue(folder: Path, name: str, issuer: str, *more: str) -> None:
    """Writes ``name.pem`` and ``name.key``: a certificate for localhost, signed by ``issuer``."""
    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-keyout", f"{name}.key")
    signed = ("-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key", "-addext", "basicConstraints=critical,CA:false")
    signed = () if issuer == name else signed
    subject = ("-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-days", "36500")
    openssl(folder, "req", "-x509", *new_key, *subject, *signed, *more, "-out", f"{name}.pem")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority of the house, a server's certificate from it, and an authority nobody asked."""
    folder = tmp_path_factory.mktemp("certificates")
    issue(folder, "house", "house")
    issue(folder, "other", "other")
    issue(folder, "server", "house")
    issue(folder, "me", "house")
    issue(folder, "stranger", "other")
    (folder / "both.pem").write_text((folder / "me.pem").read_text() + (folder / "me.key").read_text())
    openssl(folder, "pkey", "-in", "me.key", "-aes256", "-passout", "pass:hunter2", "-out", "locked.key")
    return folder


@pytest.fixture
def in_house(files: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files / "server.pem", files / "server.key")
    return context


@pytest.fixture
async def house(strangers: Any, in_house: ssl.SSLContext) -> AsyncIterator[Any]:
    """A server whose certificate only the authority of the house vouches for."""
    server = strangers.Server()
    await server.start(in_house)
    server.on("/feed", strangers.reply(strangers.FEED))
    yield server
    await server.stop()


# -- ca -------------------------------------------------------------------------------------------------------------


async def test_a_certificate_of_the_sources_own_authority_is_accepted(house: Any, reader: Any, files: Path) -> None:
    assert isinstance(await reader.get(house.url("/feed"), ca=files / "house.pem"), Fetched)


@pytest.mark.parametrize("ca", [None, "other.pem"])
async def test_without_that_authority_it_is_refused(ca: str | None, house: Any, reader: Any, files: Path) -> None:
    outcome = await reader.get(house.url("/feed"), ca=files / ca if ca else None)
    assert outcome.code == Code.TLS
    assert "certificate" in outcome.detail
    assert house.requests == []


async def test_a_name_the_certificate_does_not_bear_is_refused_whatever_the_authority(
    house: Any, new_reader: Any, files: Path
) -> None:
    async def resolve(_host: str, _port: int) -> tuple[str, ...]:
        return ("127.0.0.1",)

    outcome = await new_reader(resolve=resolve).get(house.url("/feed", "elsewhere.example"), ca=files / "house.pem")
    assert outcome.code == Code.TLS


async def test_the_authorities_of_a_source_stand_instead_of_the_usual_ones(
    tls_server: Any, strangers: Any, reader: Any, files: Path
) -> None:
    address = tls_server.on("/feed", strangers.reply(strangers.FEED)).replace("127.0.0.1", "localhost")
    assert isinstance(await reader.get(address), Fetched)
    assert (await reader.get(address, ca=files / "house.pem")).code == Code.TLS


async def test_they_vouch_for_the_sources_own_origin_alone(
    house: Any, strangers: Any, in_house: ssl.SSLContext, reader: Any, files: Path
) -> None:
    elsewhere = strangers.Server()
    await elsewhere.start(in_house)
    house.on("/moved", strangers.redirect(elsewhere.on("/feed", strangers.reply(strangers.FEED))))
    house.on("/near", strangers.redirect("/feed"))
    assert isinstance(await reader.get(house.url("/near"), ca=files / "house.pem"), Fetched)
    assert (await reader.get(house.url("/moved"), ca=files / "house.pem")).code == Code.TLS
    assert elsewhere.requests == []
    await elsewhere.stop()


async def test_a_file_that_went_away_fails_its_source_and_names_the_key(house: Any, reader: Any, files: Path) -> None:
    for name in ("gone.pem", "house.key"):
        outcome = await reader.get(house.url("/feed"), ca=files / name)
        assert outcome.code == Code.TLS
        assert outcome.detail.startswith("the source's ca cannot be used")


def test_sources_with_the_same_files_share_one_context(files: Path) -> None:
    usual = ssl.create_default_context()
    contexts = Contexts(usual)
    house = contexts.on(Terms(ca=files / "house.pem"))
    assert contexts.on(Terms()) is usual
    assert contexts.on(Terms(ca=files / "house.pem")) is house
    assert contexts.on(Terms(ca=files / "other.pem")) is not house


# -- client_cert ----------------------------------------------------------------------------------------------------


@pytest.fixture
def asking(in_house: ssl.SSLContext, files: Path) -> ssl.SSLContext:
    """Lets nobody in who does not show a certificate of the house."""
    in_house.verify_mode = ssl.CERT_REQUIRED
    in_house.load_verify_locations(files / "house.pem")
    return in_house


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["TLS 1.2", "TLS 1.3"])
async def club(request: pytest.FixtureRequest, strangers: Any, asking: ssl.SSLContext) -> AsyncIterator[Any]:
    """A server for members."""
    asking.minimum_version = asking.maximum_version = request.param
    server = strangers.Server()
    await server.start(asking)
    server.on("/feed", strangers.reply(strangers.FEED))
    yield server
    await server.stop()


@pytest.mark.parametrize(
    ("cert", "key", "password"),
    [("me.pem", "me.key", None), ("both.pem", None, None), ("me.pem", "locked.key", "hunter2")],
    ids=["two files", "one file", "an encrypted key"],
)
async def test_a_server_that_asks_who_we_are_is_shown_the_certificate(
    cert: str, key: str | None, password: str | None, club: Any, reader: Any, files: Path
) -> None:
    identity = ClientCertificate(cert=files / cert, key=files / key if key else None, password=password)
    outcome = await reader.get(club.url("/feed"), ca=files / "house.pem", client_cert=identity)
    assert isinstance(outcome, Fetched)


@pytest.fixture
def door(asking: ssl.SSLContext) -> Iterator[tuple[str, ssl.SSLContext]]:
    """A server that says why it lets nobody in: asyncio's closes a refused handshake without the alert it owes."""

    def refuse() -> None:
        while True:
            raw, _ = listener.accept()
            tls = asking.wrap_socket(raw, server_side=True, do_handshake_on_connect=False)
            with tls, contextlib.suppress(OSError):  # the handshake's failure, and that the client went away
                try:
                    tls.do_handshake()
                finally:
                    while socket.socket.recv(tls, 4096):
                        pass
            if stopped:
                return

    stopped: list[bool] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=refuse)
        thread.start()
        port = listener.getsockname()[1]
        yield f"https://127.0.0.1:{port}/feed", asking
        stopped.append(True)
        socket.create_connection(("127.0.0.1", port)).close()
        thread.join()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("name", [None, "stranger"])
async def test_without_the_right_certificate_it_lets_nobody_in(
    version: ssl.TLSVersion, name: str | None, door: tuple[str, ssl.SSLContext], reader: Any, files: Path
) -> None:
    address, context = door
    context.minimum_version = context.maximum_version = version
    identity = ClientCertificate(cert=files / f"{name}.pem", key=files / f"{name}.key") if name else None
    outcome = await reader.get(address, ca=files / "house.pem", client_cert=identity)
    assert outcome.code == Code.TLS
    assert "ALERT" in outcome.detail


async def test_a_certificate_alone_leaves_the_usual_authorities_as_they_are(
    club: Any, tls_server: Any, strangers: Any, new_reader: Any, files: Path
) -> None:
    identity = ClientCertificate(cert=files / "both.pem")
    usual = new_reader(tls=ssl.create_default_context(cafile=files / "house.pem"))
    assert isinstance(await usual.get(club.url("/feed"), client_cert=identity), Fetched)
    elsewhere = tls_server.on("/feed", strangers.reply(strangers.FEED))
    assert (await usual.get(elsewhere, client_cert=identity)).code == Code.TLS


async def test_another_origin_is_not_shown_who_we_are(
    strangers: Any, asking: ssl.SSLContext, new_reader: Any, files: Path
) -> None:
    asking.verify_mode = ssl.CERT_OPTIONAL
    shown: list[Any] = []

    async def look(_: Any, writer: Any) -> None:
        shown.append(writer.get_extra_info("peercert"))
        await strangers.reply(strangers.FEED)(_, writer)

    async def pass_on(_: Any, writer: Any) -> None:
        shown.append(writer.get_extra_info("peercert"))
        await strangers.redirect(there.url("/feed"))(_, writer)

    here, there = strangers.Server(), strangers.Server()
    await here.start(asking)
    await there.start(asking)
    there.on("/feed", look)
    here.on("/feed", pass_on)
    usual = new_reader(tls=ssl.create_default_context(cafile=files / "house.pem"))
    outcome = await usual.get(here.url("/feed"), client_cert=ClientCertificate(cert=files / "both.pem"))
    await here.stop()
    await there.stop()
    assert isinstance(outcome, Fetched)
    assert [bool(each) for each in shown] == [True, False]


@pytest.mark.parametrize(("key", "password"), [("locked.key", None), ("locked.key", "wrong"), ("other.key", None)])
async def test_a_certificate_without_its_key_fails_the_source_and_asks_nobody_for_a_password(
    key: str, password: str | None, club: Any, reader: Any, files: Path
) -> None:
    identity = ClientCertificate(cert=files / "me.pem", key=files / key, password=password)
    outcome = await reader.get(club.url("/feed"), ca=files / "house.pem", client_cert=identity)
    assert outcome.code == Code.TLS
    assert outcome.detail.startswith("the source's client_cert cannot be used")
    assert club.connections == 0
