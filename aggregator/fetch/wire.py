"""What HTTP/1.1 and HTTP/2 have in common: reading with limits, and what an answer begins with."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from aggregator.fetch.connection import reason
from aggregator.fetch.limits import seconds
from aggregator.fetch.problem import Problem
from aggregator.model import Code

if TYPE_CHECKING:
    from aggregator.fetch.connection import Connection
    from aggregator.fetch.limits import Limits, Meter

Fields = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Head:
    """What an answer begins with."""

    status: int
    fields: Fields


class Exchange(Protocol):
    """One request and its answer. Raises Problem for all a stranger can do."""

    async def head(self) -> Head:
        """Gives the final answer's status and header fields."""

    async def piece(self) -> bytes | None:
        """Gives the next piece of the body, content coding as sent; ``None`` once the body is whole."""


class Wire:
    """What an exchange reads off its connection: counted, and never waited for longer than the limits say."""

    def __init__(self, connection: Connection, limits: Limits, meter: Meter) -> None:
        self._connection = connection
        self._limits = limits
        self._meter = meter
        self._until = asyncio.get_running_loop().time() + limits.first_byte.total_seconds()
        self.begun = False
        """Whether anything of the answer has come."""
        self.in_body = False
        """Whether its head has."""

    def write(self, data: bytes) -> None:
        self._connection.write(data)

    async def receive(self) -> bytes:
        """Takes what comes next, at most 16 KiB; ``b""`` where the connection has ended.

        Raises Problem: ``timeout`` for silence; where it broke, ``truncated`` in a body, else ``tls`` or ``protocol``.
        """
        limits = self._limits
        wait = limits.silence.total_seconds() if self.begun else self._until - asyncio.get_running_loop().time()
        try:
            data = await self._connection.read(wait)
        except OSError as error:
            if isinstance(error, TimeoutError) and error.errno is None:  # else the kernel's ETIMEDOUT: it broke
                silent = f"silent for {seconds(limits.silence)} in the middle of the answer"
                raise Problem(
                    Code.TIMEOUT, silent if self.begun else f"no answer within {seconds(limits.first_byte)}"
                ) from error
            if self.in_body:
                raise Problem(Code.TRUNCATED, f"the connection broke in the body: {reason(error)}") from error
            code = Code.TLS if isinstance(error, ssl.SSLError) else Code.PROTOCOL
            raise Problem(code, f"the connection broke before an answer came: {reason(error)}") from error
        self._meter.received += len(data)
        return data
