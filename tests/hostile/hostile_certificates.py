"""Certificates that do not hold, TLS too old, and TLS that breaks after the handshake (reliability.md; RFC 8446, 9112).

The certificates are made for the run, by openssl; every source trusts the authority ``good``, and none other.
"""

from __future__ import annotations

import ssl
import subprocess
import warnings
from dataclasses import dataclass
from pathlib import Path

from hostile_server import FEED, OK, Behaviour, Case, Request, Wire, answer, chunked, endless, holding, raw, then_cut

from aggregator.model import Code

ONE_PATH = "DNS:localhost,IP:127.0.0.1"
CONFIG = """
[ca]
default_ca = all
[all]
database = index.txt
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
email_in_dn = no
rand_serial = yes
[any]
commonName = supplied
"""
LEAF = "basicConstraints=critical,CA:false"
AUTHORITY = "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign"


@dataclass(frozen=True)
class Made:
    """How one certificate is made. Dates as openssl writes them."""

    issuer: str
    names: str = ONE_PATH
    kind: str = LEAF
    begins: str = "20200101000000Z"
    ends: str = "20991231000000Z"
    key: tuple[str, ...] = ("ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
    digest: str = "sha256"
    sent: tuple[str, ...] = ()
    """What the server sends behind it."""


CERTIFICATES: dict[str, Made] = {
    "good": Made(issuer="good", kind=AUTHORITY),
    "unknown": Made(issuer="unknown", kind=AUTHORITY),
    "middle": Made(issuer="good", kind=AUTHORITY),
    "expired-middle": Made(issuer="good", kind=AUTHORITY, ends="20200201000000Z"),
    "holds": Made(issuer="good"),
    "holds-through-two": Made(issuer="middle", sent=("middle",)),
    "expired": Made(issuer="good", ends="20200201000000Z"),
    "not-yet-valid": Made(issuer="good", begins="20900101000000Z"),
    "wrong-name": Made(issuer="good", names="DNS:other.test,IP:127.0.0.2"),
    "no-name": Made(issuer="good", names=""),
    "name-as-text": Made(issuer="good", names="DNS:127.0.0.1"),
    "self-signed": Made(issuer="self-signed"),
    "unknown-issuer": Made(issuer="unknown"),
    "unknown-issuer-sends-it": Made(issuer="unknown", sent=("unknown",)),
    "without-its-intermediate": Made(issuer="middle"),
    "through-an-expired-one": Made(issuer="expired-middle", sent=("expired-middle",)),
    "signed-by-no-authority": Made(issuer="holds", sent=("holds",)),
    "for-clients": Made(issuer="good", kind=LEAF + "\nextendedKeyUsage=clientAuth"),
    "key-of-1024-bits": Made(issuer="good", key=("rsa:1024",)),
    "digest-sha1": Made(issuer="good", digest="sha1"),
}
"""In an order in which issuers come first."""

REFUSED = tuple(name for name in CERTIFICATES if name not in ("good", "unknown", "middle", "expired-middle", "holds",
                                                               "holds-through-two"))  # fmt: skip
OLD = {"version-1.0": ssl.TLSVersion.TLSv1, "version-1.1": ssl.TLSVersion.TLSv1_1}


def make(folder: Path) -> None:
    """Writes ``name.pem`` (with what is sent behind it) and ``name.key`` for each, with ``good.pem`` to be trusted."""
    (folder / "ca.conf").write_text(CONFIG)
    for name, made in CERTIFICATES.items():
        (folder / "index.txt").write_text("")
        names = f"\nsubjectAltName={made.names}" if made.names else ""
        (folder / "extensions").write_text(made.kind + names + "\n")
        _openssl(folder, f"req -new -noenc -subj /CN={name} -keyout {name}.key -out request -newkey", *made.key)
        signed_by = ("-selfsign",) if made.issuer == name else ("-cert", f"{made.issuer}.pem")
        dates = ("-startdate", made.begins, "-enddate", made.ends, "-md", made.digest)
        _openssl(folder, f"ca -config ca.conf -batch -notext -in request -out {name}.pem -extfile extensions "
                 f"-keyfile {made.issuer}.key", *signed_by, *dates)  # fmt: skip
    for name, made in CERTIFICATES.items():
        with (folder / f"{name}.pem").open("a") as file:
            file.writelines((folder / f"{each}.pem").read_text() for each in made.sent)


def context(folder: Path, name: str) -> ssl.SSLContext:
    """What a server speaks that goes by this name: one of the certificates, of the old versions, or ``h2``."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if name in OLD:
        made.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # that they are old is the point
            made.minimum_version = made.maximum_version = OLD[name]
    if name == "h2":
        made.set_alpn_protocols(["h2"])
    if name.startswith(("key-", "digest-")):
        made.set_ciphers("ALL:@SECLEVEL=0")
    certificate = name if name in CERTIFICATES else "holds"
    made.load_cert_chain(folder / f"{certificate}.pem", folder / f"{certificate}.key")
    return made


def _openssl(folder: Path, words: str, *more: str) -> None:
    subprocess.run(["openssl", *words.split(), *more], cwd=folder, check=True, capture_output=True)


async def garbage(_: Request, wire: Wire) -> None:
    """Half an answer, and behind it bytes that are no TLS."""
    await wire.send(OK + b"Content-Length: 100\r\n\r\n<rss")
    await wire.beneath(b"x" * 4096)
    await wire.hold()


async def garbage_first(_: Request, wire: Wire) -> None:
    await wire.beneath(b"HTTP/1.1 200 OK\r\n\r\n" + FEED)
    await wire.hold()


HTTP_2_SETTINGS = b"\0\0\0\4\0\0\0\0\0"
GOAWAY = b"\0\0\x08\7\0\0\0\0\0" + bytes(4) + b"\0\0\0\x0d"

BROKEN: dict[str, tuple[Behaviour, Code]] = {
    "answers": (answer(), Code.OK),
    "until-goodbye": (raw(OK + b"\r\n" + FEED), Code.OK),
    "no-goodbye-before-answer": (then_cut(b""), Code.PROTOCOL),
    "no-goodbye-in-head": (then_cut(OK), Code.PROTOCOL),
    "no-goodbye-in-length": (then_cut(OK + b"Content-Length: 100\r\n\r\n<rss"), Code.TRUNCATED),
    "no-goodbye-in-chunk": (then_cut(chunked(FEED, end=b"")), Code.TRUNCATED),
    "no-goodbye-until-close": (then_cut(OK + b"\r\n" + FEED), Code.TRUNCATED),
    "no-goodbye-http-1.0": (then_cut(b"HTTP/1.0 200 OK\r\n\r\n" + FEED), Code.TRUNCATED),
    "no-goodbye-after-length": (then_cut(OK + b"Content-Length: %d\r\n\r\n" % len(FEED) + FEED), Code.OK),
    "no-goodbye-after-last-chunk": (then_cut(chunked(FEED)), Code.OK),
    "garbage-before-answer": (garbage_first, Code.TLS),
    "endless": (endless(b"x" * 65536, OK + b"\r\n"), Code.TOO_LARGE),
}

CASES = [
    Case(path="/tls-holds", behave=answer(), code=Code.OK, tls="holds", expect=(("body", FEED),)),
    Case(path="/tls-holds-through-two", behave=answer(), code=Code.OK, tls="holds-through-two"),
    *(
        Case(path=f"/tls-{name}", behave=answer(), code=Code.TLS, tls=name, requests=0)
        for name in (*REFUSED, *OLD)
    ),
    *(
        Case(path=f"/tls-{name}", behave=behave, code=code, tls="holds")
        for name, (behave, code) in BROKEN.items()
    ),
    Case(path="/tls-garbage-in-body", behave=garbage, code=Code.TRUNCATED, or_code=Code.TLS, tls="holds"),
    Case(path="/tls-h2-only", behave=raw(HTTP_2_SETTINGS + GOAWAY), code=Code.PROTOCOL, tls="h2"),
    Case(path="/tls-silent-in-body", behave=holding(OK + b"\r\n<rss"), code=Code.TIMEOUT, tls="holds", waits="silence"),
    Case(
        path="/tls-drip",
        behave=endless(b"x", OK + b"\r\n", pause=0.02),
        code=Code.TOO_SLOW,
        tls="holds",
        waits="deadline",
    ),
]  # fmt: skip
