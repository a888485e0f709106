"""Names: what a name server can say, truly and falsely (reliability.md D1 to D7, D10, D12).

The tables are met through the seam that the fetcher has for it, ``Fetcher(resolve=...)``: what a name server says is
what :class:`Names` says, and the guard and all behind it are the program's own.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Sequence

from hostile_redirects import to
from hostile_server import Case, answer, in_turn

from aggregator.model import Code

HERE = ("127.0.0.1",)
"""What the fetcher of the tests may call, as if it were a public address."""
Answer = tuple[str, ...] | Exception | None
"""``None``: none ever comes."""

PRIVATE: dict[str, tuple[str, ...]] = {
    "to-another-loopback": ("127.0.0.2",),
    "to-private": ("10.0.0.1", "192.168.0.1", "172.16.0.1"),
    "to-metadata": ("169.254.169.254",),
    "to-carrier-nat": ("100.64.0.1",),
    "to-zero": ("0.0.0.0",),
    "to-multicast": ("224.0.0.1",),
    "to-broadcast": ("255.255.255.255",),
    "to-benchmark": ("198.18.0.1",),
    "to-v6-loopback": ("::1",),
    "to-v6-unspecified": ("::",),
    "to-v6-unique-local": ("fd00::1",),
    "to-v6-link-local": ("fe80::1",),
    "to-v6-site-local": ("fec0::1",),
    "to-v6-multicast": ("ff02::1",),
    "to-v4-mapped": ("::ffff:127.0.0.1",),
    "to-v4-mapped-public": ("::ffff:8.8.8.8",),
    "to-v4-compatible": ("::127.0.0.1",),
    "to-nat64": ("64:ff9b::7f00:1",),
    "to-nat64-local": ("64:ff9b:1::7f00:1",),
    "to-6to4": ("2002:7f00:1::",),
    "to-teredo": ("2001:0:7f00:1::",),
    "to-zone": ("fe80::1%lo",),
    "to-zone-public": ("2606:4700::1%eth0",),
    "to-zone-number": ("fe80::1%1",),
    "to-words": ("somewhere",),
    "to-octal": ("0177.0.0.1",),
    "mixed-private-first": ("10.0.0.1", *HERE),
    "mixed-private-last": (*HERE, "10.0.0.1"),
    "mixed-mapped": (*HERE, "::ffff:10.0.0.1"),
    "mixed-v6": (*HERE, "::1"),
    "crowd-with-one-private": (*HERE, *(f"8.8.{n // 250}.{n % 250}" for n in range(500)), "10.0.0.1"),
}
"""Answers nobody may be led by: one bad address spoils them."""

UNKNOWN: dict[str, Answer] = {
    "does-not-exist": socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
    "try-again": socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"),
    "server-failed": socket.gaierror(socket.EAI_FAIL, "Non-recoverable failure in name resolution"),
    "no-words": OSError(),
    "not-idna": UnicodeError("label too long"),
    "no-addresses": (),
}

SCRIPTS: dict[str, tuple[Answer, ...]] = {
    **{f"{name}.test": (answer,) for name, answer in {**PRIVATE, **UNKNOWN}.items()},
    "hangs.test": (None,),
    "good.test": (HERE,),
    "twice-the-same.test": (HERE * 500,),
    "rebinds.test": (HERE, ("10.0.0.1",)),
    "rebinds-to-mapped.test": (HERE, ("::ffff:127.0.0.1",)),
    "rebinds-to-loopback.test": (HERE, ("127.0.0.2",)),
    "comes-back.test": (("10.0.0.1",), HERE),
    "is-found-again.test": (socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), HERE),
    "localhost": (("127.0.0.1", "::1"),),
    "to-mapped.test": (("::ffff:127.0.0.1",),),
    "to-loopback.test": (HERE,),
    "one-of-two.test": (("192.0.2.1", "127.0.0.1"),),
}
"""What each name is answered with at every look-up in turn; the last answer is for all that follow."""


class Names:
    """A name server for one fetcher; it remembers who asked for what, and knows no other names."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    async def __call__(self, host: str, _port: int) -> Sequence[str]:
        name = host.rstrip(".")
        script = SCRIPTS.get(name) or (UNKNOWN["does-not-exist"],)
        said = script[min(self.asked[name], len(script) - 1)]
        self.asked[name] += 1
        if said is None:
            await asyncio.Event().wait()
        if isinstance(said, Exception):
            raise said
        assert said is not None
        return said


def _never_called(name: str, code: Code, waits: str | None = None) -> Case:
    return Case(
        path=f"/n-{name}", host=f"{name}.test", behave=answer(), code=code, requests=0, connections=0, waits=waits
    )


CASES = [
    *(_never_called(name, Code.BLOCKED_ADDR) for name in PRIVATE),
    *(_never_called(name, Code.DNS) for name in UNKNOWN),
    _never_called("hangs", Code.DNS, waits="silence"),
    Case(path="/n-good", host="good.test", behave=answer(), code=Code.OK),
    Case(path="/n-upper-case", host="GOOD.Test", behave=answer(), code=Code.OK),
    Case(path="/n-final-dot", host="good.test.", behave=answer(), code=Code.OK),
    Case(path="/n-500-times-the-same", host="twice-the-same.test", behave=answer(), code=Code.OK),
    Case(path="/n-zone-in-the-address", host="[fe80::1%25lo]", behave=answer(), code=Code.BLOCKED_ADDR, requests=0),
    Case(path="/n-label-of-300-bytes", host="x" * 300 + ".test", behave=answer(), code=Code.DNS, requests=0),
    Case(path="/n-punycode-overflow", host="xn--" + "9" * 59 + ".test", behave=answer(), code=Code.DNS, requests=0),
    Case(path="/n-homograph", host="g\u043e\u043ed.test", behave=answer(), code=Code.DNS, requests=0),
    # The address that was checked is the one that is called, and a second look is checked anew.
    Case(path="/n-rebinds-later", host="rebinds.test", behave=answer(), code=Code.OK),
    *(
        Case(path=f"/n-{name}-poll", host=f"{name}.test", behave=answer(), code=Code.BLOCKED_ADDR, polls=2)
        for name in ("rebinds", "rebinds-to-mapped", "rebinds-to-loopback")
    ),
    Case(path="/n-rebinds-hop", host="rebinds.test", behave=in_turn(to("x"), answer()), code=Code.BLOCKED_ADDR),
    Case(path="/n-comes-back", host="comes-back.test", behave=answer(), code=Code.OK, polls=2),
    Case(path="/n-is-found-again", host="is-found-again.test", behave=answer(), code=Code.OK, polls=2),
    Case(path="/n-certificate-of-a-number", host="good.test", behave=answer(), code=Code.TLS, tls="holds", requests=0),
]
