"""``run``: the service."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator import __version__
from aggregator.cli.common import DEFAULT_CONFIG, ConfigOption, configured
from aggregator.logs import adopt, configure

if TYPE_CHECKING:
    from pathlib import Path

    from aggregator.config import Config


class LogLevel(StrEnum):
    """How important a record has to be to be written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def run(
    config: ConfigOption = DEFAULT_CONFIG,
    log_level: Annotated[
        LogLevel | None, typer.Option(help="Write records of this importance and above; without it, log.level decides.")
    ] = None,
    json_logs: Annotated[
        bool | None,
        typer.Option("--json-logs/--text-logs", help="How records are written; without it, log.format decides."),
    ] = None,
) -> None:
    """Run the service: poll, publish and serve, until it is stopped.

    It polls each source when its time has come, publishes what changed, and serves the documents. Ctrl-C or SIGTERM
    stops it; polls under way have 15 seconds to end. SIGHUP reads the configuration anew: all of it, or nothing where
    it has a mistake. Exit code 75 where another instance uses the same store.

    Example: aggregator run --config /etc/aggregator/config.yaml
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until the service listens: the configuration is about to be read
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    settings = configured(config)
    if json_logs is None and settings.log.format != "auto":
        json_logs = settings.log.format == "json"
    configure(level=log_level or settings.log.level, as_json=json_logs, secrets=settings.secrets)
    adopt()
    asyncio.run(_run(settings, config))


async def _run(settings: Config, path: Path) -> None:
    from aggregator.measuring import Traces
    from aggregator.notify import Notify
    from aggregator.service import Service
    from aggregator.wiring import open_app

    notify = Notify.of(os.environ)
    starting = asyncio.create_task(notify.starting())
    try:
        app = await open_app(settings)
    finally:
        starting.cancel()
    try:
        app.traces = Traces.wanted_by(os.environ, version=__version__)
        await Service(app, partial(configured, path), notify).run()
    finally:
        await app.close()
