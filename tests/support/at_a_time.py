"""The program with a clock that stands still, on a net where all names are of this machine: polls sources in a given
order, one by one, and publishes.

``python at_a_time.py CONFIG "2026-11-02T09:00:00+00:00" SOURCE...`` does what ``aggregator once SOURCE...`` does.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.articles import compile_rule
from aggregator.config import load
from aggregator.pipeline import publish_if_due
from aggregator.polls import poll_round
from aggregator.wiring import open_app

if TYPE_CHECKING:
    from aggregator.model import PollPlan


async def run(config: Path, now: datetime, sources: list[str]) -> None:
    """Raises AssertionError where a source could not be read."""
    app = await open_app(load(config, os.environ, check_rule=compile_rule), now=lambda: now, resolve=_loopback)
    failed: list[str] = []

    def report(decided: PollPlan, _seconds: float) -> None:
        if decided.state.failures:
            failed.append(f"{decided.source}: {decided.state.detail}")

    try:
        for each in sources:
            failed += await poll_round(app, {each}, report)
        while await publish_if_due(app) is not None:
            pass
    finally:
        await app.close()
    assert not failed, failed


async def _loopback(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), sys.argv[3:]))
