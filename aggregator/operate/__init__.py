"""What the operator wants to know: how every source is, what to do about it, what is held. Pure."""

from aggregator.operate.health import Health, State, board, state_of
from aggregator.operate.moved import confirmed_move
from aggregator.operate.shapes import article_shape, feed_shape, rfc3339

__all__ = [
    "Health", "State", "article_shape", "board", "confirmed_move", "feed_shape", "rfc3339", "state_of",
]  # fmt: skip
