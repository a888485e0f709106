"""What a service does again and again beside polling and publishing: a table, each tried again where it fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator import full_text
from aggregator.errors import StoreError
from aggregator.logs import get_logger
from aggregator.pages import ask_if_due
from aggregator.retention import prune_if_due

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aggregator.wiring import App

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """Something that is done every so many ``seconds``; where the store fails, the log says ``what`` cannot be done,
    and when it is tried again."""

    seconds: int
    do: Callable[[], Awaitable[object]]
    what: str
    advice: str

    async def turn(self) -> None:
        """Do it once. Raises no StoreError."""
        try:
            await self.do()
        except StoreError as error:
            log.error(f"cannot {self.what}", error=str(error), advice=self.advice)


def beats(app: App, stopping: Callable[[], bool]) -> tuple[Beat, ...]:
    """All of them; those that take long end early where the service is ``stopping``."""
    return (
        Beat(
            seconds=600,  # it is done once a day
            do=lambda: prune_if_due(app, stopping),
            what="prune",
            advice="tried again in ten minutes",
        ),
        Beat(
            seconds=10,
            do=lambda: ask_if_due(app),
            what="ask for pages",
            advice="tried again in ten seconds",
        ),
        Beat(
            seconds=full_text.SECONDS,
            do=lambda: full_text.read_if_due(app),
            what="ask for the text of pages",
            advice="tried again in a few seconds",
        ),
    )
