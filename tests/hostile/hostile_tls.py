"""Whatever answers on an https port but TLS."""

from __future__ import annotations

from hostile_server import FEED, OK, Behaviour, Case, endless, holding, raw, resetting

from aggregator.model import Code

ALERT = b"\x15\x03\x03\0\x02\x02\x28"
SERVER_HELLO_CUT = b"\x16\x03\x03\x40\0\x02\0\x3f\xfc\x03\x03"
BEHAVIOURS: dict[str, Behaviour] = {
    "closes": raw(),
    "resets": resetting(),
    "plain-http": raw(OK + b"\r\n" + FEED),
    "plain-redirect": raw(b"HTTP/1.1 301 x\r\nLocation: http://127.0.0.1:9/\r\n\r\n"),
    "alert": raw(ALERT),
    "alerts": endless(b"\x15\x03\x03\0\x02\x01\x5a" * 500),
    "hello-cut": raw(SERVER_HELLO_CUT),
    "hello-reset": resetting(SERVER_HELLO_CUT),
    "sslv2": raw(b"\x80\x2e\x01\0\x02" + bytes(41)),
    "endless-nul": endless(bytes(4096)),
    "endless-record": endless(b"x" * 4096, SERVER_HELLO_CUT),
    "ssh": raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
}
WAITING: dict[str, Behaviour] = {
    "silent": holding(),
    "hello-silent": holding(SERVER_HELLO_CUT),
    "drip": endless(b"x", b"\x16\x03\x03\x40\0\x02\0\x3f\xfc", pause=0.02),
}

CASES = [
    Case(
        path=f"/tls-not-{name}",
        behave=behave,
        code=Code.TLS,
        or_code=Code.CONNECT if "reset" in name else None,
        scheme="https",
        early=True,
        requests=0,
        connections=1,
        waits="silence" if name in WAITING else None,
    )
    for name, behave in {**BEHAVIOURS, **WAITING}.items()
]
