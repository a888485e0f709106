"""What the operator wants to know: how every source is, and what to do about it."""

from aggregator.operate.health import Health, health, state_of

__all__ = ["Health", "health", "state_of"]
