"""How often somebody may do something: so often at once, and then so often in a minute."""

from __future__ import annotations

from collections import OrderedDict

REMEMBERED = 10_000
"""Of whom it is known how often they asked; who asked longest ago is forgotten first."""


class Limit:
    """A bucket for each of those who ask; it holds ``burst`` and fills at ``a_minute``."""

    def __init__(self, *, burst: int, a_minute: float) -> None:
        self._burst = burst
        self._a_second = a_minute / 60
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, who: str, now: float) -> float:
        """Seconds until ``who`` may ask again, 0 for at once; ``now`` is a clock in seconds that nobody sets."""
        left, _ = self._of(who, now)
        return 0.0 if left >= 1 else (1 - left) / self._a_second

    def take(self, who: str, now: float) -> None:
        """Count one."""
        left, _ = self._of(who, now)
        self._left[who] = (left - 1, now)
        self._left.move_to_end(who)
        if len(self._left) > REMEMBERED:
            self._left.popitem(last=False)

    def _of(self, who: str, now: float) -> tuple[float, float]:
        left, since = self._left.get(who, (float(self._burst), now))
        return min(self._burst, left + (now - since) * self._a_second), now
