"""Messages to a program of the operator: facts as JSON on its standard input, and the main ones as variables."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

from aggregator.alerting.problem import NotTold
from aggregator.alerting.webhook import as_json

if TYPE_CHECKING:
    from asyncio.subprocess import Process

    from aggregator.alerting.message import Message
    from aggregator.model import Command

SAID_BYTES = 4096
"""Of what the program prints, that are read; the rest is thrown away."""

LONGEST_VARIABLE = 8000
"""Characters of one variable; the system allows 128 KiB for one."""


async def send(way: Command, message: Message) -> str:
    """What the program printed. Raises NotTold where it cannot be run, fails, or takes too long.

    It runs in a session of its own, and whatever it has started there ends with it.
    """
    body = as_json(message)
    try:
        process = await asyncio.create_subprocess_exec(
            *way.argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=way.folder,
            env={**os.environ, **variables(message)},
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise NotTold(f"{way.argv[0]}: {reason}; commands run in {way.folder}") from error
    said = bytearray()
    try:
        async with asyncio.timeout(way.timeout.total_seconds()):
            await asyncio.gather(_read(process, said), _write(process, body))
            await process.wait()
    except TimeoutError:
        if process.returncode is None:  # else what it left running in another session holds its output open
            seconds = way.timeout.total_seconds()
            words = f"{way.argv[0]} did not end within {seconds:g} s, and was killed; raise its timeout"
            raise NotTold(words) from None
    finally:
        _kill(process)
        code = await process.wait()
    words = " ".join(said.decode("utf-8", "replace").split())[:500]
    if code != 0:
        how = f"ended with {code}" if code > 0 else f"was killed by signal {-code}"
        raise NotTold(f"{way.argv[0]} {how}: {words}" if words else f"{way.argv[0]} {how}")
    return f"ended with 0: {words}" if words else "ended with 0"


def variables(message: Message) -> dict[str, str]:
    """What the program finds in its environment; never more than one line each, but for the text."""
    alerts = message.facts.get("alerts", ())
    first = alerts[0] if alerts else {}
    found = {
        "AGGREGATOR_EVENT": message.kind,
        "AGGREGATOR_ID": message.id,
        "AGGREGATOR_SUBJECT": " ".join(message.subject.split()),
        "AGGREGATOR_TEXT": message.text,
        "AGGREGATOR_COUNT": str(len(message.facts.get("entries", alerts)) + message.facts.get("more", 0)),
        "AGGREGATOR_ALERT": first.get("alert") or "",
        "AGGREGATOR_KIND": first.get("kind") or "",
        "AGGREGATOR_NAME": first.get("subject") or "",
        "AGGREGATOR_WORD": first.get("word") or "",
    }
    return {name: value.replace("\0", " ")[:LONGEST_VARIABLE] for name, value in found.items()}


async def _read(process: Process, said: bytearray) -> None:
    """The beginning of what it prints; all of it is taken, so that it never waits for us."""
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    while piece := await process.stdout.read(64 * 1024):
        said += piece[: max(0, SAID_BYTES - len(said))]


async def _write(process: Process, body: bytes) -> None:
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    with suppress(BrokenPipeError, ConnectionResetError):  # it need not read
        process.stdin.write(body)
        await process.stdin.drain()
    process.stdin.close()


def _kill(process: Process) -> None:
    """It, and all that is left in its session."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
