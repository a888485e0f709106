"""A source's own authorities: what they change, and for whom."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from aggregator.fetch.tls import Contexts, Terms
from aggregator.model import Code, Fetched


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
