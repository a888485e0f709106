"""All hostile servers in a process of their own, so that what they hold is not counted as the program's.

Writes one line of JSON with the ports of the cases in their order, of the healthy server and of the canary; at the end
of its input it writes how often the canary was called, and ends.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from hostile_cases import CASES, HEALTHY
from hostile_certificates import context
from hostile_server import Server


async def main(certificates: Path) -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    async with AsyncExitStack() as stack:
        cases = [*CASES, HEALTHY, HEALTHY]
        servers = [Server(each, context(certificates, each.tls) if each.tls else None) for each in cases]
        for each in servers:
            await stack.enter_async_context(each)
        for each in servers:
            each.canary = servers[-1].port
        print(json.dumps([each.port for each in servers]), flush=True)
        await asyncio.to_thread(sys.stdin.read)
        print(servers[-1].connections, flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
