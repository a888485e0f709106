"""The configuration that was taken into force last, as the store knows it: what another one is compared with."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

from aggregator.config import Difference, difference, normal

if TYPE_CHECKING:
    from aggregator.config import Config, Normal
    from aggregator.store import Store

SETTING = "configuration in force"
"""Its name in the store."""

NOTHING: Normal = {"sources": {}, "outputs": []}


class InForce:
    """What is in force in a store. Raises StoreError where that cannot be read."""

    def __init__(self, store: Store) -> None:
        self._stored = store.setting(SETTING)
        facts = json.loads(self._stored or "{}")
        self.before: Normal | None = facts.get("configuration")
        """``None`` where nothing was taken into force yet, or only by a version that did not write it down."""
        self._salt = bytes.fromhex(facts.get("salt", "")) or secrets.token_bytes(16)

    def followed_by(self, config: Config) -> tuple[Difference, str | None]:
        """What is otherwise in ``config`` (all of it, where nothing is in force), and the setting that says that this
        is in force; ``None`` where it says so. It takes a second for 10,000 sources, and the store is not asked."""
        now = json.dumps({"salt": self._salt.hex(), "configuration": normal(config, self._salt)})
        if now == self._stored:
            return Difference(), None
        return difference(self.before or NOTHING, json.loads(now)["configuration"]), now
