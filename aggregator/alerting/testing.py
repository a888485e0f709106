"""A message to see whether receivers can be told."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aggregator.alerting.message import trial_message
from aggregator.alerting.problem import NotTold
from aggregator.alerting.tell import send
from aggregator.config import redact
from aggregator.fetch import Fetcher
from aggregator.wiring import agent, utc_now

if TYPE_CHECKING:
    from aggregator.config import Config


async def tested(config: Config, only: str | None) -> list[tuple[str, bool, str]]:
    """Of each receiver, or of ``only`` one, its id, whether it was told, and what came back."""
    hide = partial(redact, secrets=config.secrets)
    fetcher = Fetcher(polling=config.polling, allow=config.allow, agent=agent(config))
    answers = []
    try:
        for receiver in config.alerts:
            if only in (None, receiver.id):
                now = utc_now()
                try:
                    said = await send(receiver, trial_message(receiver, config.site, now), fetcher.call_back, now)
                    answers.append((receiver.id, True, hide(said)))
                except NotTold as error:
                    answers.append((receiver.id, False, hide(str(error))))
    finally:
        await fetcher.aclose()
    return answers
